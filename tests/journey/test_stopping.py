"""Ctrl-C ends local AWS and everything that it started."""

from pathlib import Path

from tests.journey import files
from tests.journey.conftest import descendants, is_running, needs_proc, stop
from tests.journey.yard import start


@needs_proc
def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    process, yard = start(tmp_path)
    yard.put("churn/spec.yaml", "algorithm: xgboost\ndata: {label: churned, id: customer_id}\n")
    yard.put("churn/data/jan.csv", files.churn(1, 20_000))
    yard.wait(lambda: (found := yard.release("churn", 1)) and found["stage"] == "training")
    below = descendants(process.pid)

    code = stop(process)

    assert code == 0
    assert len(below) > 3
    assert [one for one in below if is_running(one)] == []
