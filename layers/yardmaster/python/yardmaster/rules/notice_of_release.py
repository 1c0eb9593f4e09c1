"""What is told of a release."""

from typing import assert_never

from yardmaster.records import DropKind, Release, Stage, Step, Waiting, WaitKind
from yardmaster.rules import notice
from yardmaster.rules.approval import OVERRULABLE
from yardmaster.rules.notice import Notice, Place
from yardmaster.rules.told import Ending, Tale, Wait
from yardmaster.rules.why import spell_age, spell_time

_BECAUSE = '--reason "..."'


def notice_of(release: Release, tale: Tale, place: Place, now: float) -> Notice:
    """Return the message about one thing of a release.

    Args:
        release: The row.
        tale: What of it (`rules.told.tales`).
        place: For commands and links.
        now: The time.
    """
    match tale:
        case Ending(step):
            ended = _ended(release, step)
            headline, todo = f"{_called(release)} {ended}.", _after(release, step.stage, place)
            said = f"{release.title} {ended}: {step.reason}"
            why, stage = [f"Why: {step.reason}", *_figures(release, step.stage)], step.stage
            needs_person = False
        case Wait(waiting):
            waits, stage = f"waits for {waited_for(waiting)}", release.stage
            headline, todo = f"{_called(release)} {waits}.", _ending_wait(release, waiting, place)
            said = f"{release.title} {waits}"
            why = [*facts_of_wait(waiting, stage.value, release.reason, now), *_figures(release, stage)]
            needs_person = tale.needs_person
        case _:
            assert_never(tale)
    sender = f"Yardmaster stack {place.stack} in {place.region}; release {release.id}, {spell_time(now)}"
    return Notice(
        about="release",
        name=release.id,
        key=tale.key,
        model=release.model,
        stage=stage.value,
        needs_person=needs_person,
        failed=isinstance(tale, Ending) and stage is Stage.FAILED,
        subject=notice.subject(said),
        body=notice.body(headline, why, todo, _links(release, place), sender),
    )


def _called(release: Release) -> str:
    attempt = f", attempt {release.attempt}" if release.attempt > 1 else ""
    return f"{release.title} ({release.source.name}{attempt})"


def _ended(release: Release, step: Step) -> str:
    """Say what became of a release, as the rest of a sentence."""
    match step.stage:
        case Stage.LIVE:
            again = any(before.stage is Stage.LIVE and before.at < step.at for before in release.history)
            return "is live again" if again else "is live"
        case Stage.REFUSED:
            return "was refused"
        case Stage.UNCHANGED:
            return "brought nothing new"
        case Stage.REJECTED:
            return "was rejected"
        case Stage.ROLLED_BACK:
            return "was rolled back"
        case Stage.INCONCLUSIVE:
            return "could not be judged in time"
        case Stage.SUPERSEDED:
            return "was superseded by a later release"
        case Stage.CANCELLED:
            return "was cancelled"
        case _:
            return "failed"


def _after(release: Release, stage: Stage, place: Place) -> list[str]:
    """Say what a person can do after an ending."""
    number = f"{release.model}#{release.number}"
    retrain = f"Train the same data again with the spec now in force: {place.command('retrain', number)}"
    why = f"The whole history: {place.command('why', number)}"
    match stage:
        case Stage.LIVE:
            return [
                "Nothing: requests are answered by it." if _endpoint(release) else "Nothing.",
                *([f"To go back: {place.command(f'rollback {_BECAUSE}', number)}"] if _endpoint(release) else []),
            ]
        case Stage.REFUSED:
            return [*_again(release), *([] if release.source.is_model else [f"Was it the spec? {retrain}"])]
        case Stage.UNCHANGED:
            return ["Nothing: the release that is named has the same data and spec."]
        case Stage.SUPERSEDED:
            return ["Nothing: a later model went first.", *_approve(release, place)]
        case Stage.REJECTED | Stage.ROLLED_BACK:
            return [
                "Nothing, if you agree: what was in service before answers as before.",
                *_approve(release, place),
                *([] if release.source.is_model else [retrain]),
            ]
        case Stage.INCONCLUSIVE:
            return [
                "Nothing, if you can wait: what was in service before answers as before.",
                "More requests, or a longer deploy.canary.progress_deadline, bring a verdict (docs/judge.md).",
                *_approve(release, place),
            ]
        case Stage.CANCELLED:
            return [] if release.source.is_model else [retrain]
        case _:
            return [why, *([*_again(release)] if release.source.is_model else [f"When it is mended: {retrain}"])]


def _again(release: Release) -> list[str]:
    match release.source.kind:
        case DropKind.PACKAGE:
            return ["Mend the model package and register it again."]
        case DropKind.ARTIFACT:
            return [f"Mend the archive and upload it again: s3://{release.source.bucket}/{release.source.key}"]
        case DropKind.FILE:
            return [f"Mend the file and upload it again: s3://{release.source.bucket}/{release.source.key}"]
        case DropKind.FOLDER | DropKind.SPLIT:
            return [f"Mend the files and upload them again, {release.source.key} last."]
        case _:
            assert_never(release.source.kind)


