import json

import pytest

from benchmarks.tuning import JOBS, SPACE, TABLE, best_so_far, load, report, wilson
from local_aws.sagemaker.tuner.random_search import RandomSearch


def test_a_point_of_the_tables_grid_has_the_tables_value() -> None:
    table = json.loads(TABLE.read_text())
    objective, most = load()
    first = {name: str(steps[0]) for name, steps in table["grid"].items()}
    last = {name: str(steps[-1]) for name, steps in table["grid"].items()}
    assert objective(first) == pytest.approx(table["auc"][0])
    assert objective(last) == pytest.approx(table["auc"][-1])
    assert most == max(table["auc"])


def test_the_best_so_far_never_falls_and_has_a_value_for_each_job() -> None:
    curve = best_so_far(RandomSearch(SPACE, 1), load()[0])
    assert len(curve) == JOBS
    assert curve == sorted(curve)


@pytest.mark.parametrize(("wins", "low", "high"), [(0, 0.0, 0.2775), (5, 0.2366, 0.7634), (10, 0.7225, 1.0)])
def test_wilsons_interval_is_that_of_the_textbooks(wins: int, low: float, high: float) -> None:
    assert wilson(wins, 10) == pytest.approx((low, high), abs=1e-4)


def test_the_report_counts_the_seeds_that_were_won() -> None:
    better, worse = [0.7] * JOBS, [0.6] * JOBS
    told = report([better, better, worse], [worse, worse, better], 0.8, 3.0)
    assert told["share_won"]["share"] == pytest.approx(2 / 3)
    assert told["mean_regret"]["Bayesian"]["20"] == pytest.approx(0.8 - 2.0 / 3, abs=1e-5)
    assert told["seconds_per_search"] == 1.0
