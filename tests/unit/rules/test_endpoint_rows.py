from dataclasses import replace

import pytest

from yardmaster.records import DropKind, Release, Source
from yardmaster.rules.endpoint_rows import refusal
from yardmaster.spec.parse import parse_spec
from yardmaster.spec.schema import Spec

CANDIDATE = Release("bbbbbbbb", "churn", 8, Source("bucket", "churn/data/b.csv", "1", "b", DropKind.FILE))
BASELINE = replace(CANDIDATE, id="aaaaaaaa", number=7, deploy={"endpoint": "churn"}, rows="encoded")
REGION = "eu-west-1"


def spec(deploy: str) -> Spec:
    return parse_spec(f"algorithm: xgboost\ndata: {{label: y}}\ndeploy: {deploy}\n".encode())


@pytest.mark.parametrize(
    ("deploy", "baseline"),
    [
        ("{rows: raw}", None),
        ("{rows: raw}", replace(BASELINE, rows="raw")),
        ("{rows: encoded}", BASELINE),
        ("{}", BASELINE),
        ("{rows: raw, endpoint: churn-raw}", BASELINE),
        ("{rows: raw}", replace(BASELINE, deploy={})),
        ("{rows: raw}", replace(BASELINE, deploy={"endpoint": "other"})),
        ("none", replace(BASELINE, rows="raw")),
    ],
)
def test_an_endpoint_takes_the_rows_that_it_took(deploy: str, baseline: Release | None) -> None:
    assert refusal(CANDIDATE, spec(deploy), baseline, REGION) is None


@pytest.mark.parametrize(("before", "after"), [("encoded", "raw"), ("raw", "encoded")])
def test_other_rows_on_the_same_endpoint_are_refused_with_the_way_out(before: str, after: str) -> None:
    reason = refusal(CANDIDATE, spec(f"{{rows: {after}}}"), replace(BASELINE, rows=before), REGION)
    assert reason is not None
    assert reason.startswith(f"deploy.rows: endpoint churn takes {before} rows, as churn #7 is in service")
    assert f"put `rows: {before}` back, or give deploy.endpoint another name for {after} rows" in reason


def test_raw_rows_need_a_region_that_has_the_encoders_image() -> None:
    reason = refusal(CANDIDATE, spec("{rows: raw}"), None, "mars-1")
    assert reason is not None
    assert "in mars-1; it has one in af-south-1," in reason
    assert refusal(CANDIDATE, spec("{}"), None, "mars-1") is None
