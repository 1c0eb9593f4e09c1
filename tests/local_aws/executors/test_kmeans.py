"""K-means: nearly as tight as scikit-learn's, and true to its hyperparameters."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party import arrays
from local_aws.sagemaker.executors.kmeans_container.model import KMeansModel
from local_aws.sagemaker.executors.kmeans_container.train import fit
from tests.local_aws.executors.first_party_data import Array, settings, table

LINE = re.compile(r"#quality_metric: host=algo-1, (\w+) (\S+) <loss>=(\S+)")


def blobs(rows: int, count: int) -> Array:
    features, _ = make_blobs(rows, 4, centers=count, cluster_std=2.5, random_state=4)
    return np.asarray(features)


def msd(centers: Array, rows: Array) -> float:
    return float(np.square(rows[:, None] - centers[None]).sum(axis=2).min(axis=1).mean())


def centers(rows: Array, **changes: str) -> Array:
    return np.asarray(fit(settings("kmeans", **changes), {"train": table(rows)})["centers"])


@pytest.mark.parametrize(("rows", "count"), [(200, 3), (3000, 8)])
def test_clusters_are_nearly_as_tight_as_scikit_learns(rows: int, count: int) -> None:
    data = blobs(rows, count)
    reference = KMeans(count, n_init=10, random_state=0).fit(data).inertia_ / rows
    assert msd(centers(data, k=str(count)), data) < 1.05 * reference


def test_the_same_job_gives_the_same_model() -> None:
    data = blobs(500, 3)
    assert np.array_equal(centers(data), centers(data))


@pytest.mark.parametrize(
    "changes",
    [
        {"extra_center_factor": "2"},
        {"mini_batch_size": "50"},
        {"init_method": "kmeans++"},
        {"epochs": "5", "mini_batch_size": "100"},
        {"local_lloyd_init_method": "random", "local_lloyd_num_trials": "1", "local_lloyd_max_iter": "1"},
    ],
)
def test_what_steers_the_training_has_an_effect(changes: dict[str, str]) -> None:
    data = blobs(600, 9)
    found = centers(data, k="6", **changes)
    assert not np.allclose(found, centers(data, k="6"))
    assert msd(found, data) < 3 * msd(centers(data, k="6"), data)


def test_the_test_channel_is_measured_by_the_metrics_that_were_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    data, other = blobs(300, 3), blobs(50, 3)
    model = fit(settings("kmeans"), {"train": table(data), "test": table(other)})
    found = {f"{m[1]}:{m[2]}": float(m[3]) for r in caplog.records if (m := LINE.search(r.getMessage()))}
    assert list(found) == ["train:msd", "test:msd", "test:ssd"]
    assert found["test:msd"] == pytest.approx(msd(np.asarray(model["centers"]), other), rel=1e-5)
    assert found["test:ssd"] == pytest.approx(50 * found["test:msd"])
    caplog.clear()
    fit(settings("kmeans", eval_metrics='["ssd"]'), {"train": table(data), "test": table(other)})
    assert not any("test msd" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("rows", [3, 7])
def test_a_cluster_for_each_row_is_possible(rows: int) -> None:
    data = blobs(rows, 3)
    assert msd(centers(data, k=str(rows)), data) == pytest.approx(0, abs=1e-6)


def test_more_clusters_than_rows_are_refused() -> None:
    with pytest.raises(UserError, match="The 'k' hyperparameter is 3, but channel 'train' has 2 rows only"):
        centers(blobs(2, 1))


def test_answers_are_the_nearest_centre_and_the_euclidean_distance_to_it(tmp_path: Path) -> None:
    arrays.save({"centers": np.array([[0.0, 0.0], [3.0, 4.0]])}, _model_dir(tmp_path))
    found = KMeansModel(tmp_path / "model").predict(np.array([[0, 1], [6, 8]], np.float32), verbose=False)
    assert found == [
        {"closest_cluster": 0.0, "distance_to_cluster": 1.0},
        {"closest_cluster": 1.0, "distance_to_cluster": 5.0},
    ]


def _model_dir(path: Path) -> Path:
    (path / "model").mkdir()
    return path / "model"
