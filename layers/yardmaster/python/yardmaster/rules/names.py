"""Names: of releases, jobs, variants and groups. Deterministic, so that a repeated create is "already exists"."""

import base64
import hashlib
import re

MODEL_NAME = re.compile(r"[a-z0-9](-?[a-z0-9]){0,39}")
"""What a model's folder may be called: up to 40 characters, what SageMaker and S3 both take, lower case."""

FUNCTIONS = (
    "apply_retention",
    "apply_spec",
    "deploy_canary",
    "evaluate_candidate",
    "judge_canary",
    "prepare_data",
    "start_endpoint",
    "send_notification",
    "run_batch_transform",
    "start_training",
    "stop_idle_endpoints",
    "test_candidate",
    "wake_releases",
)
"""The functions of a stack; on AWS `<stack>-judge-canary`, which their rules' names begin with too."""


def release_id(bucket: str, key: str, version_id: str, salt: int = 0) -> str:
    """Return eight characters of base32 for one version of one object; `salt` counts up after a collision."""
    return _identifier(bucket, key, version_id, *([str(salt)] if salt else []))


def retrain_id(release: str, command: str, salt: int = 0) -> str:
    """Return the id of the release that one command makes of a release's drop: the same however often it comes."""
    return _identifier("retrain", release, command, str(salt))


def batch_id(*asked: str) -> str:
    """Return the id of a batch, from what asked for it: schedule and time, or bucket, key and version of an upload."""
    return _identifier("batch", *asked)


def schedule_name(model: str, entry: str) -> str:
    """Return the name of an entry's schedule: `<model>-<entry>`, at most 64 characters, and no other entry's."""
    # `a-b` of model `c` and `b` of model `c-a` are two: a digest tells them apart.
    return f"{model[:25].rstrip('-')}-{entry[:29].rstrip('-')}-{_identifier('schedule', model, entry)}"


def _identifier(*parts: str) -> str:
    return base64.b32encode(hashlib.sha256("\0".join(parts).encode()).digest())[:8].decode().lower()


def job_name(prefix: str, model: str, release: str, attempt: int) -> str:
    """Return `<prefix>-<model>-<release>-<attempt>`, at most 32 characters (a tuning job's limit).

    The prefix has at most 4 characters, so that IAM policies and event rules can name it; the model's name is cut to
    16. 4 + 16 + 8 + 3 hyphens leave one digit for the attempt; later attempts shorten the model's part.
    """
    tail = f"-{release}-{attempt}"
    room = min(16, 32 - len(prefix) - 1 - len(tail))
    return f"{prefix}-{model[:room].rstrip('-')}{tail}"


def release_of_job(prefix: str, name: str) -> str | None:
    """Return the release id inside a job's name, or None if the name is not one of ours.

    Names may carry a suffix after the attempt (`-b` for a baseline's transform, `-c2` for a configuration).
    """
    found = re.fullmatch(
        rf"{re.escape(prefix)}-[a-z0-9]+(?:-[a-z0-9]+)*?-([a-z2-7]{{8}})-[0-9]+(?:-[a-z][a-z0-9]*)?", name
    )
    return found.group(1) if found else None


BATCH_JOB = "-batch"
"""What the names of batches' jobs end with; the rules of the template tell jobs apart by it."""


def batch_of_job(prefix: str, name: str) -> str | None:
    """Return the id of the batch whose transform job this is; None if it is no batch's."""
    return release_of_job(prefix, name) if name.endswith(BATCH_JOB) else None


def variant_name(release: str) -> str:
    """Return the production variant of a release: named by its id, so that no metric is inherited."""
    return f"release-{release}"


def package_group(prefix: str, model: str) -> str:
    """Return the name of the model package group of a model."""
    return f"{prefix}-{model}"


def model_of_group(prefix: str, group: str) -> str | None:
    """Return the model whose package group has this name; None if it can be none's."""
    model = group.removeprefix(f"{prefix}-")
    return model if model != group and MODEL_NAME.fullmatch(model) else None


def is_package(prefix: str, arn: str) -> bool:
    """Tell whether an ARN is a version's in a package group of the stack."""
    return (
        re.fullmatch(rf"arn:[a-z-]+:sagemaker:[^:/]+:[0-9]{{12}}:model-package/{prefix}-[\w-]{{1,63}}/[0-9]+", arn)
        is not None
    )


def captured_folder(model: str) -> str:
    """Return where SageMaker keeps a sample of a model's requests and answers; it is no place for drops."""
    return f"{model}/captured"


def event_source(stack: str) -> str:
    """Return the source of our own events, which keeps two stacks in one account apart."""
    return f"yardmaster.{stack}"


def channel_salt(bucket: str, model: str) -> str:
    """Return what decides, with a row's bytes, the row's channel: the same for every drop of a model."""
    return hashlib.sha256(f"{bucket}\0{model}".encode()).hexdigest()[:16]
