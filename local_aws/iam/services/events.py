"""EventBridge: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known.

    One request may carry events for several buses and of several sources. Each is judged by itself: the reference has
    `events:source` and `events:detail-type` as keys with one value.
    """
    if call.operation != "PutEvents":
        return None
    found = {
        (_bus(entry.get("EventBusName") or "default", facts), entry.get("Source", ""), entry.get("DetailType", ""))
        for entry in call.params["Entries"]
    }
    return [
        Need("events:PutEvents", bus, {"events:source": (source,), "events:detail-type": (kind,)})
        for bus, source, kind in sorted(found)
    ]


def _bus(name: str, facts: Facts) -> str:
    return name if name.startswith("arn:") else f"arn:aws:events:{facts.region}:{facts.account}:event-bus/{name}"
