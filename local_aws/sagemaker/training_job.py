"""Training jobs: CreateTrainingJob, DescribeTrainingJob, StopTrainingJob, ListTrainingJobs."""

from typing import Any

from local_aws.sagemaker import algorithm_checks, spot_checks
from local_aws.sagemaker.access import ExecutionRole
from local_aws.sagemaker.algorithm import Algorithms
from local_aws.sagemaker.errors import resource_in_use, validation_error
from local_aws.sagemaker.executors.base import MetricDefinition, TrainingOutcome, TrainingProgress
from local_aws.sagemaker.inputs import check_image, check_input, check_output, check_role, refuse_unsimulated
from local_aws.sagemaker.paging import Listed, list_page
from local_aws.sagemaker.quotas import check_quota
from local_aws.sagemaker.training_run import TrainingRun
from local_aws.sagemaker.training_state import ACTIVE, DEFAULT_MAX_RUNTIME, Launch, TrainingJob
from local_aws.sagemaker.tuner.space import Space
from local_aws.sagemaker.validation import echo, required
from local_aws.sagemaker.world import Handler, Table, World

_UNSIMULATED = (
    "ServerlessJobConfig",
    "SessionChainingConfig",
    "MlflowConfig",
    "ModelPackageConfig",
    "DebugRuleConfigurations",
)


