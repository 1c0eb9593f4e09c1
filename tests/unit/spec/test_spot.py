"""Spot capacity in the spec: which algorithms keep checkpoints and where, and how long the others may wait."""

import pytest

from yardmaster.spec import builtin
from yardmaster.spec.of_algorithm import profile_of
from yardmaster.spec.parse import SpecError, parse_spec
from yardmaster.spec.schema import Spec
from yardmaster.spec.spot import checkpoint_folder, longest_wait

SCRIPT = "{script: {entry_point: train.py, framework: sklearn}}"
IMAGE = '{image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"}'
SOLD = "{algorithm_arn: arn:aws:sagemaker:us-east-1:865070037744:algorithm/forest}"
USUAL = "/opt/ml/checkpoints"
TUNE = (
    "tune: {objective_metric_name: validation:auc, objective_type: Maximize, hyperparameter_ranges: {eta: "
    "{type: continuous, min: 0.1, max: 1}}}"
)


def spec(algorithm: str, train: str = "", rest: str = "") -> Spec:
    spot = ", ".join(part for part in ("use_spot_instances: true", train) if part)
    text = f'algorithm: {algorithm}\ndata: {{label: y, positive: "yes"}}\ntrain: {{{spot}}}\n{rest}\n'
    return parse_spec(text.encode())


def folder(found: Spec) -> str | None:
    return checkpoint_folder(found, profile_of(found.algorithm))


def wait(found: Spec) -> int | None:
    return longest_wait(found.train, profile_of(found.algorithm))


def test_four_built_in_algorithms_keep_checkpoints() -> None:
    keep = {name for name in builtin.NAMES if builtin.profile(name).checkpoints}
    assert keep == {"xgboost", "image-classification", "object-detection", "semantic-segmentation"}


@pytest.mark.parametrize("algorithm", ["xgboost", SCRIPT, IMAGE])
def test_what_goes_on_from_checkpoints_has_a_folder_and_twice_its_run(algorithm: str) -> None:
    assert folder(spec(algorithm)) == USUAL
    assert wait(spec(algorithm, "max_run: 3h")) == 6 * 3600
    assert folder(spec(algorithm, "checkpoint_local_path: /opt/ml/state/here")) == "/opt/ml/state/here"


def test_a_product_keeps_checkpoints_if_the_spec_says_where() -> None:
    assert (folder(spec(SOLD)), wait(spec(SOLD))) == (None, 3600)
    said = spec(SOLD, "checkpoint_local_path: /opt/ml/checkpoints, max_run: 2h")
    assert (folder(said), wait(said)) == (USUAL, 4 * 3600)


@pytest.mark.parametrize(("train", "seconds"), [("max_run: 10m", 1200), ("max_run: 50m", 3600), ("max_run: 1h", 3600)])
def test_what_begins_anew_waits_an_hour_at_most(train: str, seconds: int) -> None:
    assert wait(spec("linear-learner", train)) == seconds
    assert folder(spec("linear-learner", train)) is None


def test_the_training_jobs_of_a_tuning_job_share_no_folder() -> None:
    assert folder(spec("xgboost", "hyperparameters: {num_round: 9}", TUNE)) is None


def test_without_spot_capacity_nothing_is_kept_or_waited_for() -> None:
    plain = parse_spec(b"algorithm: xgboost\ndata: {label: y}\n")
    assert (folder(plain), wait(plain)) == (None, None)


HOUR = "at most 1h, or no spot instances"


@pytest.mark.parametrize(
    ("algorithm", "train", "message"),
    [
        (
            "linear-learner",
            "max_run: 2h",
            f"train.max_run: 2h is too long on spot instances: linear-learner keeps no checkpoints; allowed: {HOUR}",
        ),
        (
            "linear-learner",
            "max_run: 30m, max_wait: 90m",
            f"train.max_wait: 90m is too long on spot instances: linear-learner keeps no checkpoints; allowed: {HOUR}",
        ),
        (
            SOLD,
            "max_run: 61m",
            "train.max_run: 61m is too long on spot instances: the algorithm keeps no checkpoints; allowed: "
            f"{HOUR}, or say where it keeps checkpoints (checkpoint_local_path)",
        ),
        (
            "linear-learner",
            "checkpoint_local_path: /opt/ml/state",
            "train.checkpoint_local_path: /opt/ml/state is for algorithms that keep checkpoints, and linear-learner "
            "keeps none; allowed: leave it out",
        ),
    ],
)
def test_what_loses_too_much_by_an_interruption_is_refused(algorithm: str, train: str, message: str) -> None:
    with pytest.raises(SpecError) as refused:
        spec(algorithm, train)
    assert message in str(refused.value)
