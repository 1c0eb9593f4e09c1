"""Specs of the built-in algorithms that are wrong in one way each, and the whole message that their author reads."""

# ruff: noqa: E501 - a message is one line, however long: so it is read, and so it is searched for.

import re
from typing import Any

import pytest

from tests.unit.spec.built_in import ALGORITHMS, REQUIRED, spec
from yardmaster.records import Problem
from yardmaster.spec.builtin import profile
from yardmaster.spec.fits import require_fit
from yardmaster.spec.parse import SpecError, parse_spec


def refusal(text: bytes) -> str:
    with pytest.raises(SpecError) as refused:
        parse_spec(text)
    return re.sub(r" \(line \d+\)", "", str(refused.value))


@pytest.mark.parametrize(("name", "key"), [(name, key) for name in ALGORITHMS for key in REQUIRED[name]])
def test_a_hyperparameter_that_nothing_can_be_put_for_is_required(name: str, key: str) -> None:
    allowed = profile(name).rows_of[key].allowed
    assert (
        refusal(spec(name, without=key))
        == f"train.hyperparameters.{key}: missing, and {name} needs it; allowed: {allowed}"
    )


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("blazingtext", {"mode": "bag"}, "mode: bag is not allowed; allowed: batch_skipgram, skipgram, cbow or supervised"),
        ("deepar", {"time_freq": "daily"}, "time_freq: daily is not allowed; allowed: a number and M, W, D, H or min, such as 5min"),
        ("deepar", {"likelihood": "poisson"}, "likelihood: poisson is not allowed; allowed: gaussian, beta, negative-binomial, student-T or deterministic-L1"),
        ("factorization-machines", {"bias_lr": "-1"}, "bias_lr: -1 is not allowed; allowed: a number at least 0"),
        ("image-classification", {"image_shape": "'224'"}, "image_shape: 224 is not allowed; allowed: channels, height and width, such as 3,224,224"),
        ("image-classification", {"num_layers": "42"}, "num_layers: 42 is not allowed; allowed: 18, 34, 50, 101, 152, 200, 20, 32, 44, 56 or 110"),
        ("ipinsights", {"vector_dim": "2"}, "vector_dim: 2 is not allowed; allowed: a whole number at least 4 and at most 4096"),
        ("ipinsights", {"num_entity_vectors": "0"}, "num_entity_vectors: 0 is not allowed; allowed: a whole number at least 1 and at most 250000000"),
        ("k-means", {"k": "0"}, "k: 0 is not allowed; allowed: a whole number at least 1"),
        ("k-means", {"extra_center_factor": "few"}, "extra_center_factor: few is not allowed; allowed: auto or a whole number at least 1"),
        ("k-means", {"eval_metrics": "[msd, mse]"}, "eval_metrics: msd, mse is not allowed; allowed: one or more of msd and ssd"),
        ("knn", {"index_metric": "L1"}, "index_metric: L1 is not allowed; allowed: L2, INNER_PRODUCT or COSINE"),
        ("knn", {"dimension_reduction_type": "sign"}, "dimension_reduction_target: missing, and knn needs it with dimension_reduction_type; allowed: a whole number at least 1"),
        ("lda", {"alpha0": "0"}, "alpha0: 0 is not allowed; allowed: a number above 0"),
        ("linear-learner", {"l1": "strong"}, "l1: strong is not allowed; allowed: auto or a number at least 0"),
        ("linear-learner", {"positive_example_weight_mult": "0"}, "positive_example_weight_mult: 0 is not allowed; allowed: balanced, auto or a number above 0"),
        ("linear-learner", {"loss": "hinge_loss"}, "loss: hinge_loss gives no probabilities, which the metrics need; write logistic; allowed: auto, logistic, softmax_loss, squared_loss, absolute_loss, eps_insensitive_squared_loss, eps_insensitive_absolute_loss, quantile_loss or huber_loss"),
        ("linear-learner", {"predictor_type": "regressor", "loss": "logistic"}, "loss: logistic does not fit a regression problem; allowed: auto, squared_loss, absolute_loss, eps_insensitive_squared_loss, eps_insensitive_absolute_loss, quantile_loss or huber_loss"),
        ("linear-learner", {"predictor_type": "regressor", "num_classes": "4"}, "num_classes: 4 does not fit a regression problem; allowed: leave it out"),
        ("ntm", {"num_topics": "1"}, "num_topics: 1 is not allowed; allowed: a whole number at least 2 and at most 1000"),
        ("ntm", {"encoder_layers": "wide"}, "encoder_layers: wide is not allowed; allowed: auto, or whole numbers with commas between them"),
        ("object-detection", {"learning_rate": "0"}, "learning_rate: 0 is not allowed; allowed: a number above 0 and at most 1"),
        ("object2vec", {"enc0_layers": "5"}, "enc0_layers: 5 is not allowed; allowed: auto or a whole number at least 1 and at most 4"),
        ("object2vec", {"comparator_list": "minus"}, "comparator_list: minus is not allowed; allowed: hadamard, concat and abs_diff, with commas"),
        ("pca", {"algorithm_mode": "full"}, "algorithm_mode: full is not allowed; allowed: regular or randomized"),
        ("randomcutforest", {"num_trees": "20"}, "num_trees: 20 is not allowed; allowed: a whole number at least 50 and at most 1000"),
        ("semantic-segmentation", {"num_classes": "300"}, "num_classes: 300 is not allowed; allowed: a whole number at least 2 and at most 254"),
        ("seq2seq", {"rnn_cell_type": "rnn"}, "rnn_cell_type: rnn is not allowed; allowed: lstm or gru"),
        ("xgboost", {"eta": "2"}, "eta: 2 is not allowed; allowed: a number at least 0 and at most 1"),
    ],
)  # fmt: skip
def test_a_hyperparameter_that_the_algorithm_does_not_take_is_refused_in_words(
    name: str, given: dict[str, str], message: str
) -> None:
    assert refusal(spec(name, **given)) == f"train.hyperparameters.{message}"


