"""What a script is told: environment and arguments, from the files in /opt/ml/input/config.

Source: environment.py and mapping.py of aws/sagemaker-training-toolkit 5.1.4, which makes the same for the same job:
`tests/local_aws/executors/test_script_toolkit.py` has its output.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = "sagemaker_"
"""How the names of the hyperparameters begin that the container keeps for itself."""
OBJECTIVE = "_tuning_objective_metric"
PROGRAM = "sagemaker_program"
INFO = 20


@dataclass(frozen=True)
class Job:
    """One training job, as its container finds it.

    Attributes:
        base_dir: What is /opt/ml on SageMaker.
        framework_module: The container's own entry point, `sagemaker_sklearn_container.training:main`.
        hyperparameters: The script's own, read as JSON.
        told: Those that begin with `sagemaker_`, read as JSON.
        channels, resources: inputdataconfig.json and resourceconfig.json.
    """

    base_dir: Path
    framework_module: str
    hyperparameters: Mapping[str, Any]
    told: Mapping[str, Any]
    channels: Mapping[str, Any]
    resources: Mapping[str, Any]

    @property
    def program(self) -> str:
        """The script's name."""
        return str(self.told[PROGRAM])

    @property
    def code_dir(self) -> Path:
        """Where the code is unpacked; the script runs there."""
        return self.base_dir / "code"


def read(base_dir: Path, framework_module: str) -> Job:
    """Read a job from its files."""
    given = {name: _value(text) for name, text in _config(base_dir, "hyperparameters").items()}
    return Job(
        base_dir,
        framework_module,
        hyperparameters={
            name: value for name, value in given.items() if not name.startswith(PREFIX) and name != OBJECTIVE
        },
        told={name: value for name, value in given.items() if name.startswith(PREFIX)},
        channels=_config(base_dir, "inputdataconfig"),
        resources=_config(base_dir, "resourceconfig"),
    )


def arguments(hyperparameters: Mapping[str, Any]) -> list[str]:
    """Return `--name value` for each hyperparameter in the order of names; a name of one letter has one hyphen."""
    pairs = ((name, hyperparameters[name]) for name in sorted(hyperparameters))
    return [text for name, value in pairs for text in (f"--{name}" if len(name) > 1 else f"-{name}", _argument(value))]


def variables(job: Job) -> dict[str, str]:
    """Return the `SM_…` variables."""
    facts = _facts(job)
    # Under one name both, and the second is a part of the first.
    training_env = {name: value for name, value in facts.items() if name not in _NOT_IN_TRAINING_ENV}
    renamed = {
        "additional_framework_parameters": facts["framework_params"],
        "channel_input_dirs": {name: _channel_dir(job, name) for name in job.channels},
        "hyperparameters": job.hyperparameters,
    }
    told = {
        **facts,
        "training_env": {**training_env, **renamed, **_only_in_training_env(job)},
        "user_args": arguments(job.hyperparameters),
        **{f"channel_{name}": _channel_dir(job, name) for name in job.channels},
        **{f"hp_{name}": value for name, value in job.hyperparameters.items()},
    }
    return {f"SM_{name.upper()}": _text(value) for name, value in told.items()}


_NOT_IN_TRAINING_ENV = {"hps", "channels", "framework_params"}


def _facts(job: Job) -> dict[str, Any]:
    """What the toolkit knows of a job, by the names that it gives it."""
    base, told, resources = job.base_dir, job.told, job.resources
    groups = resources.get("instance_groups", [])
    group = resources.get("current_group_name", "homogeneousCluster")
    return {
        "hosts": resources["hosts"],
        "network_interface_name": resources.get("network_interface_name", "eth0"),
        "hps": job.hyperparameters,
        "user_entry_point": job.program,
        "framework_params": {name: value for name, value in told.items() if name not in _KNOWN},
        "resource_config": resources,
        "input_data_config": job.channels,
        "output_data_dir": str(base / "output/data"),
        "channels": sorted(job.channels),
        "current_host": resources["current_host"],
        "current_instance_type": resources.get("current_instance_type", "local"),
        "current_instance_group": group,
        "current_instance_group_hosts": next(
            (one["hosts"] for one in groups if one["instance_group_name"] == group), []
        ),
        "instance_groups": [one["instance_group_name"] for one in groups],
        "instance_groups_dict": {one["instance_group_name"]: one for one in groups},
        "distribution_instance_groups": [],
        "is_hetero": len(groups) > 1,
        "module_name": job.program.removesuffix(".py"),
        "log_level": told.get("sagemaker_container_log_level", INFO),
        "framework_module": job.framework_module,
        "input_dir": str(base / "input"),
        "input_config_dir": str(base / "input/config"),
        "output_dir": str(base / "output"),
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": 0,
        "num_neurons": 0,
        "model_dir": str(base / "model"),
        "module_dir": str(told.get("sagemaker_submit_directory", job.code_dir)),
        "output_intermediate_dir": str(base / "output/intermediate"),
    }


_KNOWN = {
    PROGRAM,
    "sagemaker_submit_directory",
    "sagemaker_enable_cloudwatch_metrics",
    "sagemaker_region",
    "sagemaker_container_log_level",
    "sagemaker_job_name",
    "sagemaker_s3_output",
}


def _only_in_training_env(job: Job) -> dict[str, Any]:
    return {
        "distribution_hosts": [],
        "is_master": job.resources["current_host"] == job.resources["hosts"][0],
        "is_modelparallel_enabled": None,
        "is_smddpmprun_installed": False,
        "is_smddprun_installed": False,
        "job_name": os.environ.get("TRAINING_JOB_NAME"),
        "master_hostname": job.resources["hosts"][0],
        "topology": [],
    }


def _channel_dir(job: Job, name: str) -> str:
    return str(job.base_dir / "input/data" / name)


def _config(base_dir: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((base_dir / "input/config" / f"{name}.json").read_text()))


def _value(text: str) -> Any:
    """Read a hyperparameter as JSON; what is none stays text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _argument(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}={value[name]}" for name in sorted(value))
    return "" if value is None else str(value)


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
