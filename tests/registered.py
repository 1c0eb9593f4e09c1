"""Model packages as people register them from their notebooks, on the virtual clock."""

from typing import Any

from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from tests.world import BUCKET, World

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
GROUP = "ym-churn"


def register(world: World, quality: float = 0.9, group: str = GROUP, **more: Any) -> str:
    """Register a model that scores this well, as a notebook does; return the package's ARN."""
    key = f"churn/artifacts/notebook-{quality}/model.tar.gz"
    world.s3.put_object(
        Bucket=BUCKET, Key=key, Body=ScriptedModel("notebook", "binary:logistic", 2, quality, 7).archive()
    )
    groups = [
        one["ModelPackageGroupName"]
        for one in world.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    ]
    if group not in groups:
        world.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    answer = world.sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelPackageDescription="from a notebook",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{key}"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        **more,
    )
    return str(answer["ModelPackageArn"])


def say(world: World, arn: str, status: str = "Approved", why: str = "it is good") -> None:
    world.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status, ApprovalDescription=why)
