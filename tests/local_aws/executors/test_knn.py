"""k-NN: scikit-learn's neighbours, and AWS's sampling, projections, metrics and answers."""

import logging
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party import arrays
from local_aws.sagemaker.executors.knn_container.model import KnnModel
from local_aws.sagemaker.executors.knn_container.train import fit
from tests.local_aws.executors.first_party_data import Array, settings, table


def blobs(rows: int) -> tuple[Array, Array]:
    features, labels = make_blobs(rows, 4, centers=4, cluster_std=5, random_state=4)
    return features.astype(np.float32), labels.astype(float)


def trained(path: Path, features: Array, labels: Array, **changes: str) -> KnnModel:
    (path / "model").mkdir(exist_ok=True)
    arrays.save(fit(settings("knn", **changes), {"train": table(features, labels)}), path / "model")
    return KnnModel(path / "model")


def predicted(model: KnnModel, features: Array) -> list[float]:
    return [each["predicted_label"] for each in model.predict(features, verbose=False)]


def test_a_classifier_gives_scikit_learns_majority(tmp_path: Path) -> None:
    x, y = blobs(600)
    reference = KNeighborsClassifier(5).fit(x[:500], y[:500])
    assert predicted(trained(tmp_path, x[:500], y[:500]), x[500:]) == reference.predict(x[500:]).tolist()


def test_a_regressor_gives_scikit_learns_mean(tmp_path: Path) -> None:
    x, _ = blobs(600)
    y = x.sum(axis=1)
    reference = KNeighborsRegressor(5).fit(x[:500], y[:500])
    model = trained(tmp_path, x[:500], y[:500], predictor_type="regressor")
    assert predicted(model, x[500:]) == pytest.approx(reference.predict(x[500:]), rel=1e-4)


def test_verbose_answers_have_the_neighbours_the_nearest_first(tmp_path: Path) -> None:
    points, labels = np.array([[0.0, 0], [3, 4], [6, 8], [9, 12]]), np.array([2.0, 1, 1, 0])
    model = trained(tmp_path, points, labels, feature_dim="2", k="3")
    [found] = model.predict(np.zeros((1, 2), np.float32), verbose=True)
    assert list(found) == ["predicted_label", "distances", "labels"]  # the documented order
    assert found == {"predicted_label": 1.0, "distances": [0.0, 5.0, 10.0], "labels": [2.0, 1.0, 1.0]}


def test_of_equally_many_neighbours_the_smallest_label_wins(tmp_path: Path) -> None:
    points, labels = np.array([[0.0, 0], [1, 0], [2, 0], [3, 0]]), np.array([3.0, 1, 3, 1])
    assert predicted(trained(tmp_path, points, labels, feature_dim="2", k="4"), np.zeros((1, 2))) == [1.0]


def test_the_cosine_looks_at_directions_and_the_inner_product_at_lengths_too(tmp_path: Path) -> None:
    points, labels = np.array([[1.0, 0.1], [10.0, 10.0], [0.0, -1.0]]), np.array([0.0, 1, 2])
    ask = np.array([[1.0, 0.0]], np.float32)
    for metric, nearest in (("L2", 0.0), ("COSINE", 0.0), ("INNER_PRODUCT", 1.0)):
        model = trained(tmp_path, points, labels, feature_dim="2", k="1", index_metric=metric)
        assert predicted(model, ask) == [nearest], metric
    [found] = model.predict(ask, verbose=True)
    assert found["distances"] == [-10.0]


def test_the_index_holds_a_sample_of_its_size_and_the_same_each_time() -> None:
    x, y = blobs(600)
    first, second = (fit(settings("knn", sample_size="50"), {"train": table(x, y)}) for _ in range(2))
    points = np.asarray(first["points"])
    assert points.shape == (50, 4)
    assert np.array_equal(points, second["points"])
    known = {(*map(float, row), float(label)) for row, label in zip(x, y, strict=True)}
    kept = {(*map(float, row), float(label)) for row, label in zip(points, np.asarray(first["labels"]), strict=True)}
    assert len(kept) == 50
    assert kept <= known
    assert np.asarray(fit(settings("knn"), {"train": table(x, y)})["points"]).shape == (600, 4)


@pytest.mark.parametrize("kind", ["sign", "fjlt"])
def test_a_projection_keeps_neighbours_near(tmp_path: Path, kind: str) -> None:
    x, y = make_blobs(400, 200, centers=4, random_state=1)
    changes = {"dimension_reduction_type": kind, "dimension_reduction_target": "30", "feature_dim": "200"}
    model = trained(tmp_path, x[:300], y[:300], **changes)
    assert model.features == 200
    assert np.mean(np.array(predicted(model, x[300:])) == y[300:]) > 0.95
    assert arrays.load(tmp_path / "model")["points"].shape == (300, 30)


@pytest.mark.parametrize(
    ("kind", "line"), [("classifier", "test accuracy <score>="), ("regressor", "test mse <loss>=")]
)
def test_the_test_channel_is_measured(caplog: pytest.LogCaptureFixture, kind: str, line: str) -> None:
    caplog.set_level(logging.INFO)
    x, y = blobs(600)
    tables = {"train": table(x[:500], y[:500]), "test": table(x[500:], y[500:])}
    fit(settings("knn", predictor_type=kind), tables)
    reference = (KNeighborsClassifier if kind == "classifier" else KNeighborsRegressor)(5).fit(x[:500], y[:500])
    expected = reference.predict(x[500:])
    right = np.mean(expected == y[500:]) if kind == "classifier" else np.mean((expected - y[500:]) ** 2)
    [found] = [r.getMessage() for r in caplog.records if f"#quality_metric: host=algo-1, {line}" in r.getMessage()]
    assert float(found.partition(line)[2]) == pytest.approx(float(right), rel=1e-4)
    assert any(record.getMessage().startswith("#test_score (algo-1) : ('") for record in caplog.records)


@pytest.mark.parametrize(
    ("changes", "labels", "words"),
    [
        ({"k": "6"}, [0, 1, 0, 1, 0], "The 'k' hyperparameter is 6, but the index has 5 points only"),
        ({"sample_size": "4"}, [0, 1, 0, 1, 0], "'k' hyperparameter is 5, but the index has 4 points only"),
        ({"faiss_index_pq_m": "4"}, [0, 1, 0, 1, 0], "'faiss_index_pq_m' should only be set"),
        ({}, [0, 1.5, 0, 1, 0], "The labels of channel 'train' must be whole numbers from 0"),
        ({}, [0, -1, 0, 1, 0], "must be whole numbers from 0"),
    ],
)
def test_settings_and_data_must_go_together(changes: dict[str, str], labels: list[float], words: str) -> None:
    with pytest.raises(UserError, match=words):
        fit(settings("knn", **changes), {"train": table(np.ones((5, 4)), np.array(labels))})
