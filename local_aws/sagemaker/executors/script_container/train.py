"""Trains with the user's script, and words its failure as AWS's toolkit does.

Source: trainer.py, entry_point.py, process.py and errors.py of aws/sagemaker-training-toolkit 5.1.4.
"""

import logging
import os
import shlex
import sys
from pathlib import Path

from local_aws.sagemaker.executors import program
from local_aws.sagemaker.executors.script_container import requirements, toolkit
from local_aws.sagemaker.executors.script_container.toolkit import Job

logger = logging.getLogger(__name__)
PYTHON = "/miniconda3/bin/python"
"""Where Python is in AWS's containers: what the log and the failure show."""
FAILED = 1
"""The toolkit's exit code, whatever the script's was."""
OUT_OF_MEMORY = 137
MODULES = {
    "sklearn": "sagemaker_sklearn_container.training:main",
    "xgboost": "sagemaker_xgboost_container.training:main",
    "pytorch": "sagemaker_pytorch_container.training:main",
    "tensorflow": "sagemaker_tensorflow_container.training:main",
}
"""The containers' own entry points, by framework."""


def main(base_dir: Path, framework: str) -> int:
    """Run one training job in a directory laid out like /opt/ml, with the code unpacked in `code/`.

    Returns:
        The exit code: 0, or 1 with the reason in output/failure.
    """
    job = toolkit.read(base_dir, MODULES[framework])
    try:
        requirements.check(job.code_dir)
    except requirements.MissingError as error:
        return _fail(base_dir, f"InstallRequirementsError:\n{error}")
    shown = _command(job, framework)
    logger.info("Invoking script with the following command:\n\n%s\n", shown)
    ended = program.run(
        [sys.executable, *_started(job, framework)],
        job.code_dir,
        program.environment_of_user({**toolkit.variables(job), **_around(job)}),
    )
    if ended.code:
        extra = 'ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"\n' if ended.code == OUT_OF_MEMORY else ""
        told = f'ExitCode {ended.code}\nErrorMessage "{ended.error}"\n{extra}Command "{shown}"'
        return _fail(base_dir, f"ExecuteUserScriptError:\n{told}")
    logger.info("Reporting training SUCCESS")
    return 0


def _started(job: Job, framework: str) -> list[str]:
    """Return what Python is called with: XGBoost's container runs a module, the others a file."""
    arguments = toolkit.arguments(job.hyperparameters)
    if framework == "xgboost":
        return ["-m", job.program.removesuffix(".py"), *arguments]
    return [job.program, *arguments]


def _command(job: Job, framework: str) -> str:
    return shlex.join([PYTHON, *_started(job, framework)])


def _around(job: Job) -> dict[str, str]:
    """What the toolkit sets besides `SM_…`, and the way to the script's own modules."""
    return {
        "PYTHONPATH": str(job.code_dir),
        "SAGEMAKER_JOB_NAME": str(job.told.get("sagemaker_job_name", "")),
        "SAGEMAKER_REGION": str(job.told.get("sagemaker_region", os.environ.get("AWS_REGION", ""))),
        "CURRENT_HOST": str(job.resources["current_host"]),
    }


def _fail(base_dir: Path, reason: str) -> int:
    logger.error("Reporting training FAILURE")
    logger.error(reason)
    (base_dir / "output" / "failure").write_text(reason)
    return FAILED
