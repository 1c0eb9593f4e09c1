"""Bayesian search against random search, on a table of trials: how good the best of 20 training jobs is.

    python -m benchmarks.tuning [--full]

Prints one JSON object; it has no goal. The trials are looked up in `tuning_table.json`, which `tuning_table.py` made:
between the points of its grid they are interpolated, so the objective is continuous, as the real one is. Three trials
run at a time, as in the talk's tuning job: when one ends, the next is proposed while two are open. Each seed is one
search by each strategy; the share of seeds that Bayesian search wins has Wilson's 95 % interval.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from local_aws.sagemaker.tuner.bayesian import Bayesian
from local_aws.sagemaker.tuner.random_search import RandomSearch
from local_aws.sagemaker.tuner.space import Continuous, Integer, Space
from local_aws.sagemaker.tuner.trials import Strategy, Trial

TABLE = Path(__file__).with_name("tuning_table.json")
SEEDS = {False: 20, True: 200}
"""How many searches by each strategy, in the quick and in the full form."""
PROCESSES = 2
JOBS, PARALLEL = 20, 3
SPACE = Space(
    (
        Continuous("eta", 0, 1),
        Integer("min_child_weight", 1, 10),
        Continuous("alpha", 0, 2),
        Integer("max_depth", 1, 10),
    )
)
"""The talk's four ranges."""
AT = (5, 10, 15, 20)
"""After so many training jobs the best is reported."""
Objective = Callable[[Mapping[str, str]], float]


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--full", action="store_true", help=f"{SEEDS[True]} seeds instead of {SEEDS[False]}")
    seeds = SEEDS[parser.parse_args().full]
    objective, most = load()
    began = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES) as pool:
        bayesian = list(pool.map(_bayesian, range(seeds)))
    seconds = (time.perf_counter() - began) * PROCESSES
    random = [best_so_far(RandomSearch(SPACE, seed), objective) for seed in range(seeds)]
    print(json.dumps(report(bayesian, random, most, seconds), indent=1))


def _bayesian(seed: int) -> list[float]:
    return best_so_far(Bayesian(SPACE, seed), load()[0])


def load() -> tuple[Objective, float]:
    """Return the objective as a function of the hyperparameters, and its largest value in the table."""
    table = json.loads(TABLE.read_text())
    names = list(table["grid"])
    values = np.array(table["auc"]).reshape([len(steps) for steps in table["grid"].values()])
    interpolated = RegularGridInterpolator(tuple(table["grid"].values()), values)

    def objective(point: Mapping[str, str]) -> float:
        return float(interpolated([[float(point[name]) for name in names]])[0])

    return objective, float(values.max())


def best_so_far(strategy: Strategy, objective: Objective) -> list[float]:
    """Search, and return the best objective after each training job that ended."""
    trials: list[Trial] = []
    best: list[float] = []
    for number in range(JOBS):
        if number >= PARALLEL:
            trials[number - PARALLEL] = _ended(trials[number - PARALLEL], objective)
        trials.append(Trial(number, strategy.propose(trials) or {}, running=True))
    trials = [_ended(trial, objective) for trial in trials]
    for trial in trials:
        best.append(max([trial.score or 0.0, *best[-1:]]))
    return best


def _ended(trial: Trial, objective: Objective) -> Trial:
    return Trial(trial.number, trial.point, score=objective(trial.point), completed=True)


def report(bayesian: list[list[float]], random: list[list[float]], most: float, seconds: float) -> dict[str, Any]:
    """Return what is printed."""
    pairs = [(ours[-1], theirs[-1]) for ours, theirs in zip(bayesian, random, strict=True)]
    wins = sum(ours > theirs for ours, theirs in pairs)
    low, high = wilson(wins, len(pairs))
    level = median(theirs[-1] for theirs in random)
    reached = [next((at for at, best in enumerate(one, 1) if best >= level), JOBS) for one in bayesian]
    return {
        "goals": [],
        "notes": [
            f"after {JOBS} training jobs, {PARALLEL} at a time, Bayesian search was better than random search with "
            f"{wins} of {len(pairs)} seeds ({100 * wins / len(pairs):.0f} %, 95 % interval {100 * low:.0f}-"
            f"{100 * high:.0f} %); random search's median after {JOBS} it had after {median(reached):g} (median)"
        ],
        "seeds": len(pairs),
        "share_won": {"share": wins / len(pairs), "low": low, "high": high},
        "best_of_the_table": most,
        "mean_regret": {
            name: {str(at): round(most - fmean(one[at - 1] for one in curves), 5) for at in AT}
            for name, curves in (("Bayesian", bayesian), ("Random", random))
        },
        "jobs_until_median_of_random": median(reached),
        "seconds_per_search": round(seconds / len(pairs), 3),
    }


def wilson(wins: int, tries: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's interval of a share."""
    share = wins / tries
    middle = (share + z**2 / (2 * tries)) / (1 + z**2 / tries)
    half = z / (1 + z**2 / tries) * math.sqrt(share * (1 - share) / tries + z**2 / (4 * tries**2))
    return middle - half, middle + half


if __name__ == "__main__":
    main()
