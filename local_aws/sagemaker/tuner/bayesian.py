"""Bayesian search: a Gaussian process over the space, and the point of the largest expected improvement.

The process is scikit-learn's; expected improvement after Jones, Schonlau and Welch (1998). Trials that still run count
as if they had given what the process expects of them ("kriging believer": Ginsbourger, Le Riche and Carraro, 2010), so
that parallel trials don't gather at one point. Why this library: docs/decisions.md.
"""

import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from local_aws.sagemaker.tuner.random_search import RandomSearch
from local_aws.sagemaker.tuner.space import Space
from local_aws.sagemaker.tuner.trials import Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.gaussian_process import GaussianProcessRegressor
    from threadpoolctl import ThreadpoolController

    Array = NDArray[np.float64]

FIRST = 3
"""So many trials must have a score before the process is asked."""
CANDIDATES = 600
"""Points drawn anywhere in the space, among which the best is looked for."""
NEAR = 100
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
        with _one_thread():
            return self._most_promising(scored, trials) or self._random.propose(trials)

    def _most_promising(self, scored: Sequence[Trial], trials: Sequence[Trial]) -> dict[str, str] | None:
        """Return the point of the largest expected improvement that was not tried yet."""
        draws = np.random.default_rng((self._seed, len(trials)))
        process = self._learn(scored, [trial for trial in trials if trial.running])
        candidates = self._candidates(scored, draws)
        mean, deviation = process.predict(self._space.encoded(candidates), return_std=True)
        # What is asked is how good a point is, not what one noisy trial of it may give.
        deviation = np.sqrt(np.maximum(deviation**2 - process.kernel_.k2.noise_level, 1e-12))
        best = float(process.predict(process.X_train_).max())
        gain = expected_improvement(mean, deviation, best)
        known = {tuple(sorted(trial.point.items())) for trial in (*self._prior, *trials)}
        best_first = (self._space.point(candidates[at].tolist()) for at in np.argsort(-gain, kind="stable"))
        return next((point for point in best_first if tuple(sorted(point.items())) not in known), None)

    def _learn(self, scored: Sequence[Trial], running: Sequence[Trial]) -> "GaussianProcessRegressor":
        x = self._features(scored)
        y = normal_scores([trial.score or 0.0 for trial in scored])
        process = _process(self._space.width, self._seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a length scale is at its bound is no news to anybody here
            process.fit(x, y)
            if running:
                ahead = self._features(running)
                believed = process.predict(ahead)
                process.set_params(kernel=process.kernel_, optimizer=None)
                process.fit(np.vstack([x, ahead]), np.concatenate([y, believed]))
        return process

    def _candidates(self, scored: Sequence[Trial], draws: np.random.Generator) -> "Array":
        """Return places: anywhere, and around the best trials."""
        size = len(self._space.ranges)
        best = sorted(scored, key=lambda trial: trial.score or 0.0, reverse=True)[:3]
        around = [
            np.clip(self._space.places(trial.point, draws.random()) + draws.normal(0, STEP, (NEAR, size)), 0, 1)
            for trial in best
        ]
        return np.vstack([draws.random((CANDIDATES, size)), *around])

    def _features(self, trials: Sequence[Trial]) -> "Array":
        return self._space.encoded(np.array([self._space.places(trial.point, 0.5) for trial in trials]))


def _one_thread() -> AbstractContextManager[object]:
    """Let BLAS have one thread: matrices this small gain nothing by more, which else spin where containers train."""
    limited: AbstractContextManager[object] = _blas().limit(limits=1)
    return limited


@cache
def _blas() -> "ThreadpoolController":
    import scipy.linalg  # its BLAS must be loaded to be found
    from threadpoolctl import ThreadpoolController

    del scipy
    return ThreadpoolController()


def normal_scores(values: Sequence[float]) -> "Array":
    """Return for each value the place of its rank in a normal distribution.

    Only the order counts, so that a few trials that went wholly wrong (a learning rate of 0) don't hide the differences
    between the good ones: D. Salinas, H. Shen and V. Perrone, "A quantile-based approach for hyperparameter transfer
    learning", ICML 2020.
    """
    from scipy.stats import norm, rankdata

    scores: Array = norm.ppf((rankdata(values) - 0.5) / len(values))
    return scores


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
    return GaussianProcessRegressor(kernel, random_state=seed)
