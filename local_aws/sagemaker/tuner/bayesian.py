"""Bayesian search: a Gaussian process over the space, and the point of the largest expected improvement.

The process is scikit-learn's; expected improvement after Jones, Schonlau and Welch (1998). Trials that still run count
as if they had given what the process expects of them ("kriging believer": Ginsbourger, Le Riche and Carraro, 2010), so
that parallel trials don't gather at one point. Why this library: docs/decisions.md.
"""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from local_aws.sagemaker.tuner.random_search import RandomSearch
from local_aws.sagemaker.tuner.space import Space
from local_aws.sagemaker.tuner.trials import Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.gaussian_process import GaussianProcessRegressor

    Array = NDArray[np.float64]

FIRST = 3
"""So many trials must have a score before the process is asked."""
CANDIDATES = 1000
"""Points drawn anywhere in the space, among which the best is looked for."""
NEAR = 200
"""Points drawn around each of the best trials."""
STEP = 0.08
"""The standard deviation of these, as a share of each range."""


class Bayesian:
    """A `Strategy` that learns from the trials, and from those of earlier tuning jobs."""

    def __init__(self, space: Space, seed: int, prior: Sequence[Trial] = ()) -> None:
        """Search a space.

        Args:
            space: What is searched.
            seed: Makes the search repeatable.
            prior: Trials of earlier tuning jobs (warm start).
        """
        self._space = space
        self._seed = seed
        self._prior = [trial for trial in prior if trial.score is not None and space.covers(trial.point)]
        self._random = RandomSearch(space, seed)

    def propose(self, trials: Sequence[Trial]) -> dict[str, str] | None:
        """Return the next point."""
        scored = [*self._prior, *(trial for trial in trials if trial.score is not None)]
        if len(scored) < FIRST:
            return self._random.propose(trials)
        draws = np.random.default_rng((self._seed, len(trials)))
        process = self._learn(scored, [trial for trial in trials if trial.running])
        known = {tuple(sorted(trial.point.items())) for trial in [*self._prior, *trials]}
        candidates = [point for point in self._candidates(scored, draws) if tuple(sorted(point.items())) not in known]
        if not candidates:
            return self._random.propose(trials)
        mean, deviation = process.predict(self._features(candidates), return_std=True)
        gain = expected_improvement(mean, deviation, float(process.y_train_.max()))
        return candidates[int(np.argmax(gain))]

    def _learn(self, scored: Sequence[Trial], running: Sequence[Trial]) -> "Any":
        x = self._features([trial.point for trial in scored])
        y = np.array([trial.score for trial in scored], dtype=np.float64)
        y = (y - y.mean()) / (y.std() or 1.0)
        process = _process(self._space.width, self._seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a length scale is at its bound is no news to anybody here
            process.fit(x, y)
            if running:
                ahead = self._features([trial.point for trial in running])
                believed = process.predict(ahead)
                process.set_params(kernel=process.kernel_, optimizer=None)
                process.fit(np.vstack([x, ahead]), np.concatenate([y, believed]))
        return process

    def _candidates(self, scored: Sequence[Trial], draws: np.random.Generator) -> list[dict[str, str]]:
        anywhere = draws.random((CANDIDATES, len(self._space.ranges)))
        best = sorted(scored, key=lambda trial: trial.score or 0.0, reverse=True)[:3]
        around = [
            np.clip(self._places(trial, draws) + draws.normal(0, STEP, (NEAR, len(self._space.ranges))), 0, 1)
            for trial in best
        ]
        return [self._space.point(units) for units in np.vstack([anywhere, *around]).tolist()]

    def _places(self, trial: Trial, draws: np.random.Generator) -> "Array":
        return np.array(self._space.places(trial.point, draws.random()), dtype=np.float64)

    def _features(self, points: Sequence[Any]) -> "Array":
        return np.array([self._space.features(point) for point in points], dtype=np.float64)


def expected_improvement(mean: "Array", deviation: "Array", best: float) -> "Array":
    """Return how much better than `best` each point is expected to be, counting worse as no gain."""
    from scipy.stats import norm

    deviation = np.maximum(deviation, 1e-9)
    z = (mean - best) / deviation
    gain: Array = (mean - best) * norm.cdf(z) + deviation * norm.pdf(z)
    return gain


def _process(width: int, seed: int) -> "GaussianProcessRegressor":
    # Imported when it is needed: it takes a second, and most of local AWS's runs never tune.
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    shape = Matern(length_scale=np.full(width, 0.5), length_scale_bounds=(0.05, 5.0), nu=2.5)
    kernel = ConstantKernel(1.0, (0.1, 10.0)) * shape + WhiteKernel(0.01, (1e-5, 0.3))
    return GaussianProcessRegressor(kernel, n_restarts_optimizer=1, random_state=seed)
