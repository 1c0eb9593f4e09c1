"""PCA: scikit-learn's components, in AWS's order."""

import logging
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party import arrays
from local_aws.sagemaker.executors.pca_container.model import PcaModel
from local_aws.sagemaker.executors.pca_container.train import fit
from tests.local_aws.executors.first_party_data import Array, settings, table


def rows(count: int = 500) -> Array:
    """Make rows of five features, whose variance lies mainly in three directions, far from the origin."""
    chance = np.random.default_rng(5)
    mixed = chance.normal(size=(count, 5)) * [9, 5, 3, 0.2, 0.1] @ np.linalg.qr(chance.normal(size=(5, 5)))[0]
    return np.asarray(mixed + np.array([100, -50, 3, 0, 7]))


def given(**changes: str) -> dict[str, object]:
    return settings("pca", **{"feature_dim": "5", "num_components": "3", **changes})


@pytest.mark.parametrize("mode", ["regular", "randomized"])
def test_components_span_what_scikit_learns_do(mode: str) -> None:
    data = rows()
    model, reference = fit(given(algorithm_mode=mode), {"train": table(data)}), PCA(3).fit(data)
    found, expected = np.asarray(model["v"]), reference.components_.T
    assert found @ found.T == pytest.approx(expected @ expected.T, abs=1e-3)
    assert np.asarray(model["s"])[::-1] == pytest.approx(reference.singular_values_, rel=1e-3)
    assert np.asarray(model["mean"]) == pytest.approx(data.mean(axis=0), abs=1e-3)


def test_the_largest_component_is_the_last_as_in_awss_artifacts(tmp_path: Path) -> None:
    data = rows()
    (tmp_path / "model").mkdir()
    arrays.save(fit(given(), {"train": table(data)}), tmp_path / "model")
    found = PcaModel(tmp_path / "model").predict(data.astype(np.float32), verbose=False)
    projections = np.array([each["projection"] for each in found])
    assert np.diff(projections.var(axis=0)).min() > 0
    expected = PCA(3).fit_transform(data)[:, ::-1]
    assert np.abs(projections) == pytest.approx(np.abs(expected), abs=0.01)


@pytest.mark.parametrize("mode", ["regular", "randomized"])
def test_the_same_job_gives_the_same_model_with_signs_of_its_own(mode: str) -> None:
    first, second = (fit(given(algorithm_mode=mode), {"train": table(rows())}) for _ in range(2))
    assert np.array_equal(first["v"], second["v"])
    vectors = np.asarray(first["v"])
    assert (vectors[np.abs(vectors).argmax(axis=0), range(3)] > 0).all()


def test_the_mean_stays_where_it_is_if_it_is_not_to_be_subtracted() -> None:
    data = rows()
    model = fit(given(subtract_mean="false"), {"train": table(data)})
    assert not np.asarray(model["mean"]).any()
    towards = data.mean(axis=0) / np.linalg.norm(data.mean(axis=0))
    assert abs(np.asarray(model["v"])[:, -1] @ towards) > 0.99


def test_more_components_than_there_are_are_refused() -> None:
    with pytest.raises(UserError, match="'num_components' hyperparameter is 6, but the data has 5 components at most"):
        fit(given(num_components="6"), {"train": table(rows())})


def test_the_test_channel_is_scored_by_what_the_projection_loses(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    data = rows()
    fit(given(), {"train": table(data), "test": table(data)})
    [line] = [record.getMessage() for record in caplog.records if "quality_metric" in record.getMessage()]
    reference = PCA(3).fit(data)
    lost = np.square(data - reference.inverse_transform(reference.transform(data))).mean()
    assert float(line.partition("test mse <loss>=")[2]) == pytest.approx(lost, rel=1e-2)
