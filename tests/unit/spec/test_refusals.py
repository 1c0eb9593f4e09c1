"""Each wrong spec, and the whole message that its author reads."""

# ruff: noqa: E501 - a message is one line, however long: so it is read, and so it is searched for.

import pytest

from yardmaster.errors import RefusedError
from yardmaster.spec.parse import SpecError, parse_spec

TOP = "algorithm, data, train, tune, artifacts, evaluate, register, deploy, batch_transform or notify"
BUILT_IN = (
    "blazingtext, deepar, factorization-machines, image-classification, ipinsights, k-means, knn, lda, linear-learner, "
    "ntm, object-detection, object2vec, pca, randomcutforest, semantic-segmentation, seq2seq or xgboost"
)
COLUMN = "a column's name, or its position counted from 0 (-1 is the last)"

OWN = '{image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/scale:1"}'
ONE_VARIANT = "a serverless endpoint has one variant, so no canary can share its traffic: a model that passes its gate replaces the one before it at once, and `yardmaster rollback` brings that back"

ALL_MODELS = "a multi-model endpoint has one variant with all models, so no canary can share the traffic of one: a model that passes its gate is named in live.json at once, and `yardmaster rollback` names the one before it again"


def refusal(text: str) -> str:
    with pytest.raises(SpecError) as refused:
        parse_spec(text.encode())
    return str(refused.value)


def with_data(data: str) -> str:
    return f"algorithm: xgboost\ndata:\n  {data}\n"


