import json
import os
import re
import signal
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from local_aws.function_spec import FunctionSpec
from local_aws.server import LocalAws
from local_aws.worker_pool import CONCURRENCY
from tests.local_aws.house.support import Queue
from tests.waiting import eventually

MakeFunction = Callable[..., FunctionSpec]


def test_a_function_answers_in_a_process_of_its_own_with_the_templates_environment(
    local: LocalAws, make_function: MakeFunction
) -> None:
    spec = make_function(
        "mirror",
        """
import os, sys
def handler(event, context):
    return {"event": event, "pid": os.getpid(), "cwd": os.getcwd(), "table": os.environ["TABLE"],
            "endpoint": os.environ["AWS_ENDPOINT_URL"], "name": context.function_name,
            "memory": context.memory_limit_in_mb, "arn": context.invoked_function_arn,
            "left": context.get_remaining_time_in_millis(), "bootstrap": "local_aws" in sys.path[0]}
""",
        environment={"TABLE": "releases", "AWS_ENDPOINT_URL": ""},
        timeout=7,
        memory=256,
    )
    answer = local.functions.invoke("mirror", {"a": [1, None]}).payload
    assert answer["event"] == {"a": [1, None]}
    assert answer["pid"] != os.getpid()
    assert Path(answer["cwd"]) == spec.code_dir.resolve()
    assert (answer["table"], answer["endpoint"]) == ("releases", local.endpoint)
    assert (answer["name"], answer["memory"], answer["arn"]) == ("mirror", 256, spec.arn)
    assert 5000 < answer["left"] <= 7000
    assert not answer["bootstrap"]


def test_a_process_is_used_again_and_concurrent_calls_get_their_own(
    local: LocalAws, make_function: MakeFunction, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    make_function(
        "pids",
        f"""
import os, time
def handler(event, context):
    while event and not os.path.exists({str(gate)!r}):
        time.sleep(0.01)
    return os.getpid()
""",
        timeout=30,
    )
    first = local.functions.invoke("pids", None).payload
    assert local.functions.invoke("pids", None).payload == first
    with ThreadPoolExecutor(3) as threads:
        calls = [threads.submit(local.functions.invoke, "pids", "wait") for _ in range(3)]
        eventually(lambda: len(local.functions._functions["pids"].pool._busy) == 3)
        gate.touch()
        assert len({call.result().payload for call in calls}) == 3


def test_a_replaced_function_ends_its_calls_on_the_old_code_and_loses_none_that_wait(
    local: LocalAws, make_function: MakeFunction, tmp_path: Path
) -> None:
    gate, done = tmp_path / "gate", tmp_path / "done"
    done.mkdir()
    old = make_function(
        "versions",
        f"""
import os, time
def handler(event, context):
    while not os.path.exists({str(gate)!r}):
        time.sleep(0.01)
    open(os.path.join({str(done)!r}, f"old-{{event}}"), "w").close()
""",
        timeout=60,
    )
    for number in range(CONCURRENCY + 2):
        local.functions.invoke_async("versions", number)
    eventually(lambda: len(local.functions._functions["versions"].pool._busy) == CONCURRENCY)

    code = tmp_path / "new"
    code.mkdir()
    new = f"def handler(event, context):\n    open({str(done)!r} + f'/new-{{event}}', 'w').close()\n"
    (code / "app.py").write_text(new)
    local.functions.register(replace(old, code_dir=code))
    gate.touch()

    eventually(lambda: len(list(done.iterdir())) == CONCURRENCY + 2)
    names = sorted(path.name.split("-")[0] for path in done.iterdir())
    assert names == ["new"] * 2 + ["old"] * CONCURRENCY


def test_a_function_that_takes_too_long_is_killed_and_the_next_call_works(
    local: LocalAws, make_function: MakeFunction
) -> None:
    make_function(
        "slow",
        """
import time
def handler(event, context):
    time.sleep(60 if event else 0)
    return "done"
""",
        timeout=1,
    )
    outcome = local.functions.invoke("slow", "wait")
    assert outcome.error
    assert outcome.payload["errorType"] == "Sandbox.Timedout"
    assert outcome.payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert local.functions.invoke("slow", None).payload == "done"


def test_errors_look_as_lambdas_do(local: LocalAws, make_function: MakeFunction) -> None:
    make_function("raises", "def handler(event, context):\n    raise ValueError('no such model')\n")
    make_function("unimportable", "import nothing_of_this_name\n")
    make_function("handlerless", "")
    make_function("unmarshalable", "def handler(event, context):\n    return object()\n")
    make_function("exits", "import os\ndef handler(event, context):\n    os._exit(3)\n")
    payload = local.functions.invoke("raises", {}).payload
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "no such model")
    assert "app.py" in payload["stackTrace"][0]
    kinds = {name: local.functions.invoke(name, {}).payload["errorType"] for name in ("unimportable", "handlerless")}
    assert kinds == {"unimportable": "Runtime.ImportModuleError", "handlerless": "Runtime.HandlerNotFound"}
    assert local.functions.invoke("unmarshalable", {}).payload["errorType"] == "Runtime.MarshalError"
    exited = local.functions.invoke("exits", {}).payload
    assert exited["errorType"] == "Runtime.ExitError"
    assert exited["errorMessage"].endswith("Runtime exited with error: exit status 3")


