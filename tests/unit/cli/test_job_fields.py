"""What people write about jobs, and what SageMaker is asked for it."""

import pytest

from yardmaster.aws.search import Condition
from yardmaster.cli.errors import UsageError
from yardmaster.cli.job_fields import Field, Kind, Known, decimal, field_of, where_of

KNOWN = Known(
    created=1000.0,
    seconds=41.0,
    metrics={"validation:auc": 0.949999988079071, "accuracy": 0.9},
    test={"auc": 0.88, "recall:gold": 0.5},
    hyperparameters={"eta": "0.30", "max_depth": "6", "tree_method": "hist", "alpha": "auto"},
)


@pytest.mark.parametrize(
    ("text", "kind", "name", "searched"),
    [
        ("validation:auc", Kind.METRIC, "validation:auc", "Metrics.validation:auc"),
        ("Metrics.average test loss", Kind.METRIC, "average test loss", "Metrics.average test loss"),
        ("eta", Kind.HYPERPARAMETER, "eta", "HyperParameters.eta"),
        ("HyperParameters.odd:name", Kind.HYPERPARAMETER, "odd:name", "HyperParameters.odd:name"),
        ("test:auc", Kind.TEST, "auc", None),
        ("test:recall:gold", Kind.TEST, "recall:gold", None),
        ("Metrics.test:msd", Kind.METRIC, "test:msd", "Metrics.test:msd"),
        ("created", Kind.CREATED, "created", "CreationTime"),
        ("seconds", Kind.SECONDS, "seconds", None),
    ],
)
def test_a_name_says_where_its_value_is(text: str, kind: Kind, name: str, searched: str | None) -> None:
    field = field_of(text)
    assert (field.kind, field.name, field.searched) == (kind, name, searched)


def test_a_test_metric_of_a_stranger_is_a_metric_of_the_job() -> None:
    assert field_of("test:msd", ours=False) == Field(Kind.METRIC, "test:msd")
    assert where_of("test:msd<3", ours=False).conditions() == [Condition("Metrics.test:msd", "LessThan", "3.0")]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("validation:auc>0.9", True),
        ("validation:auc > 0.96", False),
        ("validation:auc=0.95", True),
        ("validation:auc!=0.95", False),
        ("Metrics.accuracy>=0.9", True),
        ("test:auc<0.9", True),
        ("test:recall:gold<=0.4", False),
        ("test:f1>0", False),
        ("eta<0.3", False),
        ("eta<=0.3", True),
        ("eta==0.3", True),
        ("max_depth>10", False),
        ("max_depth<10", True),
        ("tree_method=hist", True),
        ("tree_method!=hist", False),
        ("tree_method=exact", False),
        ("alpha=auto", True),
        ("alpha>0.1", False),
        ("alpha!=0.1", True),
        ("gamma!=1", False),
        ("seconds>40", True),
    ],
)
def test_a_condition_holds_of_a_job_or_not(text: str, holds: bool) -> None:
    assert where_of(text).holds(KNOWN) is holds


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("validation:auc>0.9", [Condition("Metrics.validation:auc", "GreaterThan", "0.9")]),
        ("validation:auc=0.9", [Condition("Metrics.validation:auc", "Exists")]),
        ("eta<1", [Condition("HyperParameters.eta", "LessThan", "1.0")]),
        ("eta>=1e-5", [Condition("HyperParameters.eta", "GreaterThanOrEqualTo", "0.00001")]),
        ("tree_method = hist ", [Condition("HyperParameters.tree_method", "Equals", "hist")]),
        ("tree_method!=hist", [Condition("HyperParameters.tree_method", "Exists")]),
        ("test:auc>0.9", []),
        ("seconds<60", []),
    ],
)
def test_sagemaker_is_asked_for_what_it_can_tell_and_never_for_less(text: str, conditions: list[Condition]) -> None:
    assert where_of(text).conditions() == conditions


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("validation:auc", "is no condition: write 'validation:auc>0.9'"),
        (">0.9", "is no condition"),
        ("eta<", "is no condition"),
        ("eta<<1", "is no condition"),
        ("validation:auc>high", "'high' is no number, and validation:auc> needs one"),
        ("validation:auc=high", "is no number"),
        ("test:auc>nan", "is no number"),
        ("eta<small", "is no number"),
        ("created>0", "for the time, say --since 7d"),
    ],
)
def test_what_is_no_condition_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        where_of(text)


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.0, "1.0"), (0.3, "0.3"), (1e-7, "0.0000001"), (-2, "-2.0")],
)
def test_a_number_for_search_always_has_decimals(number: float, text: str) -> None:
    assert decimal(number) == text