def with_label(rest: str) -> str:
    return f"algorithm: xgboost\ndata: {{label: y}}\n{rest}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data: {label: y}", "algorithm: missing; allowed: a built-in one such as xgboost, or with its version xgboost:1.7-1"),
        ("algorithm: xgboost", "data.label: missing; allowed: the column to predict, by its name in the header"),
        (with_data("label:"), "data.label: missing; allowed: the column to predict, by its name in the header (line 3)"),
        ("algorithm: 5\ndata: {label: y}", "algorithm: 5 is not allowed; allowed: a built-in one such as xgboost, or with its version xgboost:1.7-1 (line 1)"),
        ("algorithm: XGBoost\ndata: {label: y}", f"algorithm: XGBoost is no algorithm of SageMaker; did you mean xgboost? allowed: {BUILT_IN} (line 1)"),
        ("algorithm: autogluon\ndata: {label: y}", f"algorithm: autogluon is no algorithm of SageMaker; allowed: {BUILT_IN} (line 1)"),
        ("algorithm: k-means:2\ntrain: {hyperparameters: {k: 3}}", "algorithm: k-means:2 is no version of it; allowed: k-means:1 (line 1)"),
        (
            "algorithm: xgboost:9\ndata: {label: y}",
            "algorithm: xgboost:9 is no version of it; allowed: xgboost:0.90-1, xgboost:0.90-2, xgboost:1.0-1, xgboost:1.2-1, "
            "xgboost:1.2-2, xgboost:1.3-1, xgboost:1.5-1, xgboost:1.7-1 or xgboost:3.0-5 (line 1)",
        ),
        (with_label("deplyo: {}"), f"deplyo: unknown key; did you mean deploy? allowed: {TOP} (line 3)"),
        (with_label("label: y"), f"label: unknown key here; write data: {{label: ...}}; allowed: {TOP} (line 3)"),
        (with_label("deploy: no"), "deploy: no is not allowed; allowed: a mapping with endpoint, instance_type, initial_instance_count, canary, autoscaling, data_capture, rows, pipeline, serverless, multi_model and idle or none (line 3)"),
        (with_label("image: a"), f"image: unknown key here; write algorithm: {{image: ...}}; allowed: {TOP} (line 3)"),
        (with_label("zzz: 1"), f"zzz: unknown key; allowed: {TOP} (line 3)"),
        (with_label("<<: {tune: 1}"), f"<<: unknown key; allowed: {TOP} (line 3)"),
        (with_label("<mapping>: 1"), f"<mapping>: unknown key; allowed: {TOP} (line 3)"),
        (with_label("'': 1"), f"spec.yaml: unknown key; allowed: {TOP} (line 3)"),
        ("algorithm: 'xgboost '\ndata: {label: y}", f'algorithm: "xgboost " is no algorithm of SageMaker; did you mean xgboost? allowed: {BUILT_IN} (line 1)'),
    ],
)  # fmt: skip
def test_the_top_is_refused_in_words(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("label: yes", f'data.label: yes is true in YAML; if the word is meant, write it in quotes: "yes"; allowed: {COLUMN} (line 3)'),
        ("label: 1.5", f"data.label: 1.5 is not allowed; allowed: {COLUMN} (line 3)"),
        ("{label: y, positive: yes}", 'data.positive: yes is true in YAML; if the word is meant, write it in quotes: "yes"; allowed: the class as it stands in the file, in quotes: "yes" (line 3)'),
        ("{label: y, positive: 1.0}", 'data.positive: 1.0 is not allowed; allowed: the class as it stands in the file, in quotes: "yes" (line 3)'),
        ("{label: y, id: no}", f'data.id: no is false in YAML; if the word is meant, write it in quotes: "no"; allowed: {COLUMN} (line 3)'),
        ("{label: y, drop: [a, [b]]}", f"data.drop[1]: a list is not allowed; allowed: {COLUMN} (line 3)"),
        ("{label: y, drop: {a: b}}", "data.drop: a mapping is not allowed; allowed: a column, or a list of columns (line 3)"),
        ("{label: y, categorical: some}", f"data.categorical: some is not allowed; allowed: auto, or a list of columns: each {COLUMN} (line 3)"),
        ("{label: y, missing: ignore}", "data.missing: ignore is not allowed; allowed: keep, drop_rows or refuse (line 3)"),
        ("{label: y, delimiter: ab}", 'data.delimiter: ab is not allowed; allowed: auto, tab, or one character such as "," or ";" (line 3)'),
        ("{label: y, delimiter: '\"'}", 'data.delimiter: " is not allowed; allowed: auto, tab, or one character such as "," or ";" (line 3)'),
        ("{label: y, header: none}", "data.header: none is not allowed; allowed: auto, true or false (line 3)"),
        ("{label: y, history: some}", "data.history: some is not allowed; allowed: this_drop or all or a mapping with last (line 3)"),
        ("{label: y, history: {last: 0}}", "data.history.last: 0 is not allowed; allowed: a whole number from 1 to 100 (line 3)"),
        ("{label: y, settle: 5m}", "data.settle: 5m is not supported yet (line 3)"),
        ("{label: y, id: y}", "data.id: y is data.label already; allowed: one role for each column (line 3)"),
        ("{label: y, drop: [a, y]}", "data.drop[1]: y is data.label already; allowed: one role for each column (line 3)"),
        ("{label: y, id: [a], drop: [a]}", "data.drop[0]: a is data.id already; allowed: one role for each column (line 3)"),
        ("{label: y, drop: [a], categorical: [a]}", "data.categorical[0]: a is data.drop already; allowed: one role for each column (line 3)"),
        ("{label: y, drop: [a, a]}", "data.drop[1]: a is data.drop already; allowed: one role for each column (line 3)"),
        ("{label: y, dates: [a]}", "data.dates: a list is not allowed; allowed: a mapping, such as {signup: [month, day_of_week]} (line 3)"),
        ("{label: y, dates: {a: month}}", "data.dates.a: month is not allowed; allowed: a list of year, quarter, month, day, day_of_week, day_of_year, week, hour, minute and days (line 3)"),
        ("{label: y, dates: {a: []}}", "data.dates.a: a list is not allowed; allowed: a list of year, quarter, month, day, day_of_week, day_of_year, week, hour, minute and days (line 3)"),
        ("{label: y, dates: {a: [monday]}}", "data.dates.a[0]: monday is not allowed; allowed: year, quarter, month, day, day_of_week, day_of_year, week, hour, minute or days (line 3)"),
        ("{label: y, dates: {a: [day, day]}}", "data.dates.a[1]: day is listed twice; allowed: each part once (line 3)"),
        ("{label: y, dates: {y: [day]}}", "data.dates.y: y is data.label already; allowed: one role for each column (line 3)"),
        ("{label: y, categorical: [a], dates: {a: [day]}}", "data.dates.a: a is data.categorical already; allowed: one role for each column (line 3)"),
        ("{label: 0, header: false, dates: {a: [day], 1: [day]}}", "data.dates.a: a is a name, and with header: false no column has one; allowed: the column's position, counted from 0 (line 3)"),
        ("{label: y, header: false}", "data.label: y is a name, and with header: false no column has one; allowed: the column's position, counted from 0 (line 3)"),
        ("{label: y, split: {by: y}}", "data.split.by: y is the label, which can't decide the channel; allowed: another column, such as the one that names a customer (line 3)"),
        ("{label: y, split: {train: 0.8}}", "data.split: train 0.8 + validation 0.15 + test 0.15 = 1.1 is not 1; allowed: three shares that sum to 1 (line 3)"),
        ("{label: y, split: {train: 1}}", "data.split.train: 1 is not allowed; allowed: a number above 0 and below 1 (line 3)"),
        ("{label: y, split: {training: 0.7}}", "data.split.training: unknown key; did you mean train? allowed: train, validation, test or by (line 3)"),
    ],
)  # fmt: skip
def test_data_is_refused_in_words(data: str, message: str) -> None:
    assert refusal(with_data(data)) == message


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ("5", "train: 5 is not allowed; allowed: a mapping with instance_type, instance_count, volume_size, input_mode, max_run, use_spot_instances, max_wait, checkpoint_local_path, hyperparameters and metric_definitions (line 3)"),
        ("", "train: is empty; leave the key out for the default; allowed: a mapping with instance_type, instance_count, volume_size, input_mode, max_run, use_spot_instances, max_wait, checkpoint_local_path, hyperparameters and metric_definitions (line 3)"),
        ("{instance_type: m5.large}", "train.instance_type: m5.large is not allowed; allowed: text like ml.m5.xlarge (line 3)"),
        ("{instance_type: ml.m5.xlrage}", "train.instance_type: ml.m5.xlrage is not allowed; allowed: text like ml.m5.xlarge (line 3)"),
        ("{instance_count: 0}", "train.instance_count: 0 is not allowed; allowed: a whole number from 1 to 100 (line 3)"),
        ("{instance_count: 2.5}", "train.instance_count: 2.5 is not allowed; allowed: a whole number from 1 to 100 (line 3)"),
        ("{instance_count: '2'}", "train.instance_count: 2 is text, as it is in quotes; write the number without them; allowed: a whole number from 1 to 100 (line 3)"),
        ("{instance_count: true}", "train.instance_count: true is not allowed; allowed: a whole number from 1 to 100 (line 3)"),
        ("{instance_count: ' '}", 'train.instance_count: " " is not allowed; allowed: a whole number from 1 to 100 (line 3)'),
        ("{volume_size: 0}", "train.volume_size: 0 is not allowed; allowed: auto, or whole GB from 1 to 16384 (line 3)"),
        ("{volume_size: 30, instance_type: ml.g5.xlarge}", "train.volume_size: 30 is too much to ask: ml.g5.xlarge brings its own disk; allowed: auto (line 3)"),
        ("{input_mode: Stream}", "train.input_mode: Stream is not allowed; allowed: File, FastFile or Pipe (line 3)"),
        ("{max_run: 3600}", "train.max_run: 3600 is not allowed; allowed: a duration like 90s, 10m, 6h or 2d (line 3)"),
        ("{max_run: 29d}", "train.max_run: 29d is not allowed; allowed: a duration of at most 28d, like 90s, 10m or 6h (line 3)"),
        ("{use_spot_instances: maybe}", "train.use_spot_instances: maybe is not allowed; allowed: true or false (line 3)"),
        ("{max_wait: 2h}", "train.max_wait: 2h is for spot instances only; allowed: leave it out, or write use_spot_instances: true (line 3)"),
        ("{max_wait: 30m, use_spot_instances: true}", "train.max_wait: 30m is shorter than max_run, 1h, which it includes; allowed: at least 1h (line 3)"),
        ("{checkpoint_local_path: /opt/ml/state}", "train.checkpoint_local_path: /opt/ml/state is for spot instances only; allowed: leave it out, or write use_spot_instances: true (line 3)"),
        ("{use_spot_instances: true, checkpoint_local_path: /tmp/x}", "train.checkpoint_local_path: /tmp/x is not allowed; allowed: text like /opt/ml/checkpoints (line 3)"),
        ("{use_spot_instances: true, checkpoint_local_path: /opt/ml/../x}", "train.checkpoint_local_path: /opt/ml/../x is not allowed; allowed: text like /opt/ml/checkpoints (line 3)"),
        ("{use_spot_instances: true, checkpoint_local_path: /opt/ml/model/x}", "train.checkpoint_local_path: /opt/ml/model/x is a folder of SageMaker's own; allowed: another folder below /opt/ml (line 3)"),
        ("{metric_definitions: [{name: a, regex: b}]}", "train.metric_definitions: a list is for algorithms of your own; xgboost brings its metrics; allowed: leave it out (line 3)"),
        ("{hyperparameters: {eta: 2}}", "train.hyperparameters.eta: 2 is not allowed; allowed: a number at least 0 and at most 1 (line 3)"),
        ("{hyperparameters: {eta: .nan}}", "train.hyperparameters.eta: .nan is not allowed; allowed: a number, a word, a list, or a mapping (line 3)"),
        ("{hyperparameters: {subsample: 0}}", "train.hyperparameters.subsample: 0 is not allowed; allowed: a number above 0 and at most 1 (line 3)"),
        ("{hyperparameters: {max_depth: 6.5}}", "train.hyperparameters.max_depth: 6.5 is not allowed; allowed: a whole number at least 0 (line 3)"),
        ("{hyperparameters: {max_depth: deep}}", "train.hyperparameters.max_depth: deep is not allowed; allowed: a whole number at least 0 (line 3)"),
        ("{hyperparameters: {num_round: true}}", "train.hyperparameters.num_round: true is not allowed; allowed: a whole number at least 1 (line 3)"),
        ("{hyperparameters: {booster: tree}}", "train.hyperparameters.booster: tree is not allowed; allowed: gbtree, gblinear or dart (line 3)"),
        ("{hyperparameters: {csv_weights: 1}}", "train.hyperparameters.csv_weights: 1 is not supported yet; allowed: 0 (line 3)"),
        ("{hyperparameters: {eta: 0.1, learning_rate: 0.1}}", "train.hyperparameters.learning_rate: 0.1 is another name of eta, which is given too; allowed: one of the two (line 3)"),
        ("{hyperparameters: {alpha: {a: 1}}}", "train.hyperparameters.alpha: {\"a\": 1} is not allowed; allowed: a number at least 0 (line 3)"),
        ("{hyperparameters: {num_class: 3, objective: binary:logistic}}", "train.hyperparameters.num_class: 3 does not fit a binary problem; allowed: leave it out (line 3)"),
        ("{hyperparameters: {eval_metric: auc, objective: multi:softprob}}", "train.hyperparameters.eval_metric: auc does not fit a multiclass problem; allowed: merror, mlogloss, accuracy, balanced_accuracy, f1, f1_macro, precision_macro, precision_micro, recall_macro or recall_micro (line 3)"),
    ],
)  # fmt: skip
def test_train_is_refused_in_words(train: str, message: str) -> None:
    assert refusal(with_label(f"train: {train}")) == message


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("multi:softmax", "multi:softmax gives no probabilities, which the metrics need; write multi:softprob; allowed: binary:logistic, "),
        ("binary:hinge", "binary:hinge gives no probabilities, which the metrics need; write binary:logistic; allowed: binary:logistic, "),
        ("rank:pairwise", "rank:pairwise is not supported yet; allowed: binary:logistic, "),
        ("reg:linear", "reg:linear is the old name of reg:squarederror; allowed: binary:logistic, "),
        ("logistic", "logistic is not allowed; allowed: binary:logistic, "),
    ],
)  # fmt: skip
def test_an_objective_that_can_not_be_evaluated_is_refused_with_what_to_write(name: str, says: str) -> None:
    message = refusal(with_label(f"train: {{hyperparameters: {{objective: {name}}}}}"))
    assert message.startswith(f"train.hyperparameters.objective: {says}")


