"""Local AWS as a whole: builds the parts, starts them in order, deploys a template, and stops without a trace."""

import contextlib
import ctypes
import functools
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from moto.core.config import default_user_config
from moto.iam.models import iam_backends
from moto.moto_api._internal.models import moto_api_backend

from local_aws import containers, event_rules, moto_clock, service_quotas, tagging
from local_aws.autoscaling import Autoscaling
from local_aws.bus import Bus
from local_aws.clock import Clock
from local_aws.cloudwatch import CloudWatch
from local_aws.engine import MakeEngine, Parts
from local_aws.envelopes import ACCOUNT, REGION
from local_aws.faults import Faults
from local_aws.front import LOOPBACK, Front, HttpServer, service_of_request
from local_aws.functions import FunctionHost
from local_aws.iam.access import Access
from local_aws.iam.account import AccountFacts
from local_aws.lambda_api import LambdaApi
from local_aws.local_api import LocalApi
from local_aws.metering import metered
from local_aws.s3_events import S3Events
from local_aws.sagemaker.executors.own_images import NO_IMAGES, OwnImages
from local_aws.schedules import Schedules
from local_aws.seams import Seams
from local_aws.wsgi import App

if TYPE_CHECKING:
    from local_aws.template.deployment import Deployment

log = logging.getLogger(__name__)

TICK = 0.05
"""Real seconds between two looks at the simulator and the schedules."""
_M_MMAP_THRESHOLD = -3
"""glibc's number for it, from malloc.h."""
_BUFFER = "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"
"""Above this size moto keeps an S3 object in a temporary file."""


