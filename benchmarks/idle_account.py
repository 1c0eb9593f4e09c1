"""An account with thousands of endpoints, as botocore's own clients see it: requests are made, answers are parsed.

Nothing goes over a socket: what a client is about to send is answered where it would be sent. So a call costs the
processor what it costs on AWS, but for the network; what the answers cost to write is not counted.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.session import Session

from yardmaster.aws import rows
from yardmaster.records import Endpoint, Model
from yardmaster.rules import idle
from yardmaster.rules.prices import Prices

REGION = "us-east-1"
STACK = "yardmaster"
PAGE = 1_000_000
"""Bytes of rows that one Query reads."""
PARTS = 100
"""How many endpoints ListEndpoints gives at once."""
Params = Mapping[str, Any]
_HEADERS: Any = {"content-type": "application/x-amz-json-1.1"}


class _Raw:
    """A body that can be read once, as urllib3 has it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Yield all of it."""
        yield self._body

    def read(self, amount: int | None = None, **_: Any) -> bytes:
        """Return all of it, once: what is streamed is read at one go."""
        body, self._body = self._body, b""
        return body


class Wire:
    """Makes clients whose requests are answered here, and counts them by service and operation."""

    def __init__(self, answer: Callable[[str, Params], Any], session: Session | None = None) -> None:
        """Take what knows the answer to an operation (`sagemaker:ListEndpoints`) with parameters, and who asks."""
        self.calls: Counter[str] = Counter()
        self.answering = 0.0
        """Seconds of the processor that the answers took to be written."""
        self._answer = answer
        self._session = session or Session()
        self._session.set_credentials("here", "here")
        self._made: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Return a client of botocore, the same for the same service."""
        if service not in self._made:
            self._made[service] = self._make(service)
        return self._made[service]

    def _make(self, service: str) -> Any:
        made = self._session.create_client(service, REGION, config=Config(retries={"mode": "standard"}))
        asked: dict[str, Any] = {}

        def note(params: Params, model: Any, **_: Any) -> None:
            asked["params"], asked["name"] = params, model.name

        def send(request: Any, **_: Any) -> Any:
            began = time.process_time()
            self.calls[f"{service} {asked['name']}"] += 1
            answer = self._answer(f"{service}:{asked['name']}", asked["params"])
            body = answer if isinstance(answer, bytes) else json.dumps(answer, default=datetime.timestamp).encode()
            self.answering += time.process_time() - began
            return AWSResponse(request.url, 200, _HEADERS, _Raw(body))

        made.meta.events.register("provide-client-params.*", note)
        made.meta.events.register("before-send.*", send)
        return made

    def of(self, *services: str) -> int:
        """Return how many calls these services got."""
        return sum(count for name, count in self.calls.items() if name.split()[0] in services)


