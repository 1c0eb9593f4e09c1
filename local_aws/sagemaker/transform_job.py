"""Transform jobs: CreateTransformJob, DescribeTransformJob, StopTransformJob, ListTransformJobs."""

from typing import Any

from local_aws.sagemaker.access import ExecutionRole
from local_aws.sagemaker.errors import resource_in_use, validation_error
from local_aws.sagemaker.executors.base import TransformOutcome
from local_aws.sagemaker.inputs import check_input, check_instance_type, check_output, refuse_unsimulated
from local_aws.sagemaker.model import Model, Models
from local_aws.sagemaker.paging import Listed, list_page
from local_aws.sagemaker.quotas import check_quota
from local_aws.sagemaker.transform_checks import check_transform
from local_aws.sagemaker.transform_run import ACTIVE, TransformJob, TransformRun
from local_aws.sagemaker.validation import echo
from local_aws.sagemaker.world import Handler, Table, World


class TransformJobs:
    """The transform jobs of the account."""

    def __init__(self, world: World, models: Models) -> None:
        """Begin empty; jobs name models."""
        self._world = world
        self._models = models
        self._jobs: Table[TransformJob] = Table(world)
        self._run = TransformRun(world)

    def operations(self) -> dict[str, Handler]:
        """Return the operations on transform jobs."""
        return {
            "CreateTransformJob": self.create,
            "DescribeTransformJob": self.describe,
            "StopTransformJob": self.stop,
            "ListTransformJobs": self.list_jobs,
        }

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        """Accept a job; its model must exist."""
        name = params["TransformJobName"]
        arn = self._world.arns.of("transform-job", name)
        model = self._check(params, arn)
        self._world.tags.check(params.get("Tags"))
        job = TransformJob(name, arn, params, model, self._world.timeline.now())
        self._jobs.put(name, job)
        self._world.tags.born(arn, params.get("Tags"))
        self._run.start(job)
        return {"TransformJobArn": arn}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        """Describe a job."""
        job = self._require(params["TransformJobName"], "Could not find requested job with name")
        return {
            **echo("DescribeTransformJob", job.request),
            "TransformJobArn": job.arn,
            "TransformJobStatus": job.status,
            "FailureReason": job.failure,
            "CreationTime": job.created,
            "TransformStartTime": job.started,
            "TransformEndTime": job.ended,
        }

    def stop(self, params: dict[str, Any]) -> dict[str, Any]:
        """Ask a job to stop; its output is not stored."""
        job = self._require(params["TransformJobName"], "Could not find job to update with name")
        if job.status != "InProgress":
            raise validation_error(f"The request was rejected because the transform job is in status {job.status}.")
        self._run.stop(job)
        return {}

    def fail(self, name: str, reason: str) -> None:
        """End a job as AWS does for reasons of its own; see `TransformRun.fail`."""
        self._run.fail(self._require(name, "Could not find requested job with name"), reason)

    def list_jobs(self, params: dict[str, Any]) -> dict[str, Any]:
        """List jobs."""
        items = [Listed(_summary(job), job.name, job.created, job.modified, job.status) for job in self._jobs.visible()]
        return list_page(items, params, "TransformJobSummaries")

    def finished(self, outcome: TransformOutcome) -> None:
        """Take an executor's outcome."""
        if job := self._jobs.get(outcome.name):
            self._run.finished(job, outcome)

    def _check(self, params: dict[str, Any], arn: str) -> Model:
        refuse_unsimulated("CreateTransformJob", params, "DataCaptureConfig")
        if self._jobs.taken(params["TransformJobName"]):
            raise resource_in_use(
                "Job name must be unique within an AWS account and region, and a job with this name already exists "
                f"({arn})"
            )
        model = self._models.require(params["ModelName"])
        if model.is_multi_model:
            raise validation_error("Batch transform is not supported with a container in MultiModel mode.")
        check_transform(params, model)
        check_instance_type(params["TransformResources"]["InstanceType"], model.runs_on.transform_types)
        role = ExecutionRole(model.role_arn, arn)
        check_input(self._world, params["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"], role)
        check_output(self._world, params["TransformOutput"]["S3OutputPath"])
        self._check_quota(params["TransformResources"])
        return model

    def _check_quota(self, resources: dict[str, Any]) -> None:
        in_use = sum(
            job.request["TransformResources"]["InstanceCount"]
            for job in self._jobs
            if job.status in ACTIVE and job.request["TransformResources"]["InstanceType"] == resources["InstanceType"]
        )
        check_quota(self._world, resources["InstanceType"], "transform job", in_use, resources["InstanceCount"])

    def _require(self, name: str, complaint: str) -> TransformJob:
        job = self._jobs.find(name)
        if job is None:
            raise validation_error(f"{complaint} {name}.")
        return job


def _summary(job: TransformJob) -> dict[str, Any]:
    return {
        "TransformJobName": job.name,
        "TransformJobArn": job.arn,
        "CreationTime": job.created,
        "TransformEndTime": job.ended,
        "LastModifiedTime": job.modified,
        "TransformJobStatus": job.status,
        "FailureReason": job.failure,
    }
