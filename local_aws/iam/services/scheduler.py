"""EventBridge Scheduler: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need

_ON_A_SCHEDULE = frozenset({"CreateSchedule", "UpdateSchedule", "DeleteSchedule", "GetSchedule"})


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs, the role that it names included; None if the operation isn't known."""
    if call.operation not in _ON_A_SCHEDULE:
        return None
    where = f"{call.params.get('GroupName') or 'default'}/{call.params['Name']}"
    needs = [Need(f"scheduler:{call.operation}", f"arn:aws:scheduler:{facts.region}:{facts.account}:schedule/{where}")]
    if role := call.params.get("Target", {}).get("RoleArn"):
        needs.append(Need("iam:PassRole", role, {"iam:PassedToService": ("scheduler.amazonaws.com",)}))
    return needs
