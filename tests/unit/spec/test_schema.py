from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from yardmaster.spec.parse import parse_spec
from yardmaster.spec.schema import Spec, TrainSpec
from yardmaster.spec.source import read_document

MINIMAL = b"algorithm: xgboost\ndata: {label: y}\n"
DEFAULTS: dict[str, object] = {
    "data.positive": None,
    "data.id": (),
    "data.drop": (),
    "data.categorical": "auto",
    "data.missing": "keep",
    "data.delimiter": "auto",
    "data.header": "auto",
    "data.split.train": 0.7,
    "data.split.validation": 0.15,
    "data.split.test": 0.15,
    "data.split.by": None,
    "data.dates": {},
    "data.content_type": "text/csv",
    "data.history": "this_drop",
    "data.settle": None,
    "train.instance_type": "ml.m5.xlarge",
    "train.instance_count": 1,
    "train.volume_size": "auto",
    "train.input_mode": "File",
    "train.max_run": 3600,
    "train.use_spot_instances": False,
    "train.max_wait": None,
    "train.wait_limit": None,
    "train.checkpoint_local_path": None,
    "train.hyperparameters": {},
    "train.metric_definitions": (),
    "tune": None,
    "artifacts.entry_point": None,
    "evaluate.problem": None,
    "evaluate.threshold": 0.5,
    "evaluate.test_on.last": 3,
    "evaluate.gate": None,
    "registration.approval_status": "Approved",
    "deploy.endpoint": None,
    "deploy.instance_type": "ml.m5.large",
    "deploy.initial_instance_count": 1,
    "deploy.canary.step_weights": (5, 95, 100),
    "deploy.canary.interval": 60,
    "deploy.canary.min_requests": 300,
    "deploy.canary.progress_deadline": 21600,
    "deploy.canary.false_rollback": 0.05,
    "deploy.canary.false_promotion": 0.05,
    "deploy.canary.max_error_ratio": 3.0,
    "deploy.canary.max_error_rate": 0.01,
    "deploy.canary.max_latency": None,
    "deploy.canary.alarms": (),
    "deploy.canary.on_inconclusive": "hold",
    "deploy.canary.confirm": (),
    "deploy.autoscaling": None,
    "deploy.data_capture": "keep",
    "deploy.rows": "encoded",
    "deploy.pipeline": None,
    "deploy.serverless": None,
    "deploy.multi_model": False,
    "deploy.idle": None,
    "batch_transform": (),
    "notify": None,
}


def at(spec: Any, key: str) -> Any:
    for part in key.split("."):
        spec = getattr(spec, part)
    return spec


def spec_with(text: str) -> Spec:
    return parse_spec(MINIMAL + text.encode())


@pytest.mark.parametrize("key", DEFAULTS)
def test_every_key_but_algorithm_and_label_has_its_default(key: str) -> None:
    assert at(parse_spec(MINIMAL), key) == DEFAULTS[key]


def test_no_default_is_missing_in_the_list_above() -> None:
    listed = {key.split(".")[0] for key in DEFAULTS}
    assert listed | {"algorithm"} == set(Spec.model_fields)
    for section in ("data", "train", "evaluate", "deploy"):
        keys = set(type(at(parse_spec(MINIMAL), section)).model_fields)
        assert keys - {"label"} <= {key.split(".")[1] for key in DEFAULTS if key.startswith(f"{section}.")}


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("deploy: none", "deploy", None),
        ("deploy: {canary: none}", "deploy.canary", None),
        ("deploy: {canary: {step_weights: [20, 100], interval: 2m}}", "deploy.canary.step_weights", (20, 100)),
        ("register: {approval_status: PendingManualApproval}", "registration.approval_status", "PendingManualApproval"),
        ("train: {use_spot_instances: true}", "train.wait_limit", 7200),
        ("train: {use_spot_instances: true, max_run: 20d}", "train.wait_limit", 28 * 86400),
        ("train: {use_spot_instances: true, max_wait: 90m}", "train.wait_limit", 5400),
        ("train: {volume_size: 50}", "train.volume_size", 50),
        ("evaluate: {threshold: {recall: 0.8}}", "evaluate.threshold.recall", 0.8),
        ("evaluate: {test_on: {last: 1}}", "evaluate.test_on.last", 1),
        ("evaluate: {gate: []}", "evaluate.gate", ()),
    ],
)
def test_a_key_holds_what_was_written(text: str, key: str, value: object) -> None:
    assert at(spec_with(text), key) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("[auc, logloss]", ("auc", "logloss")), ("'6'", "6"), ("1e-1", 0.1), ("true", True), ("hist", "hist")],
)
def test_a_hyperparameter_is_a_plain_value_or_a_list_of_words(text: str, value: object) -> None:
    train = TypeAdapter(TrainSpec).validate_python({"hyperparameters": read_document(f"a: {text}".encode()).data})
    assert train.hyperparameters == {"a": value}


@pytest.mark.parametrize(
    ("data", "key", "value"),
    [
        ("label: 3, header: false", "label", 3),
        ("label: -1", "label", -1),
        ("label: total price", "label", "total price"),
        ("label: y, id: a", "id", ("a",)),
        ("label: y, id: [a, b]", "id", ("a", "b")),
        ("label: y, drop: 4", "drop", (4,)),
        ("label: y, categorical: [a, 3]", "categorical", ("a", 3)),
        ("label: y, positive: 1", "positive", "1"),
        ('label: y, positive: "yes"', "positive", "yes"),
        ("label: y, delimiter: tab", "delimiter", "\t"),
        ('label: y, delimiter: "|"', "delimiter", "|"),
        ("label: y, header: true", "header", True),
        ("label: y, history: this_drop", "history", "this_drop"),
    ],
)
def test_a_key_of_data_holds_what_was_written(data: str, key: str, value: object) -> None:
    spec = parse_spec(f"algorithm: xgboost\ndata: {{{data}}}".encode())
    assert at(spec.data, key) == value


def test_a_spec_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        parse_spec(MINIMAL).algorithm = "other"


DESIGN = b"""
algorithm: xgboost
data: {label: subscribed, positive: "yes", id: customer_id, drop: [duration], categorical: auto, missing: keep, delimiter: auto,
       split: {train: 0.7, validation: 0.15, test: 0.15}, history: this_drop}
train: {instance_type: ml.m5.xlarge, instance_count: 1, volume_size: auto, input_mode: File, max_run: 1h, use_spot_instances: true, max_wait: 2h,
        hyperparameters: {objective: binary:logistic, eval_metric: auc, num_round: 100}, metric_definitions: []}
evaluate:
  problem: binary
  threshold: 0.5
  test_on: {last: 3}
  gate: [{metric: auc, min: 0.75}, {metric: recall, min: 0.6}, {metric: auc, versus: baseline, margin: 0.005, confidence: 0.95, on_inconclusive: manual}]
register: {approval_status: Approved}
deploy:
  endpoint: churn
  instance_type: ml.m5.large
  initial_instance_count: 2
  canary: {step_weights: [5, 95, 100], interval: 1m, min_requests: 300, progress_deadline: 6h, false_rollback: 0.05, false_promotion: 0.05, max_error_ratio: 3, max_error_rate: 0.01, alarms: [], on_inconclusive: hold, confirm: []}
"""  # noqa: E501 - as the design writes it


def test_the_designs_own_spec_is_accepted_without_the_keys_of_later_issues() -> None:
    spec = parse_spec(DESIGN)
    assert spec.deploy is not None
    assert (spec.deploy.endpoint, spec.train.wait_limit, spec.data.id) == ("churn", 7200, ("customer_id",))
