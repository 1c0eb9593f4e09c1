"""AWS's scikit-learn image in script mode: its stand-in serves what an artifact brings, the encoder of rows for one."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local_aws.sagemaker.executors.base import HostingOutcome, HostingRequest, Invocation, ServedContainer
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.executors.sklearn_container.entry import train
from local_aws.sagemaker.executors.sklearn_container.serving import UserModel, load
from local_aws.sagemaker.store import MemoryObjectStore
from tests.unit.encoder.test_inference import SMALL
from tests.waiting import eventually
from yardmaster.encoder.archive import archive
from yardmaster.spec.encoder_image import encoder_image

ENCODER = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}


def test_the_encoders_artifact_is_served_and_refuses_in_words(
    executors: ProcessExecutors, store: MemoryObjectStore
) -> None:
    uri = "s3://b/encoder/model.tar.gz"
    store.write(uri, archive(SMALL.to_json().encode()))
    container = ServedContainer(encoder_image("us-east-1"), uri, ENCODER)
    executors.start_hosting(HostingRequest("encoder/v1/1", (container,)))
    [outcome] = eventually(executors.poll)
    assert outcome == HostingOutcome("encoder/v1/1", ready=True)

    def ask(body: bytes) -> tuple[int, bytes, str]:
        answer = executors.invoke("encoder/v1/1", Invocation(body, "text/csv", "application/json"))
        return answer.status, answer.body, answer.content_type

    assert ask(b"1,v\n2,u\n") == (200, b"1,0,1\n2,1,0", "text/csv; charset=utf-8")
    assert ask(b"secret,v\n")[:2] == (400, b"row 1, column 'a': not a finite decimal number (empty, if it is missing)")
    executors.stop_hosting("encoder/v1/1")


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], UserModel]:
    """Give a function that loads a script, each under a name of its own, since Python imports a name once."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def loaded(code: str) -> UserModel:
        name = f"script_{abs(hash(code))}"
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / f"{name}.py").write_text(f"def model_fn(model_dir):\n    return 2\n{code}")
        return load(tmp_path, {"SAGEMAKER_PROGRAM": f"{name}.py"}, batch=False)

    return loaded


TRANSFORM = "def transform_fn(model, body, content_type, accept):\n    return {}\n"


@pytest.mark.parametrize(
    ("answer", "status", "body", "content_type"),
    [
        ("(body + '!', 'text/csv')", 200, b"hello!", "text/csv; charset=utf-8"),
        ("body.upper()", 200, b"HELLO", "text/html; charset=utf-8"),
        ("{'accept': accept}", 200, b'{"accept":"text/x"}\n', "application/json"),
        ("None", 500, b"Internal Server Error", "text/html; charset=utf-8"),
        ("1 / 0", 500, b"Internal Server Error", "text/html; charset=utf-8"),
        (
            "lambda environ, start: (start('418 TEAPOT', [('Content-Type', 'text/x')]), [b'no'])[1]",
            418,
            b"no",
            "text/x",
        ),
    ],
)
def test_what_the_code_returns_is_what_flask_makes_of_it(
    loaded: Callable[[str], UserModel], answer: str, status: int, body: bytes, content_type: str
) -> None:
    found = loaded(TRANSFORM.format(answer)).respond(b"hello", "text/csv", "text/x")
    assert (found.status, found.body, found.content_type) == (status, body, content_type)


@pytest.mark.parametrize(
    ("content_type", "seen"), [("text/csv", "str"), ("text/csv; charset=utf-8", "bytes"), (None, "str")]
)
def test_only_the_plain_content_type_is_text(
    loaded: Callable[[str], UserModel], content_type: str | None, seen: str
) -> None:
    model = loaded(TRANSFORM.format("(type(body).__name__ + ' ' + accept, 'text/csv')"))
    assert model.respond(b"1", content_type, "*/*").body.decode() == f"{seen} application/json"


PARTS = "".join(f"def {name}_fn(value, other):\n    return value\n" for name in ("input", "predict", "output"))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (TRANSFORM.format("1") + PARTS, "Cannot use transform_fn"),
        (PARTS.replace("predict", "foretell"), "predict_fn is not available on local AWS"),
        ("del model_fn\n", "Please provide a model_fn"),
    ],
)
def test_code_that_can_not_serve_says_why(loaded: Callable[[str], UserModel], code: str, message: str) -> None:
    with pytest.raises((NotImplementedError, ValueError), match=message):
        loaded(code)


def test_without_a_script_there_is_nothing_to_serve(tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError, match="SAGEMAKER_PROGRAM"):
        load(tmp_path, {}, batch=False)


def test_it_trains_nothing_and_says_so(tmp_path: Path) -> None:
    assert train(tmp_path) == 2
    assert "not available for training" in (tmp_path / "output" / "failure").read_text()
