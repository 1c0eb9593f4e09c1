import json
from typing import Any

import pytest

from local_aws.pattern_checks import PatternError, parse_pattern
from local_aws.patterns import matches

EVENT = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "detail": {
        "bucket": {"name": "data"},
        "object": {"key": "churn/data/jan.csv", "size": 300},
        "ip": "10.0.0.7",
        "versioned": True,
        "nothing": None,
        "empty": [],
        "tags": ["red", "green"],
        "variants": [{"name": "a", "weight": 95}, {"name": "b", "weight": 5}],
    },
}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"bucket": {"name": ["data"]}}, True),
        ({"bucket": {"name": ["Data"]}}, False),
        ({"bucket": {"name": ["other", "data"]}}, True),
        ({"object": {"key": [{"prefix": "churn/"}]}}, True),
        ({"object": {"key": [{"prefix": "Churn/"}]}}, False),
        ({"object": {"key": [{"prefix": {"equals-ignore-case": "CHURN/"}}]}}, True),
        ({"object": {"key": [{"suffix": ".csv"}]}}, True),
        ({"object": {"key": [{"suffix": ".CSV"}]}}, False),
        ({"object": {"key": [{"suffix": {"equals-ignore-case": ".CSV"}}]}}, True),
        ({"object": {"key": [{"wildcard": "*/data/*"}]}}, True),
        ({"object": {"key": [{"wildcard": "*/predict/*"}]}}, False),
        ({"object": {"key": [{"wildcard": "churn/data/jan\\*csv"}]}}, False),
        ({"object": {"key": [{"equals-ignore-case": "CHURN/DATA/JAN.CSV"}]}}, True),
        ({"object": {"key": [{"anything-but": {"suffix": "/"}}]}}, True),
        ({"object": {"key": [{"anything-but": {"wildcard": "*/data/*"}}]}}, False),
        ({"object": {"key": [{"anything-but": {"prefix": ["tmp/", "churn/"]}}]}}, False),
        ({"bucket": {"name": [{"anything-but": ["data", "other"]}]}}, False),
        ({"bucket": {"name": [{"anything-but": "other"}]}}, True),
        ({"object": {"size": [300]}}, True),
        ({"object": {"size": [{"numeric": [">", 100, "<=", 300]}]}}, True),
        ({"object": {"size": [{"numeric": ["<", 300]}]}}, False),
        ({"versioned": [True]}, True),
        ({"versioned": [1]}, False),
        ({"nothing": [None]}, True),
        ({"missing": [{"exists": False}]}, True),
        ({"missing": {"deeper": [{"exists": False}]}}, True),
        ({"missing": [{"exists": True}]}, False),
        ({"object": {"key": [{"exists": True}]}}, True),
        ({"empty": [{"exists": True}]}, False),
        ({"missing": [{"anything-but": "x"}]}, False),
        ({"tags": ["green"]}, True),
        ({"tags": ["blue"]}, False),
        ({"variants": {"name": ["b"]}}, True),
        ({"variants": {"name": ["b"], "weight": [5]}}, True),
        ({"variants": {"name": ["b"], "weight": [95]}}, False),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"$or": [{"ip": ["1.1.1.1"]}, {"versioned": [True]}]}, True),
        ({"$or": [{"ip": ["1.1.1.1"]}, {"versioned": [False]}]}, False),
    ],
)
def test_a_pattern_matches_as_eventbridge_does(detail: dict[str, Any], expected: bool) -> None:
    pattern = parse_pattern(json.dumps({"source": ["aws.s3"], "detail": detail}))
    assert matches(pattern, EVENT) is expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{", "Invalid JSON"),
        ("{}", "non-empty"),
        ('{"source": "aws.s3"}', '"source" must be an object or an array'),
        ('{"source": []}', "Empty arrays"),
        ('{"detail": {"key": [{"prefixx": "a"}]}}', "Unrecognized match type prefixx"),
        ('{"detail": {"key": [{"prefix": "a", "suffix": "b"}]}}', "Only one key"),
        ('{"detail": {"key": [{"prefix": 3}]}}', "prefix match pattern must be a string"),
        ('{"detail": {"key": [{"exists": "yes"}]}}', "must be either true or false"),
        ('{"detail": {"key": [{"numeric": [">", "3"]}]}}', "numeric"),
        ('{"detail": {"key": [{"numeric": ["=>", 3]}]}}', "=>"),
        ('{"detail": {"key": [{"wildcard": "a**b"}]}}', "Consecutive wildcard"),
        ('{"detail": {"key": [{"anything-but": {"exists": true}}]}}', "anything-but"),
        ('{"detail": {"key": [{"cidr": "10.0.0.0/99"}]}}', "CIDR"),
        ('{"detail": {"key": [["nested"]]}}', "Match value"),
        ('{"$or": [{"source": ["a"]}]}', "at least two"),
    ],
)
def test_a_pattern_that_eventbridge_refuses_is_refused_with_a_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason.replace("=>", "=>")):
        parse_pattern(pattern)