@pytest.mark.parametrize(
    ("name", "key", "meant"),
    [
        ("k-means", "n_clusters", "k"),
        ("pca", "n_components", "num_components"),
        ("knn", "n_neighbors", "k"),
        ("randomcutforest", "n_estimators", "num_trees"),
        ("linear-learner", "learning_rat", "learning_rate"),
        ("deepar", "horizon", "prediction_length"),
        ("seq2seq", "mini_batch_size", "batch_size"),
    ],
)
def test_a_name_of_another_library_is_refused_with_the_one_here(name: str, key: str, meant: str) -> None:
    said = f"train.hyperparameters.{key}: unknown hyperparameter of {name}; did you mean {meant}? allowed: "
    given: dict[str, Any] = {key: 1}
    assert refusal(spec(name, **given)).startswith(said)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("k-means", "{label: group}", "data.label: group can't be: k-means learns without a label; allowed: write the column into data.drop, or leave it out to learn from it"),
        ("pca", "{positive: a}", "data.positive: a can't be: pca learns without a label; allowed: leave it out"),
        ("linear-learner", "{}", "data.label: missing; allowed: the column to predict, by its name in the header"),
        ("linear-learner", "{label: y, missing: keep}", "data.missing: keep is not for linear-learner, which takes no empty cells; allowed: drop_rows or refuse"),
        ("k-means", "{missing: keep}", "data.missing: keep is not for k-means, which takes no empty cells; allowed: drop_rows or refuse"),
        ("k-means", "{content_type: text/libsvm}", "data.content_type: text/libsvm is not read by k-means; allowed: text/csv or application/x-recordio-protobuf"),
        ("image-classification", "", "data.content_type: missing, and image-classification reads several; allowed: application/x-recordio, application/x-image, image/jpeg or image/png"),
        ("image-classification", "{content_type: image/jpg}", "data.content_type: image/jpg is not allowed; allowed: text/csv, text/libsvm, text/plain, application/json, application/jsonlines, application/x-recordio, application/x-recordio-protobuf, application/x-parquet, application/x-image, image/jpeg or image/png"),
        ("image-classification", "{content_type: text/csv}", "data.content_type: text/csv is not read by image-classification; allowed: application/x-recordio, application/x-image, image/jpeg or image/png"),
        ("image-classification", "{content_type: image/png, label: y}", "data.label: y is for tables, and image/png goes to image-classification as it is; allowed: leave it out"),
        ("blazingtext", "{label: y, header: true}", "data.label: y is for tables, and text/plain goes to blazingtext as it is; allowed: leave it out\ndata.header: true is for tables, and text/plain goes to blazingtext as it is; allowed: leave it out"),
        ("ipinsights", "{drop: [time]}", "data.drop: a value is for tables, and text/csv goes to ipinsights as it is; allowed: leave it out"),
        ("seq2seq", "{split: {train: 0.8, validation: 0.1, test: 0.1}}", "data.split: a mapping is for tables, and application/x-recordio-protobuf goes to seq2seq as it is; allowed: leave it out, and drop folders that are split already: train/, validation/ and vocab/"),
    ],
)  # fmt: skip
def test_data_that_the_algorithm_can_not_have_is_refused_in_words(name: str, data: str, message: str) -> None:
    assert refusal(spec(name, data)) == message


