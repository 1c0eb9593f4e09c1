"""What is known of the account's quotas: looked up once a day, and kept in a row."""

from collections.abc import Sequence
from dataclasses import asdict

from yardmaster.aws import service_quotas
from yardmaster.flows.yard import Yard
from yardmaster.rules.quotas import Need, Quota, is_old


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