def test_the_handlers_clock_is_the_virtual_one_and_timeouts_are_real(
    local: LocalAws, make_function: MakeFunction
) -> None:
    make_function(
        "clock",
        """
import time
def handler(event, context):
    before, real = time.time(), time.monotonic()
    time.sleep(0.2)
    return {"now": before, "ns": time.time_ns(), "factor": (time.time() - before) / (time.monotonic() - real)}
""",
    )
    before = local.clock.now()
    answer = local.functions.invoke("clock", None).payload
    assert before <= answer["now"] <= local.clock.now()
    assert answer["now"] <= answer["ns"] / 1e9 <= local.clock.now()
    assert 50 < answer["factor"] < 70


def test_an_async_event_is_tried_three_times_and_then_goes_to_the_on_failure_destination(
    local: LocalAws, make_function: MakeFunction, queue: Queue
) -> None:
    spec = make_function(
        "fails", "def handler(event, context):\n    raise KeyError('gone')\n", on_failure_arn=queue.arn
    )
    began = local.clock.now()
    request_id = local.functions.invoke_async("fails", {"drop": 1})
    message = eventually(queue.messages)[0]
    record = json.loads(message["Body"])
    context = record["requestContext"]
    assert context == {
        "requestId": request_id,
        "functionArn": f"{spec.arn}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == {"drop": 1}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record["responsePayload"]["errorType"] == "KeyError"
    assert local.clock.now() - began >= 180


def test_an_async_event_that_is_too_old_is_given_up(local: LocalAws, make_function: MakeFunction, queue: Queue) -> None:
    make_function(
        "ages", "def handler(event, context):\n    raise KeyError('gone')\n", on_failure_arn=queue.arn, max_age=90
    )
    local.functions.invoke_async("ages", {})
    record = json.loads(eventually(queue.messages)[0]["Body"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 2


def test_a_function_that_is_killed_in_the_middle_is_called_again(
    local: LocalAws, make_function: MakeFunction, tmp_path: Path, queue: Queue
) -> None:
    marker = tmp_path / "pid"
    make_function(
        "killed",
        f"""
import os, pathlib, time
def handler(event, context):
    marker = pathlib.Path({str(marker)!r})
    if not marker.exists():
        marker.write_text(str(os.getpid()))
        time.sleep(60)
    marker.with_suffix(".again").touch()
""",
        timeout=60,
        on_failure_arn=queue.arn,
    )
    local.functions.invoke_async("killed", {})
    pid = int(eventually(lambda: marker.exists() and marker.read_text()))
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: marker.with_suffix(".again").exists())
    assert queue.messages() == []


def test_boto3_invokes_functions_over_the_wire(local: LocalAws, make_function: MakeFunction, queue: Queue) -> None:
    spec = make_function(
        "wired",
        "def handler(event, context):\n    return {'got': event} if event else 1 / 0\n",
        retries=0,
        on_failure_arn=queue.arn,
    )
    client = local.client("lambda")
    answer = client.invoke(FunctionName="wired", Payload=b'{"n": 1}')
    assert (answer["StatusCode"], json.loads(answer["Payload"].read())) == (200, {"got": {"n": 1}})
    failed = client.invoke(FunctionName=spec.arn, Payload=b"null")
    assert failed["FunctionError"] == "Unhandled"
    assert json.loads(failed["Payload"].read())["errorType"] == "ZeroDivisionError"
    assert client.invoke(FunctionName="wired", InvocationType="Event", Payload=b"0")["StatusCode"] == 202
    assert json.loads(eventually(queue.messages)[0]["Body"])["requestContext"]["approximateInvokeCount"] == 1
    assert client.get_function_configuration(FunctionName="wired")["FunctionArn"] == spec.arn
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="Function not found"):
        client.invoke(FunctionName="nobody")


def test_a_functions_output_is_in_its_log(local: LocalAws, make_function: MakeFunction) -> None:
    make_function("talks", "def handler(event, context):\n    print('the model is', event)\n")
    local.functions.invoke("talks", "churn")
    log = (local.functions._logs / "talks.log").read_text()
    assert "the model is churn" in log
    assert "START RequestId" in log


LOGS_AND_FAILS = """
import logging

def handler(event, context):
    logging.getLogger("yard").info("the model is %s", event)
    logging.getLogger("yard").debug("not this")
    raise ValueError("no such model")
"""


def test_what_a_function_logs_is_json_from_its_level_on(local: LocalAws, make_function: MakeFunction) -> None:
    make_function("logs", LOGS_AND_FAILS, log_format="JSON", log_level="INFO")
    request_id = local.functions.invoke("logs", "churn").payload["requestId"]
    text = (local.functions._logs / "logs.log").read_text()
    said, failed, report = [json.loads(line) for line in text.splitlines()]
    assert said.pop("timestamp").endswith("Z")
    assert said == {"level": "INFO", "message": "the model is churn", "logger": "yard", "requestId": request_id}
    assert (failed["errorType"], failed["errorMessage"]) == ("ValueError", "no such model")
    assert "in handler" in failed["stackTrace"][-1]
    assert report["record"]["requestId"] == request_id


def test_a_function_logs_text_unless_told_otherwise(local: LocalAws, make_function: MakeFunction) -> None:
    make_function("logs_text", LOGS_AND_FAILS, log_level="INFO")
    request_id = local.functions.invoke("logs_text", "churn").payload["requestId"]
    text = (local.functions._logs / "logs_text.log").read_text()
    assert re.search(rf"^\[INFO\]\t\S+Z\t{request_id}\tthe model is churn$", text, re.MULTILINE)
    assert "ValueError: no such model" in text


def test_why_a_function_can_not_be_imported_is_in_its_log(local: LocalAws, make_function: MakeFunction) -> None:
    make_function("broken", "import nothing_of_this_name\n")
    local.functions.invoke("broken", "churn")
    assert "No module named 'nothing_of_this_name'" in (local.functions._logs / "broken.log").read_text()


def test_a_function_is_killed_after_the_call_that_was_named_and_before_it_hears_the_answer(
    local: LocalAws, make_function: MakeFunction, tmp_path: Path
) -> None:
    heard = tmp_path / "heard"
    make_function(
        "shifter",
        f"""
import os, pathlib, urllib.request
def handler(event, context):
    scope = "AWS4-HMAC-SHA256 Credential=local/20260304/us-east-1/sagemaker/aws4_request"
    headers = {{"Authorization": scope, "X-Amz-Target": "SageMaker." + event, "X-Amz-Date": "20260304T120000Z"}}
    urllib.request.urlopen(urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], b"{{}}", headers)).read()
    pathlib.Path({str(heard)!r}).write_text(event)
    return event
""",
        environment={"AWS_ENDPOINT_URL": ""},
    )
    order = f"{local.endpoint}/_local/kill?function=shifter&operation=UpdateEndpointWeightsAndCapacities"
    urllib.request.urlopen(order, timeout=10).close()  # noqa: S310 - our own address

    before = local.functions.invoke("shifter", "DescribeEndpoint")
    killed = local.functions.invoke("shifter", "UpdateEndpointWeightsAndCapacities")
    said = heard.read_text()
    after = local.functions.invoke("shifter", "UpdateEndpointWeightsAndCapacities")

    assert before.payload == "DescribeEndpoint"
    assert "signal: 9" in killed.payload["errorMessage"]
    assert said == "DescribeEndpoint"
    assert after.payload == "UpdateEndpointWeightsAndCapacities"
    with urllib.request.urlopen(f"{local.endpoint}/_local/kills", timeout=10) as answer:  # noqa: S310 - our own
        assert [kill["function"] for kill in json.load(answer)] == ["shifter"]
