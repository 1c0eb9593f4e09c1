"""What a function reads from its environment."""

import pytest

from yardmaster.errors import SettingsError
from yardmaster.settings import Limits, Settings

NEEDED = {
    "STACK_NAME": "yardmaster",
    "PREFIX": "ym",
    "BUCKET": "bucket",
    "TABLE": "table",
    "EXECUTION_ROLE_ARN": "arn:aws:iam::123456789012:role/execution",
    "AWS_REGION": "eu-west-1",
}


def test_without_key_network_and_limits_there_are_none() -> None:
    empty = dict.fromkeys(("KMS_KEY_ARN", "VPC_SUBNET_IDS", "ALLOWED_INSTANCE_TYPES", "MAX_RUN_SECONDS"), "")
    for environ in (NEEDED, NEEDED | empty):
        found = Settings.from_env(environ)
        assert (found.kms_key_arn, found.subnets, found.security_groups, found.limits) == (None, (), (), Limits())


def test_lists_are_separated_by_commas() -> None:
    found = Settings.from_env(
        NEEDED
        | {
            "KMS_KEY_ARN": "arn:key",
            "VPC_SUBNET_IDS": "subnet-1,subnet-2",
            "VPC_SECURITY_GROUP_IDS": "sg-1",
            "ALLOWED_INSTANCE_TYPES": "ml.m5.*, ml.c5.large",
            "MAX_INSTANCE_COUNT": "3",
            "MAX_RUN_SECONDS": "3600",
            "MAX_SERVERLESS_CONCURRENCY": "20",
            "MAX_SERVERLESS_MEMORY": "4096",
            "MAX_ENDPOINT_INSTANCES": "9",
        }
    )
    assert found.kms_key_arn == "arn:key"
    assert found.subnets == ("subnet-1", "subnet-2")
    assert found.security_groups == ("sg-1",)
    assert found.limits == Limits(("ml.m5.*", "ml.c5.large"), 3, 3600, 20, 4096, 9)


@pytest.mark.parametrize("name", sorted(NEEDED.keys() - {"AWS_REGION"}))
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is missing"):
        Settings.from_env({key: value for key, value in NEEDED.items() if key != name})


def test_a_limit_that_is_no_number_is_refused() -> None:
    with pytest.raises(SettingsError, match="MAX_INSTANCE_COUNT is 'many', which is no number"):
        Settings.from_env(NEEDED | {"MAX_INSTANCE_COUNT": "many"})


def test_arns_are_of_the_execution_role_s_account_and_partition_and_in_small_letters() -> None:
    china = NEEDED | {"EXECUTION_ROLE_ARN": "arn:aws-cn:iam::210987654321:role/a/b", "AWS_REGION": "cn-north-1"}

    found = Settings.from_env(china).arn("model", "ym-Churn-1")

    assert found == "arn:aws-cn:sagemaker:cn-north-1:210987654321:model/ym-churn-1"