class TrainingJobs:
    """The training jobs of the account."""

    def __init__(self, world: World, algorithms: Algorithms) -> None:
        """Begin empty; jobs may name algorithms."""
        self._world = world
        self._algorithms = algorithms
        self._jobs: Table[TrainingJob] = Table(world)
        self._run = TrainingRun(world)

    def operations(self) -> dict[str, Handler]:
        """Return the operations on training jobs."""
        return {
            "CreateTrainingJob": self.create,
            "DescribeTrainingJob": self.describe,
            "StopTrainingJob": self.stop,
            "ListTrainingJobs": self.list_jobs,
        }

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        """Accept a job and begin `Starting`."""
        name = params["TrainingJobName"]
        arn = self._world.arns.of("training-job", name)
        self._check(params, arn)
        self._world.tags.check(params.get("Tags"))
        self._begin(self._made(arn, params))
        return {"TrainingJobArn": arn}

    def launch(self, params: dict[str, Any], launch: Launch) -> TrainingJob:
        """Begin a tuning job's training job; what its definition says was checked with the tuning job.

        Raises:
            AwsError: ResourceLimitExceeded.
        """
        self.check_quota(params)
        job = self._made(self._world.arns.of("training-job", params["TrainingJobName"]), params)
        job.launch = launch
        self._begin(job)
        return job

    def halt(self, job: TrainingJob) -> None:
        """Stop a tuning job's training job."""
        if job.status == "InProgress":
            self._run.stop(job)

    def progressed(self, progress: TrainingProgress) -> None:
        """Take a new value of a watched metric."""
        job = self._jobs.get(progress.name)
        if job and job.launch and job.status == "InProgress":
            job.launch.measured(progress.value.value)

    def check_definition(self, params: dict[str, Any], arn: str) -> None:
        """Refuse what no training job can be made of.

        Args:
            params: The members of CreateTrainingJob that a tuning job's definition has too.
            arn: Of the job for which the role is assumed.

        Raises:
            AwsError: Says what is wrong.
        """
        algorithm, resources = params["AlgorithmSpecification"], params["ResourceConfig"]
        refuse_unsimulated("CreateTrainingJob", resources, "InstanceGroups", "KeepAlivePeriodInSeconds")
        required(resources, "InstanceType", "InstanceCount", within="resourceConfig.")
        self._check_algorithm(algorithm, params)
        _check_channels(self._world, params, arn)
        check_output(self._world, params["OutputDataConfig"]["S3OutputPath"])
        spot_checks.check(self._world, params)

    def check_tuning(self, definition: dict[str, Any], space: Space, objective: dict[str, str]) -> None:
        """Refuse a search that the algorithm of a tuning job's definition does not allow, if it names one.

        Raises:
            AwsError: Says what is wrong.
        """
        if reference := definition["AlgorithmSpecification"].get("AlgorithmName"):
            training = self._algorithms.usable(reference).training
            static = definition.get("StaticHyperParameters", {})
            algorithm_checks.check_tuning(training, space, objective)
            algorithm_checks.check_hyperparameters(training, static, frozenset(each.name for each in space.ranges))

    def check_quota(self, params: dict[str, Any], parallel: int = 1) -> None:
        """Refuse what would take more instances than the account has, for so many equal jobs at once.

        Raises:
            AwsError: ResourceLimitExceeded.
        """
        resources, spot = params["ResourceConfig"], params.get("EnableManagedSpotTraining", False)
        in_use = sum(
            job.request["ResourceConfig"]["InstanceCount"]
            for job in self._jobs
            if job.status in ACTIVE
            and job.request["ResourceConfig"]["InstanceType"] == resources["InstanceType"]
            and job.request.get("EnableManagedSpotTraining", False) == spot
        )
        use = "spot training job" if spot else "training job"
        check_quota(self._world, resources["InstanceType"], use, in_use, parallel * resources["InstanceCount"])

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        """Describe a job."""
        return self.described(self._require(params["TrainingJobName"]))

    def stop(self, params: dict[str, Any]) -> dict[str, Any]:
        """Ask a job to stop; what it saved in time is kept."""
        job = self._require(params["TrainingJobName"])
        if job.status != "InProgress":
            raise validation_error(f"The request was rejected because the training job is in status {job.status}.")
        self._run.stop(job)
        return {}

    def interrupt(self, name: str, seconds: float | None) -> None:
        """Take a job's spot capacity back; see `TrainingRun.interrupt`."""
        self._run.interrupt(self._require(name), seconds)

    def fail(self, name: str, reason: str) -> None:
        """End a job as AWS does for reasons of its own; see `TrainingRun.fail`."""
        self._run.fail(self._require(name), reason)

    def list_jobs(self, params: dict[str, Any]) -> dict[str, Any]:
        """List jobs."""
        refuse_unsimulated("ListTrainingJobs", params, "WarmPoolStatusEquals", "TrainingPlanArnEquals")
        items = [Listed(_summary(job), job.name, job.created, job.modified, job.status) for job in self._jobs.visible()]
        return list_page(items, params, "TrainingJobSummaries", order="Ascending")

    def finished(self, outcome: TrainingOutcome) -> None:
        """Take an executor's outcome."""
        if job := self._jobs.get(outcome.name):
            self._run.finished(job, outcome)

    def search_records(self) -> list[dict[str, Any]]:
        """Return all jobs as Search sees them."""
        return [self.described(job) | {"Tags": self._world.tags.as_list(job.arn)} for job in self._jobs.visible()]

    def described(self, job: TrainingJob) -> dict[str, Any]:
        """Return a job as DescribeTrainingJob writes it."""
        return {
            **echo("DescribeTrainingJob", job.request),
            "TrainingJobArn": job.arn,
            "TuningJobArn": job.launch.tuning_arn if job.launch else None,
            "TrainingJobStatus": job.status,
            "SecondaryStatus": job.secondary,
            "SecondaryStatusTransitions": job.transitions,
            # The model requires a path at all times: whether the artifact exists, only S3 can say.
            "ModelArtifacts": {"S3ModelArtifacts": job.artifact or _artifact_path(job)},
            "FailureReason": job.failure,
            "CreationTime": job.created,
            "LastModifiedTime": job.modified,
            "TrainingStartTime": job.started,
            "TrainingEndTime": job.ended,
            "TrainingTimeInSeconds": job.seconds,
            "BillableTimeInSeconds": job.billable(self._world.settings.spot_price_share),
            "FinalMetricDataList": [
                {"MetricName": metric.name, "Value": metric.value, "Timestamp": metric.at} for metric in job.metrics
            ],
        }

    def _check(self, params: dict[str, Any], arn: str) -> None:
        refuse_unsimulated("CreateTrainingJob", params, *_UNSIMULATED)
        required(params, "AlgorithmSpecification", "ResourceConfig")
        if self._jobs.taken(params["TrainingJobName"]):
            raise resource_in_use(
                "Training job names must be unique within an AWS account and region, and a training job with this "
                f"name already exists ({arn})"
            )
        self.check_definition(params, arn)
        if reference := params["AlgorithmSpecification"].get("AlgorithmName"):
            training = self._algorithms.usable(reference).training
            algorithm_checks.check_hyperparameters(training, params.get("HyperParameters", {}), frozenset())
        self.check_quota(params)

    def _check_algorithm(self, algorithm: dict[str, Any], params: dict[str, Any]) -> None:
        """Check the image; or, of an algorithm by its name, that the account may use it, and so."""
        if "AlgorithmName" not in algorithm:
            required(algorithm, "TrainingImage", within="algorithmSpecification.")
            check_image(algorithm["TrainingImage"])
            return
        if "TrainingImage" in algorithm:
            raise validation_error("AlgorithmName and TrainingImage are mutually exclusive: specify one of the two.")
        found = self._algorithms.usable(algorithm["AlgorithmName"])
        algorithm_checks.check_resources(found.training, params, is_product=found.product_id is not None)

    def _made(self, arn: str, params: dict[str, Any]) -> TrainingJob:
        """Return a new job, with what its algorithm brings along."""
        job = TrainingJob(params["TrainingJobName"], arn, _with_runtime(params), self._world.timeline.now())
        if reference := params["AlgorithmSpecification"].get("AlgorithmName"):
            training = self._algorithms.require(reference).training
            job.image, job.defaults = training["TrainingImage"], algorithm_checks.defaults(training)
            job.metric_definitions = tuple(
                MetricDefinition(one["Name"], one["Regex"]) for one in training.get("MetricDefinitions", [])
            )
        return job

    def _begin(self, job: TrainingJob) -> None:
        self._jobs.put(job.name, job)
        self._world.tags.born(job.arn, job.request.get("Tags"))
        self._run.start(job)

    def _require(self, name: str) -> TrainingJob:
        job = self._jobs.find(name)
        if job is None:
            raise validation_error("Requested resource not found.")
        return job


