"""The gate before the services: a request that its principal may not make is answered here."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from local_aws.iam.authorizer import AccessDeniedError, Authorizer
from local_aws.iam.calls import Call, Principal, UnknownCallError
from local_aws.iam.needs import Need
from local_aws.iam.policy import PolicyError
from local_aws.iam.roles import InvalidTokenError, Roles
from local_aws.iam.s3_deletes import Named, answer_each
from local_aws.iam.wire import call_of, refuse
from local_aws.seams import Seams
from local_aws.wsgi import App, Environ, StartResponse

_KEY = re.compile(r"Credential=([^/,]+)/")
_READS = ("GetObject", "HeadObject")


def access_key_of(environ: Environ) -> str:
    """Return the access key that a request is signed with, "" if it isn't signed."""
    if found := _KEY.search(environ.get("HTTP_AUTHORIZATION", "")):
        return found[1]
    credential = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
    return str(credential).partition("/")[0]


class Gate:
    """Asks the authorizer before a request goes on."""

    def __init__(self, authorizer: Authorizer, roles: Roles) -> None:
        """Take who judges, and who knows whose credentials are whose."""
        self._authorizer = authorizer
        self._roles = roles

    def install(self, seams: Seams) -> None:
        """Take the place of moto's own evaluation of bucket policies, which takes a false condition for a Deny.

        Raises:
            SeamError: moto has changed.
        """

        def permission(_bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
            del action, resource  # judged already
            return PermissionResult.NEUTRAL

        seams.replace(FakeBucket, "get_permission", "self action resource", permission)

    def caller_of(self, environ: Environ) -> Principal:
        """Return who makes a request.

        Raises:
            InvalidTokenError: A session that isn't known.
        """
        return self._roles.principal(access_key_of(environ))

    def name_of(self, environ: Environ) -> str:
        """Return what a request's caller is called: a session's name, which for a function is its own; else its key."""
        key = access_key_of(environ)
        try:
            return self._roles.principal(key).session or key
        except InvalidTokenError:
            return key

    def answer(self, app: App, service: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request: by the application, if its principal may make it.

        Args:
            app: Who answers.
            service: The service that the request is signed for.
            environ: The request.
            start_response: WSGI's.
        """
        try:
            principal = self.caller_of(environ)
        except InvalidTokenError as error:
            call = Call(service, "", {})
            return refuse(start_response, call, environ, "InvalidClientTokenId", str(error), status=403)
        if principal.administrator and service != "s3":
            return app(environ, start_response)
        call = call_of(environ, service)
        try:
            if call.operation == "DeleteObjects":
                may = partial(self._may_delete, principal, call.params["Bucket"])
                return answer_each(app, call.params["Delete"]["Objects"], may, environ, start_response)
            self._authorizer.check(principal, call)
        except AccessDeniedError as error:
            return refuse(start_response, call, environ, "AccessDenied", str(error), status=403)
        except (UnknownCallError, PolicyError) as error:
            return refuse(start_response, call, environ, "NotImplemented", f"local AWS: {error}", status=501)
        if call.service == "s3" and call.operation in _READS and principal.role:
            return self._read(app, principal, call, environ, start_response)
        return app(environ, start_response)

    def _read(
        self, app: App, principal: Principal, call: Call, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer the read of an object: one that isn't there is "denied" to who may not list the bucket.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        """
        started: list[Any] = []

        def start(*arguments: Any) -> None:
            started[:] = arguments

        body = app(environ, start)
        if started[0].startswith("404"):
            try:
                self._authorizer.require(principal, Need("s3:ListBucket", f"arn:aws:s3:::{call.params['Bucket']}"))
            except AccessDeniedError as error:
                return refuse(start_response, call, environ, "AccessDenied", str(error), status=403)
        start_response(*started)
        return body

    def _may_delete(self, principal: Principal, bucket: str, one: Named) -> bool:
        try:
            self._authorizer.check(principal, Call("s3", "DeleteObject", {"Bucket": bucket, **one}))
        except AccessDeniedError:
            return False
        return True
