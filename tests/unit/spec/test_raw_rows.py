"""`deploy.rows: raw`, and what it can't be together with."""

from typing import Any

import pytest

from yardmaster.spec.check_deploy import check_deploy
from yardmaster.spec.deploy import DeploySpec, ServerlessSpec
from yardmaster.spec.parse import SpecError, parse_spec

TEXT = b"algorithm: xgboost\ndata: {label: y}\ndeploy: {rows: raw}\n"


def test_raw_rows_may_be_asked_for() -> None:
    deploy = parse_spec(TEXT).deploy
    assert deploy is not None
    assert deploy.rows == "raw"


def test_other_words_are_refused() -> None:
    with pytest.raises(SpecError, match=r"deploy\.rows: parquet is not allowed; allowed: encoded or raw"):
        parse_spec(TEXT.replace(b"raw", b"parquet"))


@pytest.mark.parametrize("other", [{"serverless": ServerlessSpec()}, {"multi_model": True}])
def test_an_endpoint_with_room_for_one_container_takes_no_raw_rows(other: dict[str, Any]) -> None:
    other = {"canary": None, "endpoint": "shared", **other}
    [finding] = check_deploy(DeploySpec().model_copy(update={"rows": "raw", **other}))
    assert finding.path == ("deploy", "rows")
    assert list(other)[-1] in finding.fault
    assert not list(check_deploy(DeploySpec().model_copy(update=other)))


@pytest.mark.parametrize(
    ("algorithm", "words"),
    [("xgboost\ndata: {content_type: text/libsvm}", "text/libsvm"), ("object2vec", "application/jsonlines")],
)
def test_only_rows_that_yardmaster_encodes_can_be_raw(algorithm: str, words: str) -> None:
    with pytest.raises(SpecError, match=rf"deploy\.rows: raw can't be with {words}, which goes to the model as it is"):
        parse_spec(f"algorithm: {algorithm}\ndeploy: {{rows: raw}}\n".encode())