class LocalAws:
    """One local AWS. Only one per process: moto's state is global."""

    def __init__(
        self,
        folder: Path,
        make_engine: MakeEngine,
        *,
        port: int = 0,
        minute: float = 60.0,
        also_on: str | None = None,
        images: OwnImages = NO_IMAGES,
    ) -> None:
        """Build the parts and bind the port; nothing runs yet.

        Args:
            folder: Where logs and the jobs' files go.
            make_engine: Makes what is SageMaker here (`engine.sagemaker_engine`; tests of the house have a stub).
            port: On the loopback interface; 0 for any free one.
            minute: Real seconds that a virtual minute takes.
            also_on: Another address of this machine on which the port answers: containers can't reach the loopback.
            images: The programs that stand for containers of one's own.

        Raises:
            PortTakenError: Another program listens on the port.
            SeamError: moto is not as local AWS knows it.
        """
        os.environ.setdefault(_BUFFER, str(1 << 20))
        _give_memory_back()
        moto_api_backend.reset()
        self.clock = Clock(minute)
        self.functions = FunctionHost(self.clock, folder / "logs")
        self.bus = Bus(self.clock, self.functions)
        self.cloudwatch = CloudWatch(self.clock)
        self.outputs: dict[str, str] | None = None
        self._deployment: Deployment | None = None
        self._schedules = Schedules(self.bus, self.clock)
        self._seams = Seams()
        self._stopping = threading.Event()
        self._ticker = threading.Thread(target=self._tick_until_stopped, name="ticker", daemon=True)
        self._server = HttpServer(self._answer, port, also_on)
        self.endpoint = f"http://{LOOPBACK}:{self._server.port}"
        self.endpoint_for_containers = f"http://{also_on or containers.DESKTOP}:{self._server.port}"
        self._clients = _client_maker(self.endpoint)
        self._autoscaling = Autoscaling(self.clock, self.cloudwatch.metrics, self.client)
        facts = AccountFacts(lambda arn: self._engine.tags_of(arn), lambda arn: self._engine.key_of(arn))
        self.access = Access(facts, self.functions.callers_of)
        self.bus.permit = self.access.check_delivery
        try:
            self._engine = make_engine(
                Parts(
                    self.clock,
                    self.bus.publish,
                    self.cloudwatch.put,
                    self.client,
                    folder / "jobs",
                    self.access.jobs,
                    self._autoscaling,
                    images,
                )
            )
            self._front = self._all_apps()
        except BaseException:
            # Its threads, which wait already, would keep the process from ending.
            self._server.stop()
            raise

    def client(self, service: str) -> Any:
        """Return a boto3 client for a service of this local AWS, whatever the developer's own configuration."""
        return self._clients(service)

    def start(self) -> None:
        """Answer requests, deliver events, fire schedules."""
        self._install()
        self.functions.connect(self.endpoint, self.bus.targets.send, self.access, self.cloudwatch.put)
        self._server.start()
        self._ticker.start()

    def deploy(self, template: Path, stack: str, parameters: dict[str, str], *, asleep: bool = False) -> dict[str, str]:
        """Deploy a template and return its outputs; from then on health answers 200.

        Args:
            template: The SAM template.
            stack: The stack's name.
            parameters: Values of the template's parameters, by name.
            asleep: No rule wakes a function: only who invokes it does.

        Raises:
            TemplateError: Something in the template is wrong, or unknown to local AWS.
        """
        from local_aws.template.deployment import Deployment

        _load_managed_policies()
        self._deployment = Deployment(stack, self.client, self.functions)
        # Rules are made before the functions are known here, and on AWS no rule comes before its function.
        with self._schedules.held():
            outputs = self._deployment.create(template, parameters)
            if asleep:
                self._disable_rules()
            else:
                self.functions.warm_up()
        self.outputs = outputs
        return outputs

    def update(self, template: Path, parameters: dict[str, str]) -> dict[str, str]:
        """Change the deployed stack in place, releases and all; return its outputs.

        Raises:
            TemplateError: There is no stack, or the template is wrong, or needs more than a change in place. The stack
                is as it was.
        """
        from local_aws.template.errors import TemplateError

        if self._deployment is None:
            raise TemplateError("there is no stack to update: deploy it first")
        self.outputs = self._deployment.update(template, parameters)
        return self.outputs

    def stop(self) -> None:
        """End everything that was started: jobs, functions, threads, the port."""
        self._stopping.set()
        if self._ticker.is_alive():
            self._ticker.join(timeout=5)
        self.functions.close()
        self.bus.close()
        self._engine.close()
        self._server.stop()
        self._seams.restore()
        self.access.write_ledger()
        moto_api_backend.reset()

    def __enter__(self) -> "LocalAws":
        """Start."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _all_apps(self) -> App:
        usage = self.functions.usage
        faults = Faults(self.clock, self.functions)
        by_hand = (self._engine.put_in_status, self._engine.trade, self._engine.provoke)
        local = LocalApi(lambda: self.outputs, usage.as_json, self.access, self.functions, faults, *by_hand)
        front = Front(self.clock, self.access.gate, self._engine.app, LambdaApi(self.functions), local, faults)
        return metered(front, usage, service_of_request, self.access.gate.name_of)

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return self._front(environ, start_response)

    def _install(self) -> None:
        moto_clock.install(self._seams, self.clock)
        event_rules.install(self._seams, self.bus)
        self.access.gate.install(self._seams)
        S3Events(self.bus, self.clock).install(self._seams)
        self._schedules.install(self._seams)
        self.cloudwatch.install(self._seams)
        self._autoscaling.install(self._seams)
        tagging.install(self._seams, self._engine.tagged)
        service_quotas.install(self._seams, self._engine.quotas)

    def _disable_rules(self) -> None:
        events = self.client("events")
        for page in events.get_paginator("list_rules").paginate():
            for rule in page["Rules"]:
                events.disable_rule(Name=rule["Name"])

    def _tick_until_stopped(self) -> None:
        while not self._stopping.wait(TICK):
            for step in (self._engine.tick, self._schedules.tick, self._autoscaling.tick):
                try:
                    step()
                except Exception:
                    log.exception("a tick failed; the next one goes on")


def _give_memory_back() -> None:
    """Let glibc return large blocks at once: two uploads of 100 MB left 256 MB behind, and 685 MB without this."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 20)


def _load_managed_policies() -> None:
    """Load AWS's own IAM policies, to which a template's roles refer; it takes moto half a second."""
    backend = iam_backends[ACCOUNT]["aws"]  # made before the switch, else it would load them twice
    default_user_config["iam"]["load_aws_managed_policies"] = True
    try:
        backend.reset()
    finally:
        default_user_config["iam"]["load_aws_managed_policies"] = False


def _client_maker(endpoint: str) -> Callable[[str], Any]:
    """Return what makes each service's client once: they are dear, and may be shared by threads."""
    session: Any = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION)  # noqa: S106
    config = Config(retries={"max_attempts": 3, "mode": "standard"}, max_pool_connections=50)
    lock = threading.Lock()

    @functools.cache
    def made(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint, config=config)

    def client(service: str) -> Any:
        with lock:
            return made(service)

    return client