@dataclass
class Account:
    """So many endpoints of one stack, all opted in; what is not said otherwise answers requests all the time.

    Attributes:
        count: How many.
        now: The time.
        idle, held, stopped, new, failing, unmeasured, unknown: How many of these there are, in this order: idle for
            days; held by a release; stopped; just made; not InService; without any metrics; of a newer Yardmaster.
    """

    count: int
    now: float
    idle: int = 0
    held: int = 0
    stopped: int = 0
    new: int = 0
    failing: int = 0
    unmeasured: int = 0
    unknown: int = 0
    table: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Say what each is, and write the table."""
        kinds = ("idle", "held", "stopped", "new", "failing", "unmeasured", "unknown")
        listed = [kind for kind in kinds for _ in range(getattr(self, kind))]
        names = [f"model-{number:05d}" for number in range(self.count)]
        # Spread over all, since what is first in a list must not be all of a kind.
        spread = [names[(number * 7919) % self.count] for number in range(self.count)]
        self.kind = dict.fromkeys(names, "busy") | dict(zip(spread, listed, strict=False))
        for name, kind in self.kind.items():
            says = {"endpoint": name, "stop_after": 7200, "hours": [], "start": "on_release"}
            self.put(rows.model_item(Model(name, "salt", idle=says, in_service="aaaaaaaa")))
            row = Endpoint(
                name,
                name,
                weights={f"release-{number}": 100.0 for number in range(1)},
                in_service="aaaaaaaa",
                holder="bbbbbbbb" if kind == "held" else None,
                state="stopped" if kind == "stopped" else "",
                schema=99 if kind == "unknown" else 1,
            )
            self.put(rows.endpoint_item(row))
        self.listed = [name for name, kind in self.kind.items() if kind != "stopped"]

    def put(self, item: dict[str, Any]) -> None:
        """Write a row of the table."""
        self.table.setdefault(item["pk"]["S"], {})[item["sk"]["S"]] = item

    def answer(self, operation: str, params: Params) -> Any:
        """Answer one call as AWS would; S3's with the bytes of an object."""
        return getattr(self, f"_{operation.partition(':')[2]}")(params)

    # --- DynamoDB, EventBridge -------------------------------------------------------------------------------------

    def _Query(self, params: Params) -> Any:  # noqa: N802 - the operation's name
        if "IndexName" in params:
            return {"Items": [], "Count": 0}
        found = self.table.get(params["ExpressionAttributeValues"][":pk"]["S"], {})
        first = params.get("ExclusiveStartKey", {}).get("sk", {}).get("S", "")
        items, size = [], 0
        for name in sorted(name for name in found if name > first):
            row = found[name]
            items.append({"sk": row["sk"], "body": row["body"]} if params.get("ProjectionExpression") else row)
            size += len(found[name]["body"]["S"])
            if size > PAGE:
                return {"Items": items, "Count": len(items), "LastEvaluatedKey": rows.key(found[name])}
        return {"Items": items, "Count": len(items)}

    def _GetItem(self, params: Params) -> Any:  # noqa: N802
        key = params["Key"]
        item = self.table.get(key["pk"]["S"], {}).get(key["sk"]["S"])
        return {"Item": item} if item else {}

    def _TransactWriteItems(self, params: Params) -> Any:  # noqa: N802
        for one in params["TransactItems"]:
            self.put(one["Put"]["Item"])
        return {}

    def _PutItem(self, params: Params) -> Any:  # noqa: N802
        self.put(params["Item"])
        return {}

    def _PutEvents(self, params: Params) -> Any:  # noqa: N802
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in params["Entries"]]}

    def _PutObject(self, params: Params) -> bytes:  # noqa: N802
        return b""

    def _GetObject(self, params: Params) -> bytes:  # noqa: N802
        return Prices("2026-11-30", REGION, "USD", "here", {"hosting": {"ml.m5.large": 0.115}}).to_json().encode()

    # --- SageMaker, Application Auto Scaling -----------------------------------------------------------------------

    def _ListEndpoints(self, params: Params) -> Any:  # noqa: N802
        start, size = int(params.get("NextToken", 0)), params.get("MaxResults", 10)
        part = self.listed[start : start + size]
        more = {"NextToken": str(start + size)} if start + size < len(self.listed) else {}
        return {"Endpoints": [self._summary(name) for name in part], **more}

    def _summary(self, name: str) -> dict[str, Any]:
        made = self.now - (600 if self.kind[name] == "new" else 30 * 86400)
        return {
            "EndpointName": name,
            "EndpointArn": f"arn:aws:sagemaker:{REGION}:123456789012:endpoint/{name}",
            "CreationTime": made,
            "LastModifiedTime": made,
            "EndpointStatus": "Failed" if self.kind[name] == "failing" else "InService",
        }

    def _DescribeEndpoint(self, params: Params) -> Any:  # noqa: N802
        variant = {"VariantName": "release-0", "CurrentWeight": 100.0, "CurrentInstanceCount": 1}
        image = {"SpecifiedImage": "image", "ResolvedImage": "image@sha256:0", "ResolutionTime": self.now}
        variant |= {"DesiredWeight": 100.0, "DesiredInstanceCount": 1, "DeployedImages": [image]}
        name = params["EndpointName"]
        return {**self._summary(name), "EndpointConfigName": f"ym-{name}-alone", "ProductionVariants": [variant]}

    def _DescribeEndpointConfig(self, params: Params) -> Any:  # noqa: N802
        variant = {"VariantName": "release-0", "ModelName": "m", "InstanceType": "ml.m5.large"}
        name = params["EndpointConfigName"]
        return {
            "EndpointConfigName": name,
            "EndpointConfigArn": f"arn:aws:sagemaker:{REGION}:123456789012:endpoint-config/{name}",
            "ProductionVariants": [{**variant, "InitialInstanceCount": 1}],
            "CreationTime": self.now,
        }

    def _ListTags(self, params: Params) -> Any:  # noqa: N802
        return {"Tags": [{"Key": "yardmaster", "Value": STACK}]}

    def _DeleteEndpoint(self, params: Params) -> Any:  # noqa: N802
        self.deleted.append(params["EndpointName"])
        return {}

    def _DescribeScalableTargets(self, params: Params) -> Any:  # noqa: N802
        return {"ScalableTargets": []}

    # --- CloudWatch ------------------------------------------------------------------------------------------------

    def _GetMetricData(self, params: Params) -> Any:  # noqa: N802
        start, end = params["StartTime"].timestamp(), min(params["EndTime"].timestamp(), self.now - idle.LATE)
        return {"MetricDataResults": [self._result(query, start, end) for query in params["MetricDataQueries"]]}

    def _result(self, query: Params, start: float, end: float) -> dict[str, Any]:
        asked = query["MetricStat"]
        times = list(range(int(start), int(end), asked["Period"]))
        name, metric = asked["Metric"]["Dimensions"][0]["Value"], asked["Metric"]["MetricName"]
        values = self._values(name, metric, len(times))
        return {
            "Id": query["Id"],
            "Label": f"{name} {metric}",
            "Timestamps": times[: len(values)],
            "Values": values,
            "StatusCode": "Complete",
        }

    def _values(self, name: str, metric: str, count: int) -> list[float]:
        """Half of those without requests report zeros, the other half nothing: both are seen in practice."""
        kind = self.kind[name]
        if kind == "unmeasured":
            return []
        if metric == "MemoryUtilization":
            return [12.5] * count
        if kind in {"busy", "held"}:
            return [float(1 + int(name[-2:])) for _ in range(count)]
        return [0.0] * count if int(name[-1]) % 2 else []

    def _GetMetricStatistics(self, params: Params) -> Any:  # noqa: N802
        start, end = params["StartTime"].timestamp(), params["EndTime"].timestamp()
        times = list(range(int(start), int(end), params["Period"]))
        values = self._values(params["Dimensions"][0]["Value"], params["MetricName"], len(times))
        points = [{"Timestamp": at, "Sum": value, "Unit": "None"} for at, value in zip(times, values, strict=False)]
        return {"Label": params["MetricName"], "Datapoints": points}
