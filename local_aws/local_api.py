"""What is not AWS on the port: `/_local/health`, `releases`, `usage`, `rights` and `credentials?function=<name>`.

`kill?function=<name>&operation=<call>` ends a function with `kill -9` right after its next such call; `kills` tells
whom that met.

`POST /_local/endpoints/<name>?status=SystemUpdating&seconds=120` puts an endpoint into a status, as AWS does when
something goes wrong there; `seconds` on the virtual clock later it is InService again, without them it stays so.

`POST /_local/training-jobs/<name>/interrupt?seconds=300` takes the spot capacity of a training job back, and gives it
some again so much later on the virtual clock, without `seconds` never. `POST /_local/training-jobs/<name>/fail` and
`transform-jobs/<name>/fail` end a job with `reason=…`, by default for want of instances (`CapacityError: …`).

`POST /_local/marketplace/offer?arn=<ARN>` lets a seller offer a copy of an algorithm or model package of the account
in AWS Marketplace; the answer has the copy's ARN, for `subscribe?arn=<ARN>` and `unsubscribe`.

The credentials are those with which a function calls, for who runs it elsewhere under its own role.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from moto.dynamodb.models import dynamodb_backends

from local_aws.envelopes import ACCOUNT, REGION
from local_aws.faults import Faults
from local_aws.functions import FunctionHost
from local_aws.iam.access import Access
from local_aws.sagemaker.errors import AwsError
from local_aws.wsgi import Environ, StartResponse, answer_json


class LocalApi:
    """A WSGI application for the paths below `/_local/`."""

    def __init__(
        self,
        outputs: Callable[[], dict[str, str] | None],
        usage: Callable[[], dict[str, Any]],
        access: Access,
        functions: FunctionHost,
        faults: Faults,
        put_in_status: Callable[[str, str, str, float | None], None],
        trade: Callable[[str, str], str],
        provoke: Callable[[str, str, str, str, float | None], None],
    ) -> None:
        """Take what gives the stack's outputs, None as long as local AWS is not ready, and what else it tells of."""
        self._outputs = outputs
        self._usage = usage
        self._access = access
        self._functions = functions
        self._faults = faults
        self._put_in_status = put_in_status
        self._trade = trade
        self._provoke = provoke

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        outputs = self._outputs()
        if path == "/_local/health":
            if outputs is None:
                return answer_json(start_response, 503, {"status": "starting"})
            return answer_json(start_response, 200, outputs)
        if path == "/_local/releases":
            return answer_json(start_response, 200, releases())
        if path == "/_local/usage":
            return answer_json(start_response, 200, self._usage())
        if path == "/_local/rights":
            return answer_json(start_response, 200, self._access.ledger.as_json())
        if path == "/_local/credentials":
            return self._credentials(environ, start_response)
        if path == "/_local/kill":
            return self._kill(environ, start_response)
        if path == "/_local/kills":
            return answer_json(start_response, 200, self._faults.happened())
        if environ["REQUEST_METHOD"] == "POST":
            return self._posted(path, environ, start_response)
        return self._nowhere(path, start_response)

    def _posted(self, path: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if path.startswith("/_local/endpoints/"):
            return self._drill(path.removeprefix("/_local/endpoints/"), environ, start_response)
        if path.startswith("/_local/marketplace/"):
            return self._deal(path.removeprefix("/_local/marketplace/"), environ, start_response)
        if path.startswith(("/_local/training-jobs/", "/_local/transform-jobs/")):
            return self._happen(path.removeprefix("/_local/"), environ, start_response)
        return self._nowhere(path, start_response)

    def _nowhere(self, path: str, start_response: StartResponse) -> Iterable[bytes]:
        known = "/_local/health, releases, usage, rights, credentials, kill and kills"
        return answer_json(start_response, 404, {"message": f"{path}: there are {known}"})

    def _kill(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        asked = parse_qs(environ.get("QUERY_STRING", ""))
        name, operation = (asked.get(key, [""])[0] for key in ("function", "operation"))
        try:
            self._faults.order(name, operation)
        except KeyError:
            return self._no_function(name, start_response)
        return answer_json(start_response, 200, {"function": name, "operation": operation})

    def _drill(self, endpoint: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        asked = _asked(environ)
        try:
            self._put_in_status(endpoint, asked.get("status", ""), asked.get("reason", ""), _seconds(asked))
        except (AwsError, ValueError) as error:
            return answer_json(start_response, 400, {"message": str(error)})
        return answer_json(start_response, 200, {"endpoint": endpoint, "status": asked["status"]})

    def _happen(self, path: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        kind, _, rest = path.partition("/")
        name, _, what = rest.partition("/")
        asked = _asked(environ)
        try:
            self._provoke(kind, name, what, asked.get("reason", ""), _seconds(asked))
        except (AwsError, ValueError) as error:
            return answer_json(start_response, 400, {"message": str(error)})
        return answer_json(start_response, 200, {"job": name, "happened": what})

    def _deal(self, deal: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        arn = parse_qs(environ.get("QUERY_STRING", "")).get("arn", [""])[0]
        try:
            return answer_json(start_response, 200, {"arn": self._trade(deal, arn)})
        except (AwsError, ValueError) as error:
            return answer_json(start_response, 400, {"message": str(error)})

    def _credentials(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        name = parse_qs(environ.get("QUERY_STRING", "")).get("function", [""])[0]
        try:
            spec = self._functions.spec(name)
        except KeyError:
            return self._no_function(name, start_response)
        return answer_json(start_response, 200, self._access.credentials_of(spec).environment())

    def _no_function(self, name: str, start_response: StartResponse) -> Iterable[bytes]:
        known = ", ".join(sorted(one.name for one in self._functions.specs()))
        return answer_json(start_response, 404, {"message": f"there is no function {name!r}; there are {known}"})


def _asked(environ: Environ) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}


def _seconds(asked: dict[str, str]) -> float | None:
    return float(asked["seconds"]) if "seconds" in asked else None


def releases() -> list[dict[str, Any]]:
    """Return all releases in the tables, oldest first: stage, reason, history, attempt and what they wait for."""
    tables = dynamodb_backends[ACCOUNT][REGION].tables.values()
    bodies = [body for table in list(tables) for body in _release_bodies(table)]
    return [_summary(body) for body in sorted(bodies, key=lambda body: (body["created_at"], body["number"]))]


def _release_bodies(table: Any) -> list[dict[str, Any]]:
    if {"pk", "sk"} - {table.hash_key_attr, table.range_key_attr}:
        return []
    items = [item.attrs for item in list(table.all_items()) if item.attrs["sk"].value == "RELEASE"]
    return [json.loads(attributes["body"].value) for attributes in items]


def _summary(body: dict[str, Any]) -> dict[str, Any]:
    names = ("model", "number", "stage", "reason", "history", "waiting_for", "attempt")
    return {"release": body["id"], **{name: body[name] for name in names}}
