from collections import Counter

import pytest

from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.executors.base import Answer
from local_aws.sagemaker.runtime import MAX_BODY, check_size
from tests.local_aws.sagemaker.puppets import Account, variant


def test_requests_are_shared_by_the_current_weights(account: Account) -> None:
    account.serve()
    counts = Counter(account.core.route("e1", None, at / 1000).variant for at in range(1000))
    assert counts == {"a": 950, "b": 50}


def test_desired_weights_do_not_count_until_they_are_current(account: Account) -> None:
    account.serve()
    swap = [{"VariantName": "a", "DesiredWeight": 0}, {"VariantName": "b", "DesiredWeight": 100}]
    account.call("UpdateEndpointWeightsAndCapacities", EndpointName="e1", DesiredWeightsAndCapacities=swap)
    assert account.core.route("e1", None, 0.5).variant == "a"
    account.wait(20)
    assert account.core.route("e1", None, 0.5).variant == "b"


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999999999999999999])
def test_a_target_variant_overrides_the_weights(account: Account, draw: float) -> None:
    account.serve(variant("a", weight=100), variant("b", "m2", weight=0))
    assert account.core.route("E1", "b", draw).variant == "b"
    assert account.core.route("E1", None, draw).variant == "a"


@pytest.mark.parametrize(
    ("endpoint", "target", "message"),
    [
        ("none", None, "Endpoint none of account 123456789012 not found."),
        ("e1", "x", "Variant x not found for endpoint e1."),
    ],
)
def test_what_is_not_there_is_a_validation_error_of_the_runtime(
    account: Account, endpoint: str, target: str | None, message: str
) -> None:
    account.serve()
    with pytest.raises(AwsError) as caught:
        account.core.route(endpoint, target, 0.5)
    assert (caught.value.code, caught.value.message, caught.value.status) == ("ValidationError", message, 400)


@pytest.mark.parametrize("ending", ["deleted", "creating", "failed"])
def test_an_endpoint_that_does_not_serve_answers_nobody(account: Account, ending: str) -> None:
    if ending == "failed":
        account.executors.broken = {"/a/"}
    account.serve()
    if ending == "deleted":
        account.call("DeleteEndpoint", EndpointName="e1")
    if ending == "creating":
        account.endpoint("e2", seconds=1)
    with pytest.raises(AwsError, match="not found"):
        account.core.route("e2" if ending == "creating" else "e1", None, 0.5)


def test_without_any_weight_there_is_nobody_to_answer(account: Account) -> None:
    account.serve(variant("a", weight=0))
    with pytest.raises(AwsError, match="no production variant with a weight above 0"):
        account.core.route("e1", None, 0.5)


@pytest.mark.parametrize(
    ("answer", "errors"),
    [
        (Answer(200, b"", "text/csv", 0.004), (0, 0, 0)),
        (Answer(415, b"", "text/csv", 0.004), (1, 0, 1)),
        (Answer(500, b"", "text/csv", 0.004), (0, 1, 1)),
        (None, (0, 1, 1)),
    ],
)
def test_each_request_gives_datapoints_of_its_variant(
    account: Account, answer: Answer | None, errors: tuple[int, ...]
) -> None:
    account.serve(variant("a", count=2))
    account.core.record(account.core.route("e1", None, 0), answer)
    told = [point for point in account.metrics if point.namespace == "AWS/SageMaker"]
    points = {point.name: point for point in told}
    names = ("Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors")
    assert tuple(points[name].value for name in names) == errors
    assert (points["Invocations"].value, points["InvocationsPerInstance"].value) == (1, 0.5)
    assert points["ModelLatency"].value == (4000 if answer else 0)
    assert (points["ModelLatency"].unit, points["OverheadLatency"].unit) == ("Microseconds", "Microseconds")
    assert all(point.dimensions == {"EndpointName": "e1", "VariantName": "a"} for point in told)


@pytest.mark.parametrize(("status", "who"), [(400, "client"), (415, "client"), (500, "server"), (503, "server")])
def test_a_models_error_carries_its_status_and_words(account: Account, status: int, who: str) -> None:
    account.serve()
    route = account.core.route("e1", None, 0)
    error = account.core.model_error(route, Answer(status, b"no", "text/plain", 0.1))
    assert error is not None
    assert (error.code, error.status) == ("ModelError", 424)
    assert error.message.startswith(f'Received {who} error ({status}) from primary with message "no".')
    assert (error.fields["OriginalStatusCode"], error.fields["OriginalMessage"]) == (status, "no")
    assert error.fields["LogStreamArn"].startswith("arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/")
    assert account.core.model_error(route, Answer(200, b"", "text/csv", 0.1)) is None


def test_a_body_has_a_limit() -> None:
    check_size(MAX_BODY)
    with pytest.raises(AwsError, match="less than or equal to 6291456"):
        check_size(MAX_BODY + 1)