@pytest.mark.parametrize(
    ("name", "data", "missing"),
    [
        ("xgboost", "{content_type: text/libsvm}", ["objective"]),
        ("linear-learner", "{content_type: application/x-recordio-protobuf}", ["predictor_type"]),
        ("k-means", "{content_type: application/x-recordio-protobuf}", ["feature_dim"]),
        ("knn", "{content_type: application/x-recordio-protobuf}", ["predictor_type", "feature_dim", "sample_size"]),
        ("lda", "{content_type: application/x-recordio-protobuf}", ["feature_dim", "mini_batch_size"]),
    ],
)
def test_of_data_that_nobody_looks_into_nothing_is_derived(name: str, data: str, missing: list[str]) -> None:
    said = [
        line.partition(":")[0].removeprefix("train.hyperparameters.") for line in refusal(spec(name, data)).splitlines()
    ]
    assert said == missing


@pytest.mark.parametrize(
    ("name", "rest", "message"),
    [
        ("k-means", "evaluate: {problem: binary}", "evaluate.problem: binary is nothing that k-means does; allowed: leave it out"),
        ("k-means", "evaluate: {problem: none}", "evaluate.problem: none is nothing that k-means does; allowed: leave it out"),
        ("linear-learner", "evaluate: {problem: clustering}", "evaluate.problem: clustering is nothing that linear-learner does; allowed: binary, multiclass or regression"),
        ("pca", "evaluate: {problem: regression}", "evaluate.problem: regression is nothing that pca does; allowed: leave it out"),
        ("blazingtext", "evaluate: {problem: multiclass}", "evaluate.problem: multiclass can't be measured: text/plain goes to blazingtext as it is; allowed: leave it out, or none"),
        ("k-means", "evaluate: {gate: [{metric: auc, min: 0.7}]}", "evaluate.gate[0].metric: auc does not fit a clustering problem; allowed: explained, mean_distance or msd"),
        ("linear-learner", "evaluate: {gate: [{metric: explained, min: 0.7}]}", "evaluate.gate[0].metric: explained does not fit a binary problem; allowed: accuracy, auc, f1, log_loss, pr_auc, precision or recall"),
        ("pca", "evaluate: {gate: [{metric: explained, min: 0.7}]}", "evaluate.gate: a list can't be: of what pca answers nothing is measured; allowed: leave it out; register.approval_status asks a person"),
        ("k-means", "evaluate: {threshold: 0.4}", "evaluate.threshold: 0.4 does not fit a clustering problem; allowed: leave it out"),
        ("k-means", "evaluate: {gate: [{metric: explained, min: 1.5}]}", "evaluate.gate[0].min: 1.5 is a value that explained never has; allowed: at most 1"),
    ],
)  # fmt: skip
def test_what_the_algorithm_does_not_do_is_refused_in_words(name: str, rest: str, message: str) -> None:
    assert refusal(spec(name, rest=rest)) == message


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("k-means", "evaluate: {gate: [{metric: explained, min: 0.5}, {metric: msd, versus: baseline, margin: 0.1}]}"),
        ("k-means", "evaluate: {problem: clustering, gate: [{metric: mean_distance, max: 3}]}"),
        ("k-means", "evaluate: {gate: []}"),
        ("pca", "evaluate: {problem: none, gate: []}"),
        ("blazingtext", "evaluate: {problem: none}"),
        ("linear-learner", "evaluate: {problem: binary, threshold: 0.3, gate: [{metric: recall, min: 0.5}]}"),
    ],
)
def test_what_the_algorithm_does_is_accepted(name: str, rest: str) -> None:
    parse_spec(spec(name, rest=rest))


