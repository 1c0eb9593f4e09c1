"""Makes `tuning_table.json`: the validation AUC of XGBoost over a grid of the talk's four hyperparameters.

    python -m benchmarks.tuning_table bank-marketing.csv

The data is UCI's Bank Marketing (S. Moro, P. Cortez, P. Rita, 2014; CC BY 4.0), with its categories as numbers, a
header and the label last; `duration` and the economic indicators are left out, as in AWS's own tuning example. It takes
some ten minutes. Only the table is in the repository, not the data.
"""

import argparse
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

TABLE = Path(__file__).with_name("tuning_table.json")
GRID: dict[str, list[float]] = {
    "eta": [round(0.05 * step, 2) for step in range(21)],
    "min_child_weight": [1, 2, 4, 7, 10],
    "alpha": [0, 0.5, 1, 2],
    "max_depth": list(range(1, 11)),
}
LEFT_OUT = {"duration", "emp_var_rate", "cons_price_idx", "cons_conf_idx", "euribor3m", "nr_employed"}
ROUNDS = 30
ROWS = 10_000
"""Rows to train with; as many validate."""


def main() -> None:
    """Train at each point of the grid, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("csv", type=Path)
    train, validation = _data(parser.parse_args().csv)
    values = [round(_auc(train, validation, point), 5) for point in itertools.product(*GRID.values())]
    TABLE.write_text(json.dumps({"grid": GRID, "rounds": ROUNDS, "rows": ROWS, "auc": values}) + "\n")


def _data(path: Path) -> tuple[xgb.DMatrix, xgb.DMatrix]:
    names = path.read_text().partition("\n")[0].split(",")
    rows = np.genfromtxt(path, delimiter=",", skip_header=1)
    rows = rows[np.random.default_rng(0).permutation(len(rows))]
    kept = [at for at, name in enumerate(names[:-1]) if name not in LEFT_OUT]
    parts = rows[:ROWS], rows[ROWS : 2 * ROWS]
    train, validation = (xgb.DMatrix(part[:, kept], part[:, -1], nthread=1) for part in parts)
    return train, validation


def _auc(train: xgb.DMatrix, validation: xgb.DMatrix, point: tuple[float, ...]) -> float:
    eta, weight, alpha, depth = point
    parameters: dict[str, Any] = {"eta": eta, "min_child_weight": weight, "alpha": alpha, "max_depth": int(depth)}
    common = {"objective": "binary:logistic", "eval_metric": "auc", "tree_method": "hist", "nthread": 1, "seed": 0}
    told: dict[str, Any] = {}
    evaluated = [(validation, "validation")]
    xgb.train(common | parameters, train, ROUNDS, evals=evaluated, evals_result=told, verbose_eval=False)
    return float(told["validation"]["auc"][-1])


if __name__ == "__main__":
    main()
