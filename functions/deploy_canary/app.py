"""Woken by a model package that was approved or rejected, by a registered release that is due, and by commands."""

import time
from typing import Any, assert_never

from yardmaster import events
from yardmaster.flows import deploy_canary
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Deploy an approved release when it is its turn."""
    yard = Yard.from_env(context.aws_request_id)
    match events.PACKAGE.validate_python(event):
        case events.ModelPackageChanged(detail=detail):
            result = deploy_canary.package_changed(yard, detail.arn, time.time)
        case events.ReleaseWoken(detail=detail):
            result = deploy_canary.run(yard, detail.release, time.time)
        case events.ReleaseCommand() as said:
            result = deploy_canary.command(yard, said.command(), time.time)
        case other:
            assert_never(other)
    return {"result": result}
