"""What the template's conditions keep away from each function: each denied call beside its twin that is allowed."""

import pytest

from local_aws.iam.authorizer import AccessDeniedError
from local_aws.iam.calls import Call
from local_aws.iam.jobs import JobAccess
from local_aws.iam.needs import Need, needs
from local_aws.iam.roles import Roles
from local_aws.sagemaker.access import DeniedError, ExecutionRole
from tests.local_aws.iam.support import ACCOUNT, REGION, SAGEMAKER, Facts
from tests.sam.denials import CASES, EXECUTION_ROLE, RIGHTS, TAGS, Case, authorizer, principal_of, role_arn


def name_of(case: Case) -> str:
    return f"{case.function or 'a job'} {case.operation.partition(':')[2]} {case.why}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_what_a_condition_or_a_resource_keeps_away_is_denied_and_nothing_more(case: Case) -> None:
    service, operation = case.operation.split(":")
    caller = principal_of(case.function)

    # A new endpoint has no tags before it is made.
    authorizer({} if operation == "CreateEndpoint" else case.tags).check(caller, Call(service, operation, case.allowed))
    with pytest.raises(AccessDeniedError) as denied:
        authorizer(case.but_tags).check(caller, Call(service, operation, case.denied))

    own = needs(Call(service, operation, case.denied), Facts())[0].action
    assert denied.value.action == (case.action or own)
    assert "because no identity-based policy allows" in denied.value.why


# --- Needs that no call of ours has -----------------------------------------------------------------------------------

TAGGERS = {
    "start_training": ("CreateTrainingJob", "training-job/ym-a"),
    "test_candidate": ("CreateModel", "model/ym-a"),
    "evaluate_candidate": ("CreateModelPackageGroup", "model-package-group/ym-a"),
    "deploy_canary": ("CreateEndpoint", "endpoint/a"),
    "judge_canary": ("CreateEndpoint", "endpoint/a"),
}


@pytest.mark.parametrize("function", TAGGERS)
def test_tags_are_added_only_while_something_is_made(function: str) -> None:
    creation, resource = TAGGERS[function]
    arn = f"{SAGEMAKER}:{resource}"
    at_birth = Need("sagemaker:AddTags", arn, {"sagemaker:TaggingAction": (creation,)})
    with_another = Need("sagemaker:AddTags", arn, {"sagemaker:TaggingAction": ("CreateNotebookInstance",)})

    authorizer().require(principal_of(function), at_birth)
    with pytest.raises(AccessDeniedError):
        authorizer().check(principal_of(function), Call("sagemaker", "AddTags", {"ResourceArn": arn, "Tags": TAGS}))
    with pytest.raises(AccessDeniedError):
        authorizer().require(principal_of(function), with_another)


@pytest.mark.parametrize("function", ["start_training", "test_candidate"])
@pytest.mark.parametrize(
    ("role", "service"),
    [
        (EXECUTION_ROLE, "lambda.amazonaws.com"),
        (EXECUTION_ROLE, "ec2.amazonaws.com"),
        ("admin", "sagemaker.amazonaws.com"),
    ],
)
def test_only_the_execution_role_is_passed_and_only_to_sagemaker(function: str, role: str, service: str) -> None:
    def passing(role: str, service: str) -> Need:
        return Need("iam:PassRole", role_arn(role), {"iam:PassedToService": (service,)})

    authorizer().require(principal_of(function), passing(EXECUTION_ROLE, "sagemaker.amazonaws.com"))
    with pytest.raises(AccessDeniedError):
        authorizer().require(principal_of(function), passing(role, service))


# --- The execution role's images --------------------------------------------------------------------------------------


def pull(image: str) -> None:
    jobs = JobAccess(authorizer(), Roles(RIGHTS), Facts())
    jobs.pull(ExecutionRole(role_arn(EXECUTION_ROLE), f"{SAGEMAKER}:training-job/ym-a"), image)


@pytest.mark.parametrize("account", ["683313688378", ACCOUNT])
def test_jobs_pull_the_built_in_algorithm_from_whatever_account_aws_keeps_it_in(account: str) -> None:
    pull(f"{account}.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1")


def test_endpoints_pull_the_accounts_own_images() -> None:
    pull(f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/my-own:1")


def test_endpoints_pull_the_image_that_encodes_raw_rows() -> None:
    pull(f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3")


@pytest.mark.parametrize("image", ["my-own:1", "team/deep/my-own:1"])
def test_jobs_pull_every_image_of_the_stacks_own_account(image: str) -> None:
    pull(f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{image}")


@pytest.mark.parametrize(
    "image",
    [
        f"999999999999.dkr.ecr.{REGION}.amazonaws.com/my-own:1",
        f"999999999999.dkr.ecr.{REGION}.amazonaws.com/pytorch-training-neuronx:1",
        f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost-neo:1",
        "683313688378.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1",
    ],
)
def test_jobs_pull_no_other_image(image: str) -> None:
    with pytest.raises(DeniedError, match="ecr:BatchCheckLayerAvailability"):
        pull(image)
