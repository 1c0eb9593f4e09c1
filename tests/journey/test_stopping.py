"""Ctrl-C ends local AWS and everything that it started."""

from pathlib import Path

from tests.journey import files
from tests.journey.conftest import descendants, is_running, needs_proc, stop
from tests.journey.yard import PATIENCE, start


@needs_proc
def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    process, yard = start(tmp_path)
    yard.put("churn/spec.yaml", "algorithm: xgboost\ndata: {label: churned, id: customer_id}\n")
    yard.put("churn/data/jan.csv", files.churn(1))
    # Functions, a container that serves, and a job that runs: all kinds of processes.
    yard.live("churn", 1)
    yard.put("churn/data/feb.csv", files.churn(2, 50_000))
    yard.wait(lambda: (found := yard.release("churn", 2)) and found["stage"] == "training", PATIENCE)
    below = descendants(process.pid)

    code = stop(process)

    assert code == 0
    assert len(below) > 3
    assert [one for one in below if is_running(one)] == []
