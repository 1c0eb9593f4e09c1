"""S3's events on the bus, as Amazon S3 sends them to EventBridge.

After https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html. moto's own have constant ids, two events for
a multipart upload, none for a delete marker, and always the reason `ObjectCreated`.
"""

import itertools
import uuid
from typing import Any

from flask import has_request_context, request
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, S3Backend
from moto.s3.notifications import S3NotificationEvent

from local_aws.bus import Bus
from local_aws.clock import Clock
from local_aws.envelopes import ACCOUNT, Event, envelope
from local_aws.seams import Seams

_CREATED = {
    S3NotificationEvent.OBJECT_CREATED_PUT_EVENT: "PutObject",
    S3NotificationEvent.OBJECT_CREATED_POST_EVENT: "POST Object",
    S3NotificationEvent.OBJECT_CREATED_COPY_EVENT: "CopyObject",
    S3NotificationEvent.OBJECT_CREATED_COMPLETE_MULTIPART_UPLOAD_EVENT: "CompleteMultipartUpload",
}
_OTHERS = {
    S3NotificationEvent.OBJECT_ACL_UPDATE_EVENT: ("acl", "Object ACL Updated"),
    S3NotificationEvent.OBJECT_TAGGING_PUT_EVENT: ("tagging", "Object Tags Added"),
    S3NotificationEvent.OBJECT_TAGGING_DELETE_EVENT: ("tagging", "Object Tags Deleted"),
}
"""By moto's event: the subresource that a request asks for when it means this, and the detail type."""
_EMPTY_ETAG = "d41d8cd98f00b204e9800998ecf8427e"


class S3Events:
    """Turns what happens in moto's S3 into events."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        """Take the bus that gets the events."""
        self._bus = bus
        self._clock = clock
        self._sequence = itertools.count(1)

    def install(self, seams: Seams) -> None:
        """Take the place of moto's own notifications.

        Raises:
            SeamError: moto has changed.
        """
        from moto.s3 import notifications  # moto reads the name in this module at each call

        seams.replace(notifications, "_send_event_bridge_message", "account_id bucket event_name key", self._notified)
        seams.wrap(S3Backend, "delete_object", "self bucket_name key_name version_id bypass", self._with_deletions)

    def _with_deletions(self, original: Any) -> Any:
        def delete_object(
            backend: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
        ) -> Any:
            answer = original(backend, bucket_name, key_name, version_id, bypass)
            if answer[0]:
                self._deleted(backend.get_bucket(bucket_name), key_name, version_id)
            return answer

        return delete_object

    def _notified(self, account_id: str, bucket: FakeBucket, event_name: S3NotificationEvent, key: FakeKey) -> None:
        # moto stores the object of a multipart upload by its own put_object, which also notifies.
        part_of_upload = event_name == S3NotificationEvent.OBJECT_CREATED_PUT_EVENT and key.multipart is not None
        if event_name in _CREATED and not part_of_upload:
            about = self._object(key.name, key.etag, self._version(bucket, key)) | {"size": key.size}
            self._publish(bucket, "Object Created", about, reason=_CREATED[event_name])
        elif event_name in _OTHERS:
            subresource, detail_type = _OTHERS[event_name]
            # moto also says so when an upload brings its (perhaps no) tags along.
            if has_request_context() and subresource in request.args:
                self._publish(bucket, detail_type, self._object(key.name, key.etag, self._version(bucket, key)))

    def _deleted(self, bucket: FakeBucket, key_name: str, version_id: str | None) -> None:
        if bucket.notification_configuration is None or bucket.notification_configuration.event_bridge is None:
            return
        newest = bucket.keys.get(key_name) if bucket.is_versioned else None
        kind, version = "Permanently Deleted", version_id
        if version_id is None and isinstance(newest, FakeDeleteMarker):
            kind, version = "Delete Marker Created", newest.version_id
        about = self._object(key_name, _EMPTY_ETAG, version)
        self._publish(bucket, "Object Deleted", about, reason="DeleteObject", deletion=kind)

    def _object(self, key: str, etag: str, version: str | None) -> dict[str, Any]:
        # Sequencers of one key, compared as hexadecimal text of one length, tell which event came later.
        sequencer = f"{next(self._sequence):018X}"
        versioned = {"version-id": version} if version else {}
        return {"key": key, "etag": etag.replace('"', ""), **versioned, "sequencer": sequencer}

    @staticmethod
    def _version(bucket: FakeBucket, key: FakeKey) -> str | None:
        return key.version_id if bucket.is_versioned else None

    def _publish(
        self,
        bucket: FakeBucket,
        detail_type: str,
        about: dict[str, Any],
        reason: str | None = None,
        deletion: str | None = None,
    ) -> None:
        detail: dict[str, Any] = {
            "version": "0",
            "event-version": "1.0",
            "bucket": {"name": bucket.name},
            "object": about,
            "request-id": uuid.uuid4().hex[:16].upper(),
            "requester": ACCOUNT,
            "source-ip-address": "127.0.0.1",
        }
        if reason:
            detail["reason"] = reason
        if deletion:
            detail["deletion-type"] = deletion
        event: Event = envelope("aws.s3", detail_type, detail, self._clock.now(), [bucket.arn])
        self._bus.publish(event)