def test_an_unknown_hyperparameter_is_refused_with_the_nearest_one_and_the_list() -> None:
    message = refusal(with_label("train: {hyperparameters: {max_dept: 3}}"))
    assert message.startswith(
        "train.hyperparameters.max_dept: unknown hyperparameter of xgboost; did you mean max_depth? allowed: alpha, "
    )


@pytest.mark.parametrize(
    ("evaluate", "message"),
    [
        ("{problem: none}", "evaluate.problem: none is nothing that xgboost does; allowed: binary, multiclass or regression (line 3)"),
        ("{threshold: 1.5}", "evaluate.threshold: 1.5 is not allowed; allowed: a number above 0 and below 1 or a mapping with recall (line 3)"),
        ("{threshold: {recal: 0.8}}", "evaluate.threshold.recall: missing; allowed: a number above 0 and below 1 (line 3)\nevaluate.threshold.recal: unknown key; did you mean recall? allowed: recall (line 3)"),
        ("{threshold: 0.4, problem: regression}", "evaluate.threshold: 0.4 does not fit a regression problem; allowed: leave it out (line 3)"),
        ("{threshold: {recall: 0.8}, problem: multiclass}", "evaluate.threshold: a recall does not fit a multiclass problem; allowed: leave it out (line 3)"),
        ("{test_on: 3}", "evaluate.test_on: 3 is not allowed; allowed: a mapping with last (line 3)"),
        ("{test_on: {last: 0}}", "evaluate.test_on.last: 0 is not allowed; allowed: a whole number from 1 to 20 (line 3)"),
        ("{gate: {metric: auc, min: 0.7}}", "evaluate.gate: a mapping is not allowed; allowed: a list; each item: a mapping with metric, min, max, versus, margin, confidence and on_inconclusive (line 3)"),
        ("{gate: [{metric: roc, min: 0.7}]}", "evaluate.gate[0].metric: roc is not allowed; allowed: auc, pr_auc, log_loss, accuracy, precision, recall, f1, macro_precision, macro_recall, macro_f1, macro_auc, rmse, mse, mae, r2, explained, msd or mean_distance; for one class of several: recall:<class> (line 3)"),
        ("{gate: [{metric: auc}]}", "evaluate.gate[0]: asks for nothing; allowed: min, max, or versus: baseline beside the metric (line 3)"),
        ("{gate: [{metric: auc, min: 0.7, versus: baseline}]}", "evaluate.gate[0]: has bounds and a baseline; allowed: two conditions, one with min or max, one with versus (line 3)"),
        ("{gate: [{metric: auc, min: 75}]}", "evaluate.gate[0].min: 75 is a value that auc never has; allowed: from 0 to 1 (line 3)"),
        ("{gate: [{metric: rmse, max: -1}]}", "evaluate.gate[0].max: -1 is a value that rmse never has; allowed: at least 0 (line 3)"),
        ("{gate: [{metric: r2, min: 2}]}", "evaluate.gate[0].min: 2 is a value that r2 never has; allowed: at most 1 (line 3)"),
        ("{gate: [{metric: auc, min: 0.9, max: 0.8}]}", "evaluate.gate[0].min: 0.9 is more than max, 0.8; allowed: min below max (line 3)"),
        ("{gate: [{metric: auc, min: 0.9, margin: 0.1}]}", "evaluate.gate[0].margin: 0.1 is for the comparison with the baseline; allowed: leave it out, or write versus: baseline (line 3)"),
        ("{gate: [{metric: auc, versus: baseline, margin: 5}]}", "evaluate.gate[0].margin: 5 is too much for auc, which ends at 1; allowed: below 1, such as 0.005 (line 3)"),
        ("{gate: [{metric: auc, versus: baseline, margin: -1}]}", "evaluate.gate[0].margin: -1 is not allowed; allowed: a number at least 0 (line 3)"),
        ("{gate: [{metric: auc, versus: baseline, confidence: 95}]}", "evaluate.gate[0].confidence: 95 is not allowed; allowed: a number above 0.5 and below 1 (line 3)"),
        ("{gate: [{metric: auc, versus: last}]}", "evaluate.gate[0].versus: last is not allowed; allowed: baseline (line 3)"),
        ("{gate: [{metric: auc, versus: baseline, on_inconclusive: ask}]}", "evaluate.gate[0].on_inconclusive: ask is not allowed; allowed: manual, reject or pass (line 3)"),
        ("{problem: regression, gate: [{metric: auc, min: 0.7}]}", "evaluate.gate[0].metric: auc does not fit a regression problem; allowed: mae, mse, r2 or rmse (line 3)"),
        ("{problem: binary, gate: [{metric: 'recall:gold', min: 0.7}]}", "evaluate.gate[0].metric: recall:gold does not fit a binary problem; allowed: accuracy, auc, f1, log_loss, pr_auc, precision or recall (line 3)"),
        ("{gate: [{metric: auc, min: 0.7}, {metric: f1, min: 0.1}, {metric: rmse, max: 1}]}", "evaluate.gate[2].metric: rmse does not fit a binary problem; allowed: accuracy, auc, f1, log_loss, pr_auc, precision or recall (line 3)"),
    ],
)  # fmt: skip
def test_evaluate_is_refused_in_words(evaluate: str, message: str) -> None:
    assert refusal(with_label(f"evaluate: {evaluate}")) == message


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("register: {approval_status: approved}", "register.approval_status: approved is not allowed; allowed: Approved or PendingManualApproval (line 3)"),
        ("deploy:", "deploy: is empty; leave the key out for the default; allowed: a mapping, or the word none (line 3)"),
        ("deploy: never", "deploy: never is not allowed; allowed: a mapping with endpoint, instance_type, initial_instance_count, canary, autoscaling, data_capture, rows, pipeline, serverless, multi_model and idle or none (line 3)"),
        ("deploy: {endpoint: my_model}", "deploy.endpoint: my_model is not allowed; allowed: up to 63 letters and digits, with hyphens only between them (line 3)"),
        ("deploy: {endpoint: no}", 'deploy.endpoint: no is not allowed; allowed: up to 63 letters and digits, with hyphens only between them (line 3)'),
        ("deploy: {initial_instance_count: 0}", "deploy.initial_instance_count: 0 is not allowed; allowed: a whole number from 1 to 100 (line 3)"),
        ("deploy: {canary: {interval: 90s}}", "deploy.canary.interval: 90s is not allowed; allowed: whole minutes, at least 1m: CloudWatch counts by the minute (line 3)"),
        ("deploy: {canary: {interval: 30s}}", "deploy.canary.interval: 30s is not allowed; allowed: whole minutes, at least 1m: CloudWatch counts by the minute (line 3)"),
        ("deploy: {canary: {step_weights: [95, 5]}}", "deploy.canary.step_weights: [95, 5] does not rise; allowed: weights that rise to 100, such as [5, 95, 100] (line 3)"),
        ("deploy: {canary: {step_weights: [5, 5, 100]}}", "deploy.canary.step_weights: [5, 5, 100] does not rise; allowed: weights that rise to 100, such as [5, 95, 100] (line 3)"),
        ("deploy: {canary: {step_weights: [5, 95]}}", "deploy.canary.step_weights: [5, 95] does not end in 100; allowed: weights that rise to 100, such as [5, 95, 100] (line 3)"),
        ("deploy: {canary: {step_weights: []}}", "deploy.canary.step_weights: [] does not end in 100; allowed: weights that rise to 100, such as [5, 95, 100] (line 3)"),
        ("deploy: {canary: {step_weights: [100]}}", "deploy.canary.step_weights: [100] has no step before 100; allowed: weights that rise to 100, such as [5, 95, 100], or canary: none (line 3)"),
        ("deploy: {canary: {step_weights: [0, 100]}}", "deploy.canary.step_weights[0]: 0 is not allowed; allowed: a whole number from 1 to 100 (line 3)"),
        ("deploy: {canary: {step_weights: [5, 105]}}", "deploy.canary.step_weights[1]: 105 is not allowed; allowed: a whole number from 1 to 100 (line 3)"),
        ("deploy: {canary: {progress_deadline: 5m, interval: 10m}}", "deploy.canary.progress_deadline: 5m ends before the first look, after 10m; allowed: more time (line 3)"),
        ("deploy: {canary: {progress_deadline: 10s}}", "deploy.canary.progress_deadline: 10s is not allowed; allowed: a duration of at least 1m, like 6h (line 3)"),
        ("deploy: {canary: {false_rollback: 0.6}}", "deploy.canary.false_rollback: 0.6 is not allowed; allowed: a number above 0 and below 0.5 (line 3)"),
        ("deploy: {canary: {max_error_ratio: 1}}", "deploy.canary.max_error_ratio: 1 is not allowed; allowed: a number above 1 (line 3)"),
        ("deploy: {canary: {max_error_rate: 1}}", "deploy.canary.max_error_rate: 1 is not allowed; allowed: a number above 0 and below 1 (line 3)"),
        ("deploy: {canary: {on_inconclusive: wait}}", "deploy.canary.on_inconclusive: wait is not allowed; allowed: hold, rollback or promote (line 3)"),
        ("deploy: {canary: {max_latency: {p95: 250}}}", "deploy.canary.max_latency.p95: 250 is not allowed; allowed: a latency like 250ms or 2s (line 3)"),
        ("deploy: {canary: {confirm: [95]}}", "deploy.canary.confirm[0]: 95 is not allowed; allowed: promotion (line 3)"),
        ("deploy: {autoscaling: {max_capacity: 5}}", "deploy.autoscaling: has no target; allowed: exactly one of invocations_per_instance, cpu_utilization, memory_utilization and gpu_utilization (line 3)"),
        ("deploy: {autoscaling: {max_capacity: 5, cpu_utilization: 50, invocations_per_instance: 700}}", "deploy.autoscaling.cpu_utilization: 50 is a second target beside invocations_per_instance; allowed: exactly one of invocations_per_instance, cpu_utilization, memory_utilization and gpu_utilization (line 3)"),
        ("deploy: {autoscaling: {min_capacity: 6, max_capacity: 5, cpu_utilization: 50}}", "deploy.autoscaling.min_capacity: 6 is above max_capacity 5; allowed: 1 to 5 (line 3)"),
        ("deploy: {autoscaling: {min_capacity: 2, max_capacity: 5, cpu_utilization: 50}}", "deploy.autoscaling.min_capacity: 2 is above initial_instance_count 1; allowed: at most 1, or as many in deploy.initial_instance_count (line 3)"),
        ("deploy: {initial_instance_count: 6, autoscaling: {max_capacity: 5, cpu_utilization: 50}}", "deploy.initial_instance_count: 6 is above autoscaling's max_capacity 5; allowed: 1 to 5 (line 3)"),
        ("deploy: {autoscaling: {cpu_utilization: 50}}", "deploy.autoscaling.max_capacity: missing; allowed: a whole number at least 1 (line 3)"),
        ("deploy: {autoscaling: {max_capacity: 5, memory_utilization: 101}}", "deploy.autoscaling.memory_utilization: 101 is not allowed; allowed: a number at most 100 and above 0 (line 3)"),
        ("deploy: {instance_type: ml.t2.medium, autoscaling: {max_capacity: 5, cpu_utilization: 50}}", "deploy.instance_type: ml.t2.medium is burstable, and can't be scaled automatically; allowed: a type such as ml.m5.large (line 3)"),
        ("deploy: {pipeline: {}}", "deploy.pipeline: names no container; allowed: 1 to 14 containers in before and after together (line 3)"),
        (f"deploy: {{pipeline: {{after: [{', '.join([OWN] * 15)}]}}}}", "deploy.pipeline: names 15 containers; allowed: 1 to 14 containers in before and after together (line 3)"),
        ("deploy: {pipeline: {before: [{image: scale}]}}", "deploy.pipeline.before[0].image: scale is not allowed; allowed: an image in ECR, like 123456789012.dkr.ecr.eu-west-1.amazonaws.com/scale:1 (line 3)"),
        ("deploy: {pipeline: {before: [{}]}}", "deploy.pipeline.before[0].image: missing; allowed: an image in ECR, like 123456789012.dkr.ecr.eu-west-1.amazonaws.com/scale:1 (line 3)"),
        ("deploy: {serverless: {}}", f"deploy.canary: {ONE_VARIANT}; allowed: none (line 3)"),
        ("deploy: {serverless: {}, canary: {interval: 5m}}", f"deploy.canary: {ONE_VARIANT}; allowed: none (line 3)"),
        ("deploy: {canary: none, serverless: {memory_size: 1500}}", "deploy.serverless.memory_size: 1500 is not allowed; allowed: 1024, 2048, 3072, 4096, 5120 or 6144 (line 3)"),
        ("deploy: {canary: none, serverless: {max_concurrency: 201}}", "deploy.serverless.max_concurrency: 201 is not allowed; allowed: a whole number from 1 to 200 (line 3)"),
        ("deploy: {canary: none, serverless: {provisioned_concurrency: 6}}", "deploy.serverless.provisioned_concurrency: 6 is above max_concurrency 5; allowed: 1 to 5 (line 3)"),
        ("deploy: {canary: none, serverless: {}, instance_type: ml.m5.large}", "deploy.instance_type: ml.m5.large is given for an endpoint without instances; allowed: leave instance_type out, or serverless (line 3)"),
        ("deploy: {canary: none, serverless: {}, initial_instance_count: 1}", "deploy.initial_instance_count: 1 is given for an endpoint without instances; allowed: leave initial_instance_count out, or serverless (line 3)"),
        ("deploy: {canary: none, serverless: {}, autoscaling: {max_capacity: 5, cpu_utilization: 50}}", "deploy.autoscaling: is nothing that a serverless endpoint can have; allowed: leave autoscaling out, or serverless (line 3)"),
        ("deploy: {canary: none, serverless: {}, data_capture: {percent: 5}}", "deploy.data_capture: is nothing that a serverless endpoint can have; allowed: leave data_capture out, or serverless (line 3)"),
        (f"deploy: {{canary: none, serverless: {{}}, pipeline: {{before: [{OWN}]}}}}", "deploy.pipeline: is nothing that a serverless endpoint can have; allowed: leave pipeline out, or serverless (line 3)"),
        ("deploy: {multi_model: true, canary: none}", "deploy.endpoint: must be said with multi_model: the endpoint belongs to several models, and not to this one alone; allowed: the name of the endpoint that they share (line 3)"),
        ("deploy: {multi_model: true, endpoint: all}", f"deploy.canary: {ALL_MODELS}; allowed: none (line 3)"),
        ("deploy: {multi_model: true, endpoint: all, canary: none, data_capture: {percent: 5}}", "deploy.data_capture: is nothing that one model of a multi-model endpoint can have; allowed: leave data_capture out, or multi_model (line 3)"),
        (f"deploy: {{multi_model: true, endpoint: all, canary: none, pipeline: {{before: [{OWN}]}}}}", "deploy.pipeline: is nothing that one model of a multi-model endpoint can have; allowed: leave pipeline out, or multi_model (line 3)"),
        ("deploy: {multi_model: true, canary: none, serverless: {}}", "deploy.multi_model: is nothing that a serverless endpoint can have; allowed: leave multi_model out, or serverless (line 3)"),
        ("deploy: {pipeline: {after: [{image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1', model_data_url: scale.tar.gz}]}}", "deploy.pipeline.after[0].model_data_url: scale.tar.gz is not allowed; allowed: a .tar.gz below containers/, like containers/scale.tar.gz or s3://bucket/model/containers/scale.tar.gz (line 3)"),
        ("deploy: {data_capture: 10}", "deploy.data_capture: 10 is not allowed; allowed: a mapping with percent, or the word keep or none (line 3)"),
        ("deploy: {data_capture: true}", "deploy.data_capture: true is not allowed; allowed: a mapping with percent, or the word keep or none (line 3)"),
        ("deploy: {data_capture: {percent: 0}}", "deploy.data_capture.percent: 0 is not allowed; allowed: a whole number from 1 to 100 (line 3)"),
        ("deploy: {data_capture: {percent: 101}}", "deploy.data_capture.percent: 101 is not allowed; allowed: a whole number from 1 to 100 (line 3)"),
        ("deploy: {data_capture: {share: 5}}", "deploy.data_capture.share: unknown key; allowed: percent (line 3)"),
        ("deploy: {idle: {}}", "deploy.idle: never stops anything; allowed: stop_after, hours, or both (line 3)"),
        ("deploy: {idle: {stop_after: 5m}}", "deploy.idle.stop_after: 5m is not allowed; allowed: a duration from 15m to 14d: metrics come some minutes late, and are kept by the minute for 15 days (line 3)"),
        ("deploy: {idle: {hours: Mon-Fri 08:00-19:00}}", "deploy.idle.hours: Mon-Fri 08:00-19:00 can't be: no time zone, which may be UTC; allowed: hours like Mon-Fri 08:00-19:00 Europe/Berlin, several with commas between them, the time zone last (line 3)"),
        ('deploy: {idle: {hours: ["Mon-Fri 08:00-19:00", "Sat 09:00-13:00 Europe/Berlni"]}}', 'deploy.idle.hours: Mon-Fri 08:00-19:00, Sat 09:00-13:00 Europe/Berlni can\'t be: Europe/Berlni is no day, no time like 08:00-19:00, and no time zone like Europe/Berlin; allowed: hours like Mon-Fri 08:00-19:00 Europe/Berlin, several with commas between them, the time zone last (line 3)'),
        ("deploy: {canary: none, serverless: {}, idle: {stop_after: 2h}}", "deploy.idle: is nothing that a serverless endpoint needs: it costs nothing while nobody asks; allowed: leave idle out, or serverless (line 3)"),
        ("deploy: {endpoint: all, canary: none, multi_model: true, idle: {stop_after: 2h}}", "deploy.idle: can't be said by one model of a multi-model endpoint: the others serve there, too; allowed: leave idle out, or multi_model (line 3)"),
        (
            "batch_transform: [{schedule: rate(1 day)}]",
            "batch_transform[0].input: missing; allowed: text like predict/nightly/ (line 3)",
        ),
    ],
)  # fmt: skip
def test_register_deploy_and_later_keys_are_refused_in_words(rest: str, message: str) -> None:
    assert refusal(with_label(rest)) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{label: y, positive: a}\nevaluate: {problem: regression}", "data.positive: a does not fit a regression problem; allowed: leave it out (line 3)"),
        ("{label: y, positive: a}\ntrain: {hyperparameters: {objective: multi:softprob}}", "data.positive: a does not fit a multiclass problem; allowed: leave it out (line 3)"),
        ("{label: y}\nevaluate: {problem: binary}\ntrain: {hyperparameters: {objective: reg:gamma}}", "train.hyperparameters.objective: reg:gamma does not fit a binary problem; allowed: binary:logistic (line 5)"),
    ],
)  # fmt: skip
def test_sections_that_contradict_each_other_are_refused_in_words(text: str, message: str) -> None:
    assert refusal(with_data(text)) == message


