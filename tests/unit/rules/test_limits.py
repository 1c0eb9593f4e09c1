"""What a spec may ask for in this stack, in words that name the limit."""

import pytest

from yardmaster.rules.preflight import Asked, limit_refusal, limit_refusals
from yardmaster.settings import Limits

LIMITS = Limits(("ml.m5.*", "ml.c5.large"), 3, 3600)
FITS = Asked({"train.instance_type": "ml.m5.xlarge"}, {"train.instance_count": 3}, {"train.max_run": 3600})


@pytest.mark.parametrize("kind", ["ml.m5.large", "ml.m5.24xlarge", "ml.c5.large"])
def test_what_keeps_to_every_limit_is_not_refused(kind: str) -> None:
    assert limit_refusal(Asked({"train.instance_type": kind}, FITS.counts, FITS.seconds), LIMITS) is None


def test_without_limits_everything_goes() -> None:
    asked = Asked({"train.instance_type": "ml.p5.48xlarge"}, {"train.instance_count": 100}, {"train.max_run": 10**6})
    assert limit_refusal(asked, Limits()) is None


@pytest.mark.parametrize("kind", ["ml.c5.xlarge", "ml.m5d.large", "ml.m50.large", "ML.M5.LARGE"])
def test_another_instance_type_is_refused_and_the_allowed_ones_are_named(kind: str) -> None:
    reason = limit_refusal(Asked({"deploy.instance_type": kind}, {}, {}), LIMITS)
    assert reason == f"deploy.instance_type: {kind} is none of this stack's AllowedInstanceTypes (ml.m5.*, ml.c5.large)"


def test_a_serverless_endpoint_is_limited_in_requests_and_memory() -> None:
    limits = Limits(serverless_concurrency=20, serverless_memory=4096)
    asked = Asked({}, {}, {}, {"deploy.serverless.max_concurrency": 20}, {"deploy.serverless.memory_size": 4096})
    assert limit_refusal(asked, limits) is None
    assert list(limit_refusals(Asked({}, {}, {}, {"c": 21}, {"m": 5120}), limits)) == [
        "c: 21 is above this stack's MaxServerlessConcurrency of 20",
        "m: 5120 is above this stack's MaxServerlessMemory of 4096",
    ]


def test_one_instance_or_one_second_too_many_is_refused() -> None:
    assert "4 is above this stack's MaxInstanceCount of 3" in str(limit_refusal(Asked({}, {"a": 4}, {}), LIMITS))
    assert "3601 is above this stack's MaxRunSeconds of 3600" in str(limit_refusal(Asked({}, {}, {"a": 3601}), LIMITS))
