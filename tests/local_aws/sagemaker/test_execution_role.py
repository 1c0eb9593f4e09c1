"""What SageMaker does in the name of a role, where it does it, and what it says when it may not."""

from local_aws.sagemaker.access import DeniedError, ExecutionRole, Unlimited, Vpc
from local_aws.sagemaker.executors.base import MetricValue
from tests.local_aws.sagemaker.puppets import ARTIFACT, ROLE, Account, config, model, training, transform


class Stingy(Unlimited):
    """Denies some kinds of access, and remembers for whom it was asked."""

    def __init__(self, *denied: str) -> None:
        self.denied = set(denied)
        self.asked: list[tuple[str, ExecutionRole]] = []

    def assume(self, role: ExecutionRole) -> None:
        self._judge("assume", role)

    def place(self, role: ExecutionRole, vpc: Vpc, volume_key: str | None) -> None:
        if vpc or volume_key:
            self._judge("place", role)

    def list(self, role: ExecutionRole, uri: str) -> None:
        self._judge("list", role)

    def read(self, role: ExecutionRole, uri: str) -> None:
        self._judge("read", role)

    def delete(self, role: ExecutionRole, uri: str) -> None:
        self._judge("delete", role)

    def may_measure(self, role: ExecutionRole, namespace: str) -> bool:
        return "measure" not in self.denied

    def _judge(self, kind: str, role: ExecutionRole) -> None:
        self.asked.append((kind, role))
        if kind in self.denied:
            raise DeniedError("AccessDenied: no")


def source(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:us-east-1:123456789012:{kind}/{name}"


def test_a_training_job_lists_its_input_as_its_role_and_runs_under_it() -> None:
    access = Stingy()
    account = Account(access)
    account.train()
    account.wait(300)
    assert access.asked == [(kind, ExecutionRole(ROLE, source("training-job", "j1"))) for kind in ("assume", "list")]
    (request,) = account.executors.training.values()
    assert (request.role_arn, request.arn) == (ROLE, source("training-job", "j1"))


def test_a_role_that_may_not_be_assumed_is_refused_at_once() -> None:
    account = Account(Stingy("assume"))
    assert "Could not assume role" in account.refused("CreateTrainingJob", training())
    assert "Could not assume role" in account.refused("CreateModel", model())


def test_an_input_that_the_role_may_not_list_is_refused_at_once() -> None:
    account = Account(Stingy("list"))
    account.model()
    for operation, params in (("CreateTrainingJob", training()), ("CreateTransformJob", transform())):
        assert f'the role "{ROLE}" has "s3:ListBucket" permissions' in account.refused(operation, params)


def test_model_data_that_the_role_may_not_read_is_refused_by_create_model() -> None:
    said = Account(Stingy("read")).refused("CreateModel", model())
    assert said.startswith(f'Could not access model data at {ARTIFACT}. Please ensure that the role "{ROLE}" exists')


def test_an_endpoint_fails_if_the_role_may_no_longer_read_the_model() -> None:
    access = Stingy()
    account = Account(access)
    account.model()
    account.config()
    access.denied.add("read")
    account.call("CreateEndpoint", EndpointName="e1", EndpointConfigName="c1")
    account.wait(600)
    described = account.call("DescribeEndpoint", EndpointName="e1")
    assert described["EndpointStatus"] == "Failed"
    assert "the role passed to CreateModel has permissions to download the object" in described["FailureReason"]
    assert access.asked[-1] == ("read", ExecutionRole(ROLE, source("endpoint", "e1")))


def test_jobs_and_endpoints_fail_if_the_role_may_not_make_their_network_or_volumes() -> None:
    account = Account(Stingy("place"))
    vpc = {"Subnets": ["subnet-12345678"], "SecurityGroupIds": ["sg-12345678"]}
    account.call("CreateTrainingJob", **training(VpcConfig=vpc))
    account.call("CreateModel", **model(VpcConfig=vpc))
    account.call("CreateTransformJob", **transform())
    account.call("CreateEndpointConfig", **config())
    account.call("CreateEndpoint", EndpointName="e1", EndpointConfigName="c1")
    account.wait(600)
    described = [
        account.call("DescribeTrainingJob", TrainingJobName="j1"),
        account.call("DescribeTransformJob", TransformJobName="t1"),
        account.call("DescribeEndpoint", EndpointName="e1"),
    ]
    reasons = [one["FailureReason"] for one in described]
    assert reasons == ["ClientError: AccessDenied: no", "ClientError: AccessDenied: no", "AccessDenied: no"]


def test_transforms_and_containers_run_under_the_models_role() -> None:
    account = Account()
    account.model()
    account.call("CreateTransformJob", **transform())
    account.call("CreateEndpointConfig", **config())
    account.call("CreateEndpoint", EndpointName="e1", EndpointConfigName="c1")
    account.wait(300)
    (job,), (host,) = account.executors.transforms.values(), account.executors.hosting.values()
    assert (job.role_arn, job.arn) == (ROLE, source("transform-job", "t1"))
    assert (host.role_arn, host.arn) == (ROLE, source("endpoint", "e1"))


def test_a_job_that_may_not_publish_metrics_completes_without_them() -> None:
    account = Account(Stingy("measure"))
    account.train()
    account.wait(300)
    account.finish_training(metrics=(MetricValue("validation:auc", 0.9, 1.0),))
    account.wait(300)
    assert account.call("DescribeTrainingJob", TrainingJobName="j1")["TrainingJobStatus"] == "Completed"
    assert account.metrics == []
