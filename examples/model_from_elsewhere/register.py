"""Registers a model as an approved package in its registry group: `python register.py model.tar.gz MODEL`.

What a notebook does at its end. The package is tested, gated and deployed like any other release; nobody has to know
of Yardmaster for that. The archive lies below `<model>/artifacts/`, where the stack's execution role may read it.
"""

import json
import os
import sys
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
"""The container that serves it; the account is another in each region (docs of SageMaker's XGBoost)."""


def main(archive: Path, model: str) -> None:
    """Upload the archive and register it."""
    stack = os.environ.get("YARDMASTER_STACK", "yardmaster")
    parameter = boto3.client("ssm").get_parameter(Name=f"/yardmaster/{stack}")["Parameter"]["Value"]
    place = json.loads(parameter)
    key, group = f"{model}/artifacts/notebook/model.tar.gz", f"{place['prefix']}-{model}"
    boto3.client("s3").upload_file(str(archive), place["bucket"], key)
    sagemaker = boto3.client("sagemaker")
    try:
        sagemaker.create_model_package_group(ModelPackageGroupName=group)
    except ClientError as error:
        if "already exists" not in str(error):
            raise
    answer = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelPackageDescription="trained in a notebook",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{place['bucket']}/{key}"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    print(answer["ModelPackageArn"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