@pytest.mark.parametrize(
    ("name", "train", "message"),
    [
        ("image-classification", "instance_type: ml.m5.xlarge, ", "train.instance_type: ml.m5.xlarge has no GPU, and image-classification is trained on GPUs only; allowed: a type such as ml.p3.2xlarge"),
        ("lda", "instance_type: ml.g5.xlarge, ", "train.instance_type: ml.g5.xlarge has a GPU, and lda is trained on CPUs only; allowed: a type such as ml.c5.2xlarge"),
        ("seq2seq", "instance_count: 2, ", "train.instance_count: 2 is too many: seq2seq is trained on one instance; allowed: 1, of a larger type"),
        ("k-means", "metric_definitions: [{name: a, regex: b}], ", "train.metric_definitions: a list is for algorithms of your own; k-means brings its metrics; allowed: leave it out"),
    ],
)  # fmt: skip
def test_machines_that_the_algorithm_can_not_use_are_refused_in_words(name: str, train: str, message: str) -> None:
    assert refusal(spec(name, train=train)) == message


@pytest.mark.parametrize("instance_type", ["ml.p2.xlarge", "ml.p4d.24xlarge", "ml.g4dn.xlarge", "ml.gr6.4xlarge"])
def test_instances_with_gpus_are_known(instance_type: str) -> None:
    parse_spec(spec("object-detection", train=f"instance_type: {instance_type}, "))


def test_a_label_of_two_classes_is_none_of_several_for_an_algorithm_that_calls_for_three() -> None:
    with pytest.raises(SpecError) as refused:
        require_fit(parse_spec(spec("linear-learner")), Problem.MULTICLASS, ("a", "b"))
    assert str(refused.value) == (
        "evaluate.problem: multiclass does not fit: the label has 2 classes, and linear-learner calls for a whole number "
        "at least 3 and at most 1000000; allowed: binary"
    )
    require_fit(parse_spec(spec("xgboost")), Problem.MULTICLASS, ("a", "b"))


def test_the_number_of_classes_is_the_labels() -> None:
    with pytest.raises(SpecError, match=r"num_classes: 4 is not the 3 classes of the label; allowed: leave it out"):
        require_fit(parse_spec(spec("linear-learner", num_classes=4)), Problem.MULTICLASS, ("a", "b", "c"))


_FILES_ONLY = {
    "blazingtext": "text/plain",
    "deepar": "application/jsonlines",
    "ipinsights": "text/csv",
    "lda": "text/csv",
    "object2vec": "application/jsonlines",
    "semantic-segmentation": "image/jpeg",
    "seq2seq": "application/x-recordio-protobuf",
}
"""What the smallest spec of each holds, where that is not read from a pipe."""


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_pipe_is_for_algorithms_that_read_one_and_fast_file_for_all(name: str) -> None:
    assert parse_spec(spec(name, train="input_mode: FastFile, ")).train.input_mode == "FastFile"
    piped = spec(name, train="input_mode: Pipe, ")
    if (held := _FILES_ONLY.get(name)) is None:
        assert parse_spec(piped).train.input_mode == "Pipe"
    else:
        assert refusal(piped) == (
            f"train.input_mode: Pipe can't be: {name} reads {held} from files only; allowed: FastFile, which streams "
            "too, or File"
        )


@pytest.mark.parametrize(
    ("name", "held"),
    [("xgboost", "text/libsvm"), ("image-classification", "image/png"), ("object-detection", "image/png")],
)
def test_some_content_types_do_not_come_through_a_pipe(name: str, held: str) -> None:
    data = f"{{content_type: {held}, label: y}}" if name == "xgboost" else f"{{content_type: {held}}}"
    given = "num_round: 5, " if name == "xgboost" else ""
    text = spec(name, data=data, train="input_mode: Pipe, ").replace(
        b"hyperparameters: {", f"hyperparameters: {{{given}".encode()
    )
    assert f"{name} reads {held} from files only" in refusal(text)