def test_one_message_lists_every_problem_in_the_files_order() -> None:
    text = (
        "algorithm: xgboost\ndata:\n  label: y\n  header: maybe\n  settle: 5m\ntrain:\n  max_run: soon\n  drop: 010\n"
    )
    assert [line.split(":")[0] for line in refusal(text).splitlines()] == [
        "data.header",
        "data.settle",
        "train.max_run",
        "train.drop",
    ]


def test_a_long_list_of_problems_is_counted_and_long_values_are_cut() -> None:
    keys = "\n".join(f"key_{number}: 1" for number in range(50))
    message = refusal(with_label(f"{keys}\nregister: {{approval_status: {'x' * 100}}}"))
    assert len(message.splitlines()) == 21
    assert message.endswith("\nand 31 more")
    assert f"{'x' * 57}... is" in refusal(with_label(f"register: {{approval_status: {'x' * 100}}}"))


def test_a_problem_has_key_value_allowed_and_line() -> None:
    with pytest.raises(RefusedError) as refused:
        parse_spec(with_label("train:\n  max_run: soon").encode())
    assert isinstance(refused.value, SpecError)
    (problem,) = refused.value.problems
    assert (problem.key, problem.value, problem.line) == ("train.max_run", "soon", 4)
    assert problem.allowed == "a duration like 90s, 10m, 6h or 2d"


def test_a_hyperparameter_of_another_interface_is_refused_with_its_name_here() -> None:
    found = refusal(with_label("train: {hyperparameters: {n_estimators: 9}}"))
    assert found.startswith(
        "train.hyperparameters.n_estimators: unknown hyperparameter of xgboost; did you mean num_round? allowed: alpha"
    )