def _approve(release: Release, place: Place) -> list[str]:
    if release.package_arn is None or release.stage not in OVERRULABLE:
        return []
    number = f"{release.model}#{release.number}"
    return [f"To have it tried all the same: {place.command(f'approve {_BECAUSE}', number)}"]


def waited_for(waiting: Waiting) -> str:
    """Say for what, as the end of a sentence."""
    match waiting.kind:
        case WaitKind.SPEC:
            return "its spec"
        case WaitKind.APPROVAL:
            return "an approval"
        case WaitKind.PERSON:
            return "your decision"
        case WaitKind.ENDPOINT:
            return "its endpoint"
        case WaitKind.QUOTA:
            return "a quota of the account"
        case WaitKind.CAP:
            return "a cap of the stack"
        case WaitKind.CAPACITY:
            return "instances that AWS does not have now"
        case _:
            assert_never(waiting.kind)


def facts_of_wait(waiting: Waiting, stage: str, reason: str, now: float) -> list[str]:
    """Say since when, for what exactly, at which place, and what happened before."""
    facts = [f"Since: {spell_time(waiting.since)} ({spell_age(now - waiting.since)}), in stage {stage}"]
    if waiting.position is not None:
        facts.append(f"Place in the queue: {waiting.position}")
    if waiting.next_try is not None:
        facts.append(f"Next try: {spell_time(waiting.next_try)}")
    before = f"Why: {reason}" if reason not in {waiting.subject, ""} else ""
    return [f"What it waits for: {waiting.subject}", before, "\n".join(facts)]


def _ending_wait(release: Release, waiting: Waiting, place: Place) -> list[str]:
    """Say what ends a wait."""
    number = f"{release.model}#{release.number}"
    cancel = f"To give up: {place.command('cancel', number)}"
    match waiting.kind:
        case WaitKind.SPEC:
            upload = place.command(f"spec {release.model}", "spec.yaml").replace("'", "")
            return [f"Upload one: {upload}", f"A guess to start from may lie at {release.model}/spec.proposed.yaml."]
        case WaitKind.APPROVAL if waiting.subject not in {release.package_arn, ""}:
            return [f"Approve the model package in SageMaker's registry: {waiting.subject}"]
        case WaitKind.APPROVAL:
            return [
                f"Yes: {place.command(f'approve {_BECAUSE}', number)}",
                f"No: {place.command(f'reject {_BECAUSE}', number)}",
            ]
        case WaitKind.PERSON:
            answers = _answers(waiting.subject) or ["promote", "rollback"]
            return [place.command(f"{answer} {_BECAUSE}", number) for answer in answers]
        case WaitKind.ENDPOINT:
            return ["Nothing: it goes on by itself when the endpoint is free.", cancel]
        case WaitKind.QUOTA:
            return [
                "Nothing: it is tried again until a running job ends, or AWS raises the quota.",
                "Ask for more: Service Quotas, Amazon SageMaker, in the stack's region.",
                cancel,
            ]
        case WaitKind.CAP:
            return [
                "Nothing: it goes on when it is its turn.",
                "The caps are parameters of the stack (docs/deploy.md).",
                cancel,
            ]
        case WaitKind.CAPACITY:
            return [
                "Nothing: it is tried again until AWS has some.",
                "Another instance type in the spec may be had at once: cancel, upload the spec, retrain.",
                cancel,
            ]
        case _:
            assert_never(waiting.kind)


def _answers(subject: str) -> list[str]:
    """Return the commands that a question offers: `yardmaster promote or rollback churn #2` offers two."""
    offered, ours, _ = subject.removeprefix("yardmaster ").partition(" or ")
    return [offered, subject.split(" or ")[1].split(" ")[0]] if ours else []


def _figures(release: Release, stage: Stage) -> list[str]:
    """Return the test figures, where the release has been tested."""
    if "candidate" not in (found := release.evaluation) or stage in {Stage.REFUSED, Stage.UNCHANGED}:
        return []
    baseline = found["baseline"] or {}
    rows = [f"On {found['rows']:,} test rows:"]
    for name, value in found["candidate"].items():
        before = f", before {_figure(baseline[name])}" if name in baseline else ""
        rows.append(f"  {name} {_figure(value)}{before}")
    gate = f"Gate: {found['verdict']}: {found['reason']}"
    return ["\n".join(rows), gate]


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _endpoint(release: Release) -> str | None:
    name = release.deploy.get("endpoint")
    return str(name) if name else None


def _links(release: Release, place: Place) -> list[str]:
    files = [("STATUS.md", f"{release.model}/STATUS.md")]
    if "uri" in release.evaluation:
        files.append(("evaluation", release.evaluation["uri"].split("/", 3)[3]))
    if release.deploy.get("started_at") is not None and release.stage is not Stage.CANARY:
        files.append(("the canary's judgement", f"{release.folder}decision.json"))
    links = [f"{what}: {place.object(key)}" for what, key in files]
    if name := _endpoint(release):
        links.append(f"endpoint {name}: {place.endpoint(name)}")
    return links
