"""What the containers of one's own algorithm are told: in a training job's request, and in a model's environment.

Source: the SageMaker SDK (2.257), `Framework._set_hyperparameters` and `FrameworkModel._script_mode_env_vars`.
"""

import json
from dataclasses import replace

from yardmaster.aws.model import ContainerRequest
from yardmaster.aws.training_job import TrainingJob, TrainingJobRequest
from yardmaster.aws.tuning_job import SearchRange, TuningJobRequest
from yardmaster.errors import YardmasterError
from yardmaster.flows.source_code import Code
from yardmaster.rules.artifact import CODE_FOLDER
from yardmaster.spec.images import serving_image
from yardmaster.spec.own_hyperparameters import own_text
from yardmaster.spec.schema import OwnAlgorithm, ScriptSpec, Spec

LOG_LEVEL = 20
"""Python's INFO, as the SDK has it."""
IN_THE_ARTIFACT = ("pytorch",)
"""Frameworks whose serving containers take their code from the artifact alone."""


def training(spec: Spec, request: TrainingJobRequest, code: Code | None, region: str) -> TrainingJobRequest:
    """Return a job's request with what the container must know of the script, and with its environment."""
    algorithm = spec.algorithm
    if not isinstance(algorithm, OwnAlgorithm):
        return request
    told = request.hyperparameters
    if algorithm.script is not None and code is not None:
        told = {**told, **_told(algorithm.script, code.uri, region, request.name)}
    return replace(request, hyperparameters=told, environment={**request.environment, **algorithm.environment})


def searched(spec: Spec, request: TuningJobRequest) -> TuningJobRequest:
    """Return a tuning job's request whose words are written as the algorithm's other hyperparameters are."""
    algorithm = spec.algorithm
    if not isinstance(algorithm, OwnAlgorithm) or algorithm.script is None:
        return request
    return replace(request, ranges=tuple(_as_json(algorithm, one) for one in request.ranges))


def container(
    spec: Spec, algorithm: OwnAlgorithm, job: TrainingJob, artifact_uri: str, region: str
) -> ContainerRequest:
    """Return the container that a trained model is tested and deployed in.

    Raises:
        YardmasterError: The job tells of no code.
    """
    environment = dict(algorithm.environment)
    if algorithm.script is not None:
        environment |= _environment(algorithm.script, algorithm.script.entry_point, _code_of(job), region)
    return ContainerRequest(serving_image(spec, region), artifact_uri, environment)


def elsewhere(spec: Spec, algorithm: OwnAlgorithm, artifact_uri: str, region: str) -> ContainerRequest:
    """Return the container of a model that was trained elsewhere; a script's brings its own code in `code/`."""
    environment = dict(algorithm.environment)
    if algorithm.script is not None:
        program = spec.artifacts.entry_point or algorithm.script.entry_point
        environment |= _environment(algorithm.script, program, CODE_FOLDER, region)
    return ContainerRequest(serving_image(spec, region), artifact_uri, environment)


def _told(script: ScriptSpec, code_uri: str, region: str, job: str) -> dict[str, str]:
    told = {
        "sagemaker_submit_directory": code_uri,
        "sagemaker_program": script.entry_point,
        "sagemaker_container_log_level": LOG_LEVEL,
        "sagemaker_job_name": job,
        "sagemaker_region": region,
    }
    return {name: json.dumps(value) for name, value in told.items()}


def _environment(script: ScriptSpec, program: str, code: str, region: str) -> dict[str, str]:
    if script.framework == "tensorflow":
        return {}  # TensorFlow Serving takes a saved model, and code from the artifact's `code/inference.py` by itself.
    if script.framework in IN_THE_ARTIFACT:
        code = CODE_FOLDER
    return {
        "SAGEMAKER_PROGRAM": program,
        "SAGEMAKER_SUBMIT_DIRECTORY": code,
        "SAGEMAKER_CONTAINER_LOG_LEVEL": str(LOG_LEVEL),
        "SAGEMAKER_REGION": region,
    }


def _code_of(job: TrainingJob) -> str:
    """Return where the code is that a job trained with: the very same serves."""
    try:
        return str(json.loads(job.hyperparameters["sagemaker_submit_directory"]))
    except (KeyError, ValueError) as error:
        raise YardmasterError(f"training job {job.name} tells of no code: it was not started for this spec") from error


def _as_json(algorithm: OwnAlgorithm, one: SearchRange) -> SearchRange:
    return replace(one, values=tuple(own_text(algorithm, value) for value in one.values))
