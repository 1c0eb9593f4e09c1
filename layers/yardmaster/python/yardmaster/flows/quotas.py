"""What a release needs at once: against the account's quotas, looked up once a day, and the stack's own limit."""

from collections.abc import Sequence
from dataclasses import asdict

from yardmaster.aws import service_quotas
from yardmaster.aws.bucket import MissingObjectError
from yardmaster.flows import spec_in_force
from yardmaster.flows.yard import Yard
from yardmaster.records import Release
from yardmaster.rules import quotas as rules
from yardmaster.rules.quotas import Need, Quota, is_old
from yardmaster.spec.schema import Spec


def known(yard: Yard, wanted: Sequence[Need], now: float) -> dict[str, Quota]:
    """Return what is known of the quotas that are needed, by name; what can't be looked up is missing.

    Two who look at the same moment may both write: what one of them found is then asked again.
    """
    row = {name: Quota(**one) for name, one in yard.table.get_quotas().items()}
    old = list(dict.fromkeys(need.quota for need in wanted if is_old(need, row.get(need.quota), now)))
    if old and (fresh := _looked_up(yard, old, row, now)):
        row |= fresh
        yard.table.save_quotas({name: asdict(one) for name, one in row.items()})
    return {need.quota: row[need.quota] for need in wanted if need.quota in row}


def serving(yard: Yard, release: Release, spec: Spec, baseline: Release | None) -> int:
    """Return how many instances of the spec's type serve on its endpoint, as the spec of the baseline asks for them."""
    after = spec.deploy
    if baseline is None or baseline.spec is None or after is None or after.serverless is not None:
        return 0
    if baseline.spec == release.spec:
        return after.initial_instance_count
    try:
        before = spec_in_force.pinned(yard, baseline).deploy
    except MissingObjectError:
        return 0
    if before is None or before.serverless is not None or before.instance_type != after.instance_type:
        return 0
    same = (before.endpoint or release.model) == (after.endpoint or release.model)
    return before.initial_instance_count if same else 0


def above_limit(yard: Yard, release: Release, spec: Spec, baseline: Release | None) -> str | None:
    """Say that the endpoint would have more instances at its peak than the stack lets one have; None if not."""
    needs = rules.needs(spec, serving(yard, release, spec, baseline))
    return next(rules.above_limit(needs, yard.settings.limits.endpoint_instances), None)


def _looked_up(yard: Yard, names: Sequence[str], before: dict[str, Quota], now: float) -> dict[str, Quota]:
    """Ask AWS: for the codes where they are not known, and for the values."""
    nameless = [name for name in names if name not in before or not before[name].code]
    defaults = service_quotas.defaults(yard.service_quotas, nameless) if nameless else {}
    if defaults is None:
        return {}
    found = {}
    for name in names:
        code, limit = defaults.get(name) or (before[name].code if name in before else "", None)
        if code and (value := service_quotas.applied(yard.service_quotas, code)) is not None:
            limit = value
        if limit is None and name in before and before[name].code:
            # It was known yesterday, and AWS does not answer today.
            continue
        found[name] = Quota(code, limit, now)
    return found