def _with_runtime(params: dict[str, Any]) -> dict[str, Any]:
    stopping = {"MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME, **params.get("StoppingCondition", {})}
    return {**params, "StoppingCondition": stopping}


def _check_channels(world: World, params: dict[str, Any], arn: str) -> None:
    role = ExecutionRole(params["RoleArn"], arn)
    check_role(world, role)
    names = [channel["ChannelName"] for channel in params.get("InputDataConfig", [])]
    for channel in params.get("InputDataConfig", []):
        if names.count(channel["ChannelName"]) > 1:
            raise validation_error(f"Duplicate channel name: {channel['ChannelName']}. Channel names must be unique.")
        refuse_unsimulated("CreateTrainingJob", channel["DataSource"], "FileSystemDataSource", "DatasetSource")
        required(channel["DataSource"], "S3DataSource", within="inputDataConfig.dataSource.")
        source = channel["DataSource"]["S3DataSource"]
        mode = channel.get("InputMode", params["AlgorithmSpecification"]["TrainingInputMode"])
        if mode == "FastFile" and source["S3DataType"] != "S3Prefix":
            raise validation_error(f"FastFile mode needs the S3DataType S3Prefix, not {source['S3DataType']}.")
        check_input(world, source["S3Uri"], role)


def _artifact_path(job: TrainingJob) -> str:
    return f"{job.request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job.name}/output/model.tar.gz"


def _summary(job: TrainingJob) -> dict[str, Any]:
    return {
        "TrainingJobName": job.name,
        "TrainingJobArn": job.arn,
        "CreationTime": job.created,
        "TrainingEndTime": job.ended,
        "LastModifiedTime": job.modified,
        "TrainingJobStatus": job.status,
        "SecondaryStatus": job.secondary,
    }
