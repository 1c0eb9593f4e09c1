"""`STATUS.md`: what happened last, in words, beside the spec."""

from collections.abc import Sequence
from datetime import UTC, datetime

from yardmaster.records import Endpoint, Model, Release
from yardmaster.rules.resting import starters


def status_text(model: Model, releases: Sequence[Release], endpoint: Endpoint | None = None) -> str:
    """Return the text of a model's STATUS.md.

    Args:
        model: The model's row.
        releases: Its releases, the newest first.
        endpoint: The row of the endpoint that the release in service is on.
    """
    lines = [f"# {model.name}", "", _spec_line(model), ""]
    lines += _told_lines(model)
    lines += [_in_service_line(model, releases), ""]
    lines += _endpoint_lines(model, endpoint)
    for release in releases:
        lines += [
            f"## {release.title}: {release.stage.value}",
            "",
            f"`{release.source.key}`, received {_time(release.created_at)}",
            "",
            *_waiting_lines(release),
            *(f"- {_time(step.at)} **{step.stage.value}**: {step.reason}" for step in release.history),
            "",
            *_tuning_lines(release),
            *_figures_lines(release),
        ]
    return "\n".join(lines).rstrip() + "\n"


def _spec_line(model: Model) -> str:
    if model.spec_deleted:
        return "`spec.yaml` was deleted: drops are refused until there is one again. The endpoint stays."
    if model.spec_error:
        return f"`spec.yaml` was **refused**; drops wait until it is mended:\n\n```\n{model.spec_error}\n```"
    if model.spec is None:
        return "There is no `spec.yaml` yet: drops wait for it. `spec.proposed.yaml` is a guess to start from."
    return f"`spec.yaml` is accepted (version {model.spec.version_id or 'unversioned'})."


def _told_lines(model: Model) -> list[str]:
    if not model.notify:
        return []
    lines = [f"Told by mail: {', '.join(model.notify)}.", ""]
    if model.unconfirmed:
        # Nobody says when they do; that is asked when a spec is uploaded.
        people = ", ".join(model.unconfirmed)
        lines += [f"No mail comes before AWS's `Subscription Confirmation` is confirmed; missing then: {people}.", ""]
    return lines


def _in_service_line(model: Model, releases: Sequence[Release]) -> str:
    if model.in_service is None:
        return "No release is in service yet."
    for release in releases:
        if release.id == model.in_service:
            return f"In service: {release.title}."
    return f"In service: release {model.in_service}."


def _endpoint_lines(model: Model, row: Endpoint | None) -> list[str]:
    """Return what there is to say of an endpoint that is stopped, or was; nothing of one that never was."""
    if row is None or not row.told:
        return []
    if not row.state:
        took = "" if row.last_start_seconds is None else f" Its last start took {row.last_start_seconds:.0f} s."
        return [f"Endpoint `{row.name}` serves since {_time(row.since)}: {row.reason}.{took}", ""]
    lines = [f"Endpoint `{row.name}` is **{row.state}** since {_time(row.since)}: {row.reason}.", ""]
    if row.state == "stopped":
        # As it was then, no clock is needed: what it says stays true until the endpoint is started.
        lines += [f"What starts it: {', or '.join(starters(row, model.idle, row.since))}.", ""]
    return lines


def _waiting_lines(release: Release) -> list[str]:
    if (waiting := release.waiting_for) is None:
        return []
    return [f"Waits for {waiting.kind.value} since {_time(waiting.since)}: {waiting.subject}", ""]


def _tuning_lines(release: Release) -> list[str]:
    """Return the best trial of a tuning job, and what was noticed; nothing before its end."""
    if not (found := release.tuning):
        return []
    return [f"Tuned (`{found['uri']}`): {found['said']}", "", *_notes(found["warnings"])]


def _figures_lines(release: Release) -> list[str]:
    """Return the test figures as a table, and what was noticed about them; nothing before the evaluation."""
    if not (found := release.evaluation) or "candidate" not in found:
        return []
    baseline = found["baseline"] or {}
    heads = ["metric", "candidate", *(["baseline"] if baseline else [])]
    rows = [
        [name, _figure(value), *([_figure(baseline.get(name))] if baseline else [])]
        for name, value in found["candidate"].items()
    ]
    table = ["| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *rows)]
    return [f"On {found['rows']:,} test rows (`{found['uri']}`):", "", *table, "", *_notes(found["overfit"])]


def _notes(notes: Sequence[str]) -> list[str]:
    return [*(f"- {note}" for note in notes), ""] if notes else []


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
