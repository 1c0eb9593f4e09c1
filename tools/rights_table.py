"""The account of rights as people read it."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from tools.rights_account import Account, Right


def table(found: Account) -> Iterator[str]:
    """Yield the lines: by role what was used and what was not, then what is wrong."""
    for role, group in groupby(found.rights, key=lambda right: right.role):
        yield from _of_role(role.function or f"{role.resource} (jobs, models and endpoints)", list(group))
    used, excused = sum(bool(one.used) for one in found.rights), sum(bool(one.reason) for one in found.rights)
    roles = len({one.role.name for one in found.rights})
    yield ""
    yield f"{len(found.rights)} rights of {roles} roles: {used} used, {excused} not seen to be used for a reason."
    yield f"{len(found.patterns)} resources. {len(found.findings) or 'No'} findings."
    yield from (f"  {finding}" for finding in found.findings)


def _of_role(title: str, rights: Sequence[Right]) -> Iterator[str]:
    yield ""
    yield title
    used = [right for right in rights if right.used]
    unused = [right for right in rights if not right.used]
    yield f"  granted and used ({len(used)})"
    yield from (f"    {right.action:45} {right.statement:28} {right.used:8}" for right in used)
    yield f"  granted and never used ({len(unused) or 'none'})"
    for right in unused:
        yield f"    {right.action:45} {right.statement:28} {right.reason or 'WITHOUT A REASON'}"
