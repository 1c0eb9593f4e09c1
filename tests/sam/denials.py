"""Calls that functions and jobs may make, each with what must not be otherwise: see `test_rights_conditions`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.iam.authorizer import Authorizer
from local_aws.iam.calls import Principal
from local_aws.iam.ledger import Ledger
from tests.local_aws.iam.support import ACCOUNT, SAGEMAKER, Facts
from tests.rights import stack
from tests.world import BUCKET, TABLE

RIGHTS = stack().rights
EXECUTION_ROLE = RIGHTS.role_of(None).name
TOPIC = stack().environment["TOPIC_ARN"]
ENDPOINT, CONFIG = f"{SAGEMAKER}:endpoint/churn", f"{SAGEMAKER}:endpoint-config/ym-churn-1-5"
OURS, THEIRS = {"yardmaster": "yardmaster"}, {"yardmaster": "another"}
TAGS = [{"Key": "yardmaster", "Value": "yardmaster"}, {"Key": "yardmaster:model", "Value": "churn"}]
THEIR_TAGS = [{"Key": "yardmaster", "Value": "another"}]
GONE = object()
"""Stands for a parameter that the denied call does not have."""


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


TRAINING = {
    "TrainingJobName": "ym-churn-12345678-1",
    "RoleArn": role_arn(EXECUTION_ROLE),
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
    "Tags": TAGS,
}
TRANSFORM = {
    "TransformJobName": "ym-churn-12345678-1-candidate",
    "ModelName": "ym-churn-12345678-1",
    "TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
    "Tags": TAGS,
}
MODEL = {"ModelName": "ym-churn-12345678-1", "ExecutionRoleArn": role_arn(EXECUTION_ROLE), "Tags": TAGS}
NEW_CONFIG: dict[str, Any] = {
    "EndpointConfigName": "ym-churn-12345678-1-5",
    "ProductionVariants": [{"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large"}],
    "Tags": TAGS,
}
SERVERLESS = {
    "VariantName": "s",
    "ModelName": "m",
    "ServerlessConfig": {"MaxConcurrency": 1, "MemorySizeInMB": 1024},
}
SERVERLESS_CONFIG = {**NEW_CONFIG, "ProductionVariants": [SERVERLESS]}


def serverless(config: Mapping[str, int]) -> dict[str, Any]:
    """Return a configuration whose one variant is serverless."""
    return {**NEW_CONFIG, "ProductionVariants": [{**SERVERLESS, "ServerlessConfig": dict(config)}]}


NEW_ENDPOINT = {"EndpointName": "churn", "EndpointConfigName": "ym-churn-1-5", "Tags": TAGS}
UPDATE = {"EndpointName": "churn", "EndpointConfigName": "ym-churn-1-5"}
WEIGHTS = {"EndpointName": "churn", "DesiredWeightsAndCapacities": []}
GROUP = {"ModelPackageGroupName": "ym-churn", "Tags": TAGS}
PACKAGE = f"{SAGEMAKER}:model-package/ym-churn/1"
REJECTION = {"ModelPackageArn": PACKAGE, "ModelApprovalStatus": "Rejected"}
EVENT = {"Entries": [{"Source": "yardmaster.yardmaster", "DetailType": "Release Due"}]}
RELEASE = "churn/releases/20260304-12345678"
GPU = {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 1}


def item(key: str, bucket: str = BUCKET, **more: Any) -> dict[str, Any]:
    return {"Bucket": bucket, "Key": key, **more}


@dataclass(frozen=True)
class Case:
    """A call that a function may make, and what must not be otherwise.

    Attributes:
        why: What is denied.
        function: Whose call; None for a job's.
        operation: Such as `s3:PutObject`.
        allowed: The parameters of the call that passes.
        but: The parameters that are other, or `GONE`, in the one that is denied.
        action: The action that is denied.
        tags, but_tags: The tags of endpoint and configuration, as they are in the one and in the other.
    """

    why: str
    function: str | None
    operation: str
    allowed: Mapping[str, Any]
    but: Mapping[str, Any] = field(default_factory=dict)
    action: str = ""
    tags: Mapping[str, str] = field(default_factory=lambda: OURS)
    but_tags: Mapping[str, str] = field(default_factory=lambda: OURS)

    @property
    def denied(self) -> dict[str, Any]:
        """The parameters of the call that is denied."""
        return {name: value for name, value in {**self.allowed, **self.but}.items() if value is not GONE}


def costs(function: str, operation: str, allowed: Mapping[str, Any], place: str, other: Any, none: Any) -> list[Case]:
    """Return the cases of a call that makes instances: only the allowed types, and never without naming one."""
    name = f"sagemaker:{operation}"
    return [
        Case("an instance type that is not allowed", function, name, allowed, {place: other}),
        Case("no instance type", function, name, allowed, {place: none}),
    ]


def ours(function: str, operation: str, allowed: Mapping[str, Any], name: str) -> list[Case]:
    """Return the cases of a call that makes something: with the stack's own tag, under the stack's own prefix."""
    called = f"sagemaker:{operation}"
    other = str(allowed[name]).replace("ym-", "other-")
    return [
        Case("no tags", function, called, allowed, {"Tags": GONE}),
        Case("another stack's tag", function, called, allowed, {"Tags": THEIR_TAGS}),
        Case("another stack's prefix", function, called, allowed, {name: other}),
    ]


def changes(function: str) -> list[Case]:
    """Return the cases of a function that makes and changes endpoints."""
    (variant,) = NEW_CONFIG["ProductionVariants"]
    return [
        *costs(
            function,
            "CreateEndpointConfig",
            NEW_CONFIG,
            "ProductionVariants",
            [variant, {**variant, "InstanceType": "ml.g5.xlarge"}],
            [{"VariantName": "v", "ModelName": "m"}],
        ),
        Case(
            "an instance type that is not allowed beside a serverless variant",
            function,
            "sagemaker:CreateEndpointConfig",
            NEW_CONFIG,
            {"ProductionVariants": [SERVERLESS, {**variant, "InstanceType": "ml.g5.xlarge"}]},
        ),
        *(
            Case(
                f"more {key} of a serverless variant than is allowed",
                function,
                "sagemaker:CreateEndpointConfig",
                serverless(most),
                serverless({**most, key: value}),
            )
            for most in ({"MaxConcurrency": 20, "MemorySizeInMB": 6144},)
            for key, value in (("MaxConcurrency", 21), ("MemorySizeInMB", 8192))
        ),
        *ours(function, "CreateEndpointConfig", SERVERLESS_CONFIG, "EndpointConfigName"),
        *ours(function, "CreateEndpointConfig", NEW_CONFIG, "EndpointConfigName"),
        Case("no tags", function, "sagemaker:CreateEndpoint", NEW_ENDPOINT, {"Tags": GONE}),
        Case("another stack's tag", function, "sagemaker:CreateEndpoint", NEW_ENDPOINT, {"Tags": THEIR_TAGS}),
        Case(
            "another stack's configuration",
            function,
            "sagemaker:CreateEndpoint",
            NEW_ENDPOINT,
            {"EndpointConfigName": "other-1"},
        ),
        *[
            Case(why, function, f"sagemaker:{operation}", allowed, but_tags=tags)
            for operation, allowed in (("UpdateEndpoint", UPDATE), ("UpdateEndpointWeightsAndCapacities", WEIGHTS))
            for why, tags in (("a stranger's endpoint", {}), ("another stack's endpoint", THEIRS))
        ],
        Case(
            "another stack's configuration",
            function,
            "sagemaker:UpdateEndpoint",
            UPDATE,
            {"EndpointConfigName": "other-1"},
        ),
    ]


CASES = [
    *costs(
        "start_training",
        "CreateTrainingJob",
        TRAINING,
        "ResourceConfig",
        GPU,
        {"InstanceCount": 1},
    ),
    *ours("start_training", "CreateTrainingJob", TRAINING, "TrainingJobName"),
    Case(
        "one of several types that is not allowed",
        "start_training",
        "sagemaker:CreateTrainingJob",
        TRAINING,
        {"ResourceConfig": {"InstanceGroups": [{"InstanceType": "ml.m5.xlarge"}, {"InstanceType": "ml.p4d.24xlarge"}]}},
    ),
    Case(
        "a longer run than the cap",
        "start_training",
        "sagemaker:CreateTrainingJob",
        TRAINING,
        {"StoppingCondition": {"MaxRuntimeInSeconds": 86_401}},
    ),
    Case("no longest run", "start_training", "sagemaker:CreateTrainingJob", TRAINING, {"StoppingCondition": GONE}),
    Case(
        "another role",
        "start_training",
        "sagemaker:CreateTrainingJob",
        TRAINING,
        {"RoleArn": role_arn("admin")},
        "iam:PassRole",
    ),
    *costs("test_candidate", "CreateTransformJob", TRANSFORM, "TransformResources", GPU, {"InstanceCount": 1}),
    *ours("test_candidate", "CreateTransformJob", TRANSFORM, "TransformJobName"),
    *ours("test_candidate", "CreateModel", MODEL, "ModelName"),
    Case(
        "another role",
        "test_candidate",
        "sagemaker:CreateModel",
        MODEL,
        {"ExecutionRoleArn": role_arn("admin")},
        "iam:PassRole",
    ),
    Case(
        "another stack's prefix",
        "evaluate_candidate",
        "sagemaker:CreateModelPackageGroup",
        GROUP,
        {"ModelPackageGroupName": "other-churn"},
    ),
    *changes("deploy_canary"),
    *changes("judge_canary"),
    Case(
        "an approval",
        "judge_canary",
        "sagemaker:UpdateModelPackage",
        REJECTION,
        {"ModelApprovalStatus": "Approved"},
    ),
    Case(
        "an approval beside a note",
        "judge_canary",
        "sagemaker:UpdateModelPackage",
        {"ModelPackageArn": PACKAGE, "CustomerMetadataProperties": {"decision": "s3://b/d.json"}},
        {"ModelApprovalStatus": "Approved"},
    ),
    Case(
        "another stack's package",
        "judge_canary",
        "sagemaker:UpdateModelPackage",
        REJECTION,
        {"ModelPackageArn": f"{SAGEMAKER}:model-package/other-churn/1"},
    ),
    *[
        Case(
            "a foreign source",
            role.function,
            "events:PutEvents",
            EVENT,
            {"Entries": [*EVENT["Entries"], {"Source": source, "DetailType": "Release Due"}]},
        )
        for role in RIGHTS.roles.values()
        if role.function and role.function != "send_notification"
        for source in ("yardmaster.another", "aws.sagemaker")
    ],
    Case(
        "a release's row",
        "send_notification",
        "dynamodb:PutItem",
        {"TableName": TABLE, "Item": {"pk": {"S": "NOTICE#release-mfzwizdt"}, "sk": {"S": "0001-live"}}},
        {"Item": {"pk": {"S": "RELEASE#mfzwizdt"}, "sk": {"S": "RELEASE"}}},
    ),
    Case(
        "no mailbox",
        "apply_spec",
        "sns:Subscribe",
        {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "ann@example.com"},
        {"Protocol": "https", "Endpoint": "https://example.com"},
    ),
    Case(
        "another topic",
        "send_notification",
        "sns:Publish",
        {"TopicArn": TOPIC, "Message": "hello"},
        {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:another"},
    ),
    *[
        Case(f"writing {key}", function, "s3:PutObject", item(own, IfNoneMatch="*"), {"Key": key})
        for function, own in {
            "apply_spec": "churn/STATUS.md",
            "prepare_data": f"{RELEASE}/channels/train/part-0.csv",
            "start_training": "churn/STATUS.md",
            "test_candidate": f"{RELEASE}/test.manifest",
            "evaluate_candidate": f"{RELEASE}/evaluation.json",
            "deploy_canary": "churn/STATUS.md",
            "judge_canary": f"{RELEASE}/decision-1.json",
            "wake_releases": "churn/STATUS.md",
        }.items()
        for key in ("churn/spec.yaml", "churn/data/month-1.csv", "elsewhere.txt")
    ],
    *[
        Case("the evaluation", function, "s3:PutObject", item(own), {"Key": f"{RELEASE}/evaluation.json"})
        for function, own in {
            "apply_spec": "churn/STATUS.md",
            "start_training": "churn/STATUS.md",
            "deploy_canary": "churn/STATUS.md",
            "judge_canary": f"{RELEASE}/decision.json",
            "wake_releases": "churn/STATUS.md",
        }.items()
    ],
    *[
        Case("another bucket", function, f"s3:{operation}", allowed, {"Bucket": "another-bucket"})
        for function, operation, allowed in (
            ("apply_spec", "GetObject", item("churn/spec.yaml")),
            ("apply_spec", "ListObjectsV2", {"Bucket": BUCKET, "Prefix": "churn/"}),
            ("prepare_data", "GetObject", item("churn/data/month-1.csv", VersionId="v")),
            ("prepare_data", "ListObjectVersions", {"Bucket": BUCKET, "Prefix": "churn/data/feb/"}),
            ("evaluate_candidate", "GetObject", item(f"{RELEASE}/scores/a.csv.out")),
            ("judge_canary", "PutObject", item(f"{RELEASE}/decision.json")),
            (None, "GetObject", item(f"{RELEASE}/channels/train/a.csv")),
            (None, "PutObject", item(f"{RELEASE}/training/model.tar.gz")),
        )
    ],
    Case(
        "a drop by its name, and not by its version",
        "prepare_data",
        "s3:GetObject",
        item("churn/data/month-1.csv", VersionId="v"),
        {"VersionId": GONE},
    ),
    *[
        Case(f"{operation} of {key}", None, f"s3:{operation}", item(f"{RELEASE}/a.json"), {"Key": key})
        for operation in ("GetObject", "PutObject")
        for key in ("churn/data/month-1.csv", "churn/spec.yaml", "churn/STATUS.md")
    ],
    Case(
        "a list of what is no release",
        None,
        "s3:ListObjectsV2",
        {"Bucket": BUCKET, "Prefix": f"{RELEASE}/"},
        {"Prefix": "churn/data/"},
    ),
    Case(
        "a list of everything", None, "s3:ListObjectsV2", {"Bucket": BUCKET, "Prefix": RELEASE + "/"}, {"Prefix": GONE}
    ),
    Case(
        "a foreign namespace",
        None,
        "monitoring:PutMetricData",
        {"Namespace": "/aws/sagemaker/TrainingJobs"},
        {"Namespace": "AWS/Billing"},
    ),
]


def principal_of(function: str | None) -> Principal:
    return Principal(RIGHTS.role_of(function).name, function or "SageMaker")


def authorizer(tags: Mapping[str, str] = OURS) -> Authorizer:
    return Authorizer(RIGHTS, Facts({ENDPOINT: tags, CONFIG: tags}), Ledger())
