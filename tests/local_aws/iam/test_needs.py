from typing import Any

import pytest

from local_aws.iam.calls import Call, UnknownCallError
from local_aws.iam.needs import Need, needs
from tests.local_aws.iam.support import ACCOUNT, KEY, REGION, SAGEMAKER, Facts

TAGS = [{"Key": "yardmaster", "Value": "y"}]
PASSED_ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"


def found(service: str, operation: str, facts: Facts | None = None, **params: Any) -> list[Need]:
    return needs(Call(service, operation, params), facts or Facts())


def pairs(service: str, operation: str, facts: Facts | None = None, **params: Any) -> list[tuple[str, str]]:
    return [(need.action, need.resource) for need in found(service, operation, facts, **params)]


def test_a_training_job_takes_its_own_right_the_tags_and_the_role() -> None:
    own, tagging, passing = found(
        "sagemaker",
        "CreateTrainingJob",
        TrainingJobName="Ym-1",
        RoleArn=PASSED_ROLE,
        Tags=TAGS,
        ResourceConfig={"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "k-1"},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
        VpcConfig={"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
        OutputDataConfig={"KmsKeyId": KEY},
        EnableNetworkIsolation=True,
    )
    assert (own.action, own.resource) == ("sagemaker:CreateTrainingJob", f"{SAGEMAKER}:training-job/ym-1")
    assert own.keys == {
        "sagemaker:InstanceTypes": ("ml.m5.large",),
        "sagemaker:MaxRuntimeInSeconds": ("3600",),
        "sagemaker:NetworkIsolation": ("true",),
        "sagemaker:VpcSubnets": ("subnet-1", "subnet-2"),
        "sagemaker:VpcSecurityGroupIds": ("sg-1",),
        "sagemaker:VolumeKmsKey": (KEY,),
        "sagemaker:OutputKmsKey": (KEY,),
        "aws:RequestTag/yardmaster": ("y",),
        "aws:TagKeys": ("yardmaster",),
    }
    assert (tagging.action, tagging.resource) == ("sagemaker:AddTags", own.resource)
    assert tagging.keys["sagemaker:TaggingAction"] == ("CreateTrainingJob",)
    assert tagging.keys["aws:RequestTag/yardmaster"] == ("y",)
    assert passing == Need("iam:PassRole", PASSED_ROLE, {"iam:PassedToService": ("sagemaker.amazonaws.com",)})


def test_a_tuning_job_takes_the_rights_for_the_training_jobs_that_it_defines() -> None:
    own, tagging, passing = found(
        "sagemaker",
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="Ym-1",
        Tags=TAGS,
        TrainingJobDefinition={
            "RoleArn": PASSED_ROLE,
            "ResourceConfig": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": KEY},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
            "EnableNetworkIsolation": True,
        },
    )
    where = f"{SAGEMAKER}:hyper-parameter-tuning-job/ym-1"
    assert (own.action, own.resource) == ("sagemaker:CreateHyperParameterTuningJob", where)
    assert own.keys == {
        "sagemaker:InstanceTypes": ("ml.m5.large",),
        "sagemaker:MaxRuntimeInSeconds": ("3600",),
        "sagemaker:NetworkIsolation": ("true",),
        "sagemaker:VpcSubnets": ("subnet-1",),
        "sagemaker:VpcSecurityGroupIds": ("sg-1",),
        "sagemaker:VolumeKmsKey": (KEY,),
        "aws:RequestTag/yardmaster": ("y",),
        "aws:TagKeys": ("yardmaster",),
    }
    assert (tagging.action, tagging.resource) == ("sagemaker:AddTags", where)
    assert passing == Need("iam:PassRole", PASSED_ROLE, {"iam:PassedToService": ("sagemaker.amazonaws.com",)})


@pytest.mark.parametrize(
    ("operation", "resource"),
    [
        ("DescribeHyperParameterTuningJob", f"{SAGEMAKER}:hyper-parameter-tuning-job/ym-1"),
        ("StopHyperParameterTuningJob", f"{SAGEMAKER}:hyper-parameter-tuning-job/ym-1"),
        ("ListTrainingJobsForHyperParameterTuningJob", f"{SAGEMAKER}:hyper-parameter-tuning-job/ym-1"),
        ("ListHyperParameterTuningJobs", "*"),
    ],
)
def test_other_calls_about_tuning_jobs_take_their_own_right_alone(operation: str, resource: str) -> None:
    assert pairs("sagemaker", operation, HyperParameterTuningJobName="ym-1") == [(f"sagemaker:{operation}", resource)]


def test_without_tags_no_right_to_tag_is_needed() -> None:
    found_pairs = pairs("sagemaker", "CreateModel", ModelName="m", ExecutionRoleArn=PASSED_ROLE)
    assert [action for action, _ in found_pairs] == [
        "sagemaker:CreateModel",
        "iam:PassRole",
    ]


def test_an_endpoint_takes_rights_on_itself_and_on_its_config_with_the_tags_of_each() -> None:
    endpoint, config = f"{SAGEMAKER}:endpoint/e", f"{SAGEMAKER}:endpoint-config/c"
    facts = Facts({endpoint: {"yardmaster": "y"}, config: {"yardmaster": "other"}})
    first, second = found("sagemaker", "UpdateEndpoint", facts, EndpointName="e", EndpointConfigName="c")
    assert (first.resource, first.keys["aws:ResourceTag/yardmaster"]) == (endpoint, ("y",))
    assert (second.resource, second.keys["aws:ResourceTag/yardmaster"]) == (config, ("other",))
    weights = found("sagemaker", "UpdateEndpointWeightsAndCapacities", facts, EndpointName="e")
    assert [need.resource for need in weights] == [endpoint]


def test_an_endpoint_on_encrypted_volumes_takes_a_grant_on_the_key() -> None:
    facts = Facts(keys={f"{SAGEMAKER}:endpoint-config/c": KEY})
    grant = found("sagemaker", "CreateEndpoint", facts, EndpointName="e", EndpointConfigName="c")[2]
    assert (grant.action, grant.resource) == ("kms:CreateGrant", KEY)
    assert grant.keys["kms:GrantIsForAWSResource"] == ("true",)
    assert grant.keys["kms:ViaService"] == (f"sagemaker.{REGION}.amazonaws.com",)


def test_a_config_names_all_its_instance_types_and_models() -> None:
    variants = [{"ModelName": "m1", "InstanceType": "ml.a"}, {"ModelName": "m2", "InstanceType": "ml.b"}]
    need = found("sagemaker", "CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=variants)[0]
    assert need.keys["sagemaker:InstanceTypes"] == ("ml.a", "ml.b")
    assert need.keys["sagemaker:ModelArn"] == (f"{SAGEMAKER}:model/m1", f"{SAGEMAKER}:model/m2")


def test_a_model_package_takes_rights_on_itself_and_on_its_group() -> None:
    created = found(
        "sagemaker", "CreateModelPackage", ModelPackageGroupName="ym-churn", ModelApprovalStatus="PendingManualApproval"
    )
    assert [need.resource for need in created] == [
        f"{SAGEMAKER}:model-package/ym-churn/*",
        f"{SAGEMAKER}:model-package-group/ym-churn",
    ]
    assert created[0].keys["sagemaker:ModelApprovalStatus"] == ("PendingManualApproval",)
    arn = f"{SAGEMAKER}:model-package/ym-churn/3"
    updated = found("sagemaker", "UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    assert [(need.resource, need.keys) for need in updated] == [(arn, {"sagemaker:ModelApprovalStatus": ("Rejected",)})]


@pytest.mark.parametrize(
    ("operation", "params", "action", "resource"),
    [
        ("GetObject", {}, "s3:GetObject", "arn:aws:s3:::b/k"),
        ("HeadObject", {}, "s3:GetObject", "arn:aws:s3:::b/k"),
        ("GetObject", {"VersionId": "v"}, "s3:GetObjectVersion", "arn:aws:s3:::b/k"),
        ("DeleteObject", {"VersionId": "v"}, "s3:DeleteObjectVersion", "arn:aws:s3:::b/k"),
        ("PutObject", {}, "s3:PutObject", "arn:aws:s3:::b/k"),
        ("UploadPart", {}, "s3:PutObject", "arn:aws:s3:::b/k"),
        ("AbortMultipartUpload", {}, "s3:AbortMultipartUpload", "arn:aws:s3:::b/k"),
        ("ListParts", {}, "s3:ListMultipartUploadParts", "arn:aws:s3:::b/k"),
        ("ListObjectsV2", {}, "s3:ListBucket", "arn:aws:s3:::b"),
        ("HeadBucket", {}, "s3:ListBucket", "arn:aws:s3:::b"),
        ("ListObjectVersions", {}, "s3:ListBucketVersions", "arn:aws:s3:::b"),
        ("ListMultipartUploads", {}, "s3:ListBucketMultipartUploads", "arn:aws:s3:::b"),
        ("ListBuckets", {}, "s3:ListAllMyBuckets", "*"),
    ],
)
def test_s3_has_actions_of_other_names_than_its_operations(
    operation: str, params: dict[str, Any], action: str, resource: str
) -> None:
    assert pairs("s3", operation, Bucket="b", Key="k", **params) == [(action, resource)]


@pytest.mark.parametrize(
    ("operation", "creates"),
    [("PutObject", "true"), ("CompleteMultipartUpload", "true"), ("CreateMultipartUpload", "false")],
)
def test_a_write_says_whether_it_creates_the_object_and_under_which_condition(operation: str, creates: str) -> None:
    keys = found("s3", operation, Bucket="b", Key="k", IfNoneMatch="*")[0].keys
    assert keys == {"s3:if-none-match": ("*",), "s3:ObjectCreationOperation": (creates,)}


def test_a_list_names_its_prefix() -> None:
    assert found("s3", "ListObjectsV2", Bucket="b", Prefix="m/")[0].keys == {"s3:prefix": ("m/",)}


@pytest.mark.parametrize("source", ["from/k%3F1?versionId=v", "/from/k%3F1?versionId=v"])
def test_a_copy_also_reads_its_source(source: str) -> None:
    assert pairs("s3", "CopyObject", Bucket="b", Key="k", CopySource=source) == [
        ("s3:PutObject", "arn:aws:s3:::b/k"),
        ("s3:GetObjectVersion", "arn:aws:s3:::from/k%3F1"),
    ]
    of_dictionary = pairs("s3", "CopyObject", Bucket="b", Key="k", CopySource={"Bucket": "from", "Key": "k"})
    assert of_dictionary[1] == ("s3:GetObject", "arn:aws:s3:::from/k")


@pytest.mark.parametrize(
    ("operation", "params", "actions"),
    [
        ("GetObject", {}, ["kms:Decrypt"]),
        ("HeadObject", {}, []),
        ("PutObject", {}, ["kms:GenerateDataKey"]),
        ("PutObject", {"ServerSideEncryption": "AES256"}, []),
        ("CreateMultipartUpload", {}, ["kms:GenerateDataKey", "kms:Decrypt"]),
        ("ListObjectsV2", {}, []),
    ],
)
def test_a_bucket_under_a_key_takes_the_right_to_use_it(
    operation: str, params: dict[str, Any], actions: list[str]
) -> None:
    facts = Facts(keys={"arn:aws:s3:::b": KEY})
    of_key = [need for need in found("s3", operation, facts, Bucket="b", Key="k", **params) if need.resource == KEY]
    assert [need.action for need in of_key] == actions
    assert {need.keys["kms:ViaService"] for need in of_key} <= {(f"s3.{REGION}.amazonaws.com",)}


def test_a_transaction_takes_the_rights_of_what_is_in_it_each_once() -> None:
    put = {"Put": {"TableName": "t", "Item": {}}}
    items = [put, put, {"Update": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "t"}}]
    transaction = found("dynamodb", "TransactWriteItems", TransactItems=items)
    assert [need.action for need in transaction] == [
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:ConditionCheckItem",
    ]
    assert {need.resource for need in transaction} == {TABLE}


def test_a_query_of_an_index_is_about_the_index() -> None:
    assert pairs("dynamodb", "Query", TableName="t", IndexName="due") == [("dynamodb:Query", f"{TABLE}/index/due")]
    assert pairs("dynamodb", "Query", TableName="t") == [("dynamodb:Query", TABLE)]


def test_a_table_under_a_key_takes_the_right_to_open_it() -> None:
    facts = Facts(keys={TABLE: KEY})
    assert pairs("dynamodb", "Query", facts, TableName="t", IndexName="due")[1] == ("kms:Decrypt", KEY)


def test_each_source_and_bus_of_published_events_is_judged() -> None:
    entries = [
        {"Source": "yardmaster.y", "DetailType": "Release Due"},
        {"Source": "other", "DetailType": "Release Due", "EventBusName": "own"},
    ]
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus"
    assert found("events", "PutEvents", Entries=entries) == [
        Need(
            "events:PutEvents",
            f"{bus}/default",
            {"events:source": ("yardmaster.y",), "events:detail-type": ("Release Due",)},
        ),
        Need("events:PutEvents", f"{bus}/own", {"events:source": ("other",), "events:detail-type": ("Release Due",)}),
    ]


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        ("cloudwatch", "GetMetricData", {}, ("cloudwatch:GetMetricData", "*")),
        ("monitoring", "PutMetricData", {"Namespace": "n"}, ("cloudwatch:PutMetricData", "*")),
        ("monitoring", "DescribeAlarms", {"AlarmNames": ["a"]}, ("cloudwatch:DescribeAlarms", "alarm:a")),
        (
            "monitoring",
            "DescribeAlarms",
            {"AlarmNames": ["a"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
            ("cloudwatch:DescribeAlarms", "*"),
        ),
        ("monitoring", "DescribeAlarms", {}, ("cloudwatch:DescribeAlarms", "*")),
        ("sagemaker", "Search", {}, ("sagemaker:Search", "*")),
        ("sagemaker", "ListEndpoints", {}, ("sagemaker:ListEndpoints", "*")),
        ("sagemaker", "ListTags", {"ResourceArn": "arn:x"}, ("sagemaker:ListTags", "arn:x")),
        ("sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "e"}, ("sagemaker:InvokeEndpoint", "endpoint/e")),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "/g", "logStreamName": "s"},
            ("logs:PutLogEvents", "/g:log-stream:s"),
        ),
        ("ssm", "GetParameter", {"Name": "/yardmaster/y"}, ("ssm:GetParameter", "parameter/yardmaster/y")),
        ("sqs", "SendMessageBatch", {"QueueUrl": "http://h/1/q"}, ("sqs:SendMessage", ":q")),
        ("lambda", "Invoke", {"FunctionName": "f"}, ("lambda:InvokeFunction", "function:f")),
    ],
)
def test_the_other_services(service: str, operation: str, params: dict[str, Any], expected: tuple[str, str]) -> None:
    ((action, resource),) = pairs(service, operation, **params)
    assert action == expected[0]
    assert resource.endswith(expected[1])


def test_everybody_may_ask_who_they_are() -> None:
    assert found("sts", "GetCallerIdentity") == []


@pytest.mark.parametrize(
    ("service", "operation", "where"),
    [
        ("sagemaker", "CreateLabelingJob", "services/sagemaker.py"),
        ("s3", "PutBucketAcl", "services/s3.py"),
        ("athena", "StartQueryExecution", "services/athena.py"),
    ],
)
def test_a_call_that_the_table_does_not_know_says_where_to_add_it(service: str, operation: str, where: str) -> None:
    with pytest.raises(UnknownCallError, match=f"{operation} needs is not known: add it to .*{where}"):
        found(service, operation, Bucket="b")
