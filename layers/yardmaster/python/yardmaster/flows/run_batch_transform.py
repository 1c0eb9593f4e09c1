"""Batches of predictions: received → waiting → running → completed. The rows are checked before a job is paid.

A schedule scores what lies in its folder when it fires; an upload is scored as it arrives. The endpoint plays no part:
a model whose endpoint is stopped, or that has none, predicts all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from yardmaster.aws import job_log, transform_job
from yardmaster.aws.sagemaker_errors import NotYetError, QuotaError
from yardmaster.aws.transform_job import TransformJob, TransformJobRequest
from yardmaster.errors import ConflictError, RefusedError
from yardmaster.flows import batch_files, batch_results, quotas, spec_in_force, spend
from yardmaster.flows.batch_files import File, Staged, TablePlan
from yardmaster.flows.batch_row import advance, commit, ensure
from yardmaster.flows.columns_file import read_columns
from yardmaster.flows.protection import protection
from yardmaster.flows.yard import Yard
from yardmaster.intake.columns import Columns
from yardmaster.intake.predict_keys import Upload, classify_upload
from yardmaster.records import Batch, BatchStage, Model, Release, SpecPin, WaitKind
from yardmaster.rules import batches, preflight
from yardmaster.rules import quotas as quota_rules
from yardmaster.rules.batches import UPLOADS
from yardmaster.rules.names import BATCH_JOB, batch_id, job_name, schedule_name
from yardmaster.rules.predictions import features_filter, kept_filter
from yardmaster.rules.quota_names import of_transforms
from yardmaster.rules.quotas import Need
from yardmaster.rules.retry import MINUTE, next_look
from yardmaster.rules.scoring import CSV, Scoring, scoring_of
from yardmaster.rules.spend import Ask, Granted, Never, Wait
from yardmaster.spec.batch import BatchTransformSpec
from yardmaster.spec.of_algorithm import content_type_of, is_encoded, profile_of
from yardmaster.spec.parse import parse_accepted
from yardmaster.spec.profile import Answers
from yardmaster.spec.schema import Spec

LOOK_BACK = 50
"""How many of a model's newest batches are looked at for the last of the same schedule."""
CANCEL_TRIES = 10


@dataclass(frozen=True)
class Predictor:
    """Whose model predicts, and what rows it takes.

    Attributes:
        release: The release.
        spec: The release's own spec: what algorithm answers.
        columns: Of its tables; None if files go to it as they are.
    """

    release: Release
    spec: Spec
    columns: Columns | None

    @property
    def scoring(self) -> Scoring | None:
        """How it is asked for tables."""
        return scoring_of(profile_of(self.spec.algorithm), self.columns.problem, CSV) if self.columns else None

    @property
    def is_paired(self) -> bool:
        """Whether its answers are no CSV, which SageMaker could join with rows: they are paired by their order."""
        return self.scoring is not None and self.scoring.answers is Answers.JSON_LINES


@dataclass(frozen=True)
class Batches:
    """What an invocation does with batches.

    Attributes:
        yard: Settings and adapters; its `invocation` claims a batch while its rows are worked on.
        clock: Returns the time.
        left: Returns the seconds until the function's end.
    """

    yard: Yard
    clock: Callable[[], float]
    left: Callable[[], float]

    def scheduled(self, model: str, name: str | None, at: datetime | None) -> str:
        """Score what lies in a schedule's folder; one that fires twice for the same time scores once."""
        if name is None or at is None:
            return "neither a batch nor a schedule"
        if self.yard.table.get_model(model) is None:
            # `apply_spec` makes schedules for rows that are there: this one was left behind.
            return f"there is no model {model}"
        identifier = batch_id(schedule_name(model, name), f"{at.timestamp():.0f}")
        batch = Batch(identifier, model, name, schedule=True, at=at.timestamp())
        return self.resume(ensure(self.yard, batch, f"the schedule {name} fired", self.clock()))

    def uploaded(self, key: str, version_id: str) -> str:
        """Score an upload below `<model>/predict/`, unless a schedule does, or it is a part of a folder."""
        name = key.partition("/")[0]
        model = self.yard.table.get_model(name)
        spec = self._spec(model.spec) if model and model.spec else None
        entry = batches.covering(spec, name, key) if spec else None
        if entry is not None and entry.schedule is not None:
            return f"the schedule {entry.label} scores what lies in {entry.input}"
        found = classify_upload(key, entry.input if entry else "predict/")
        if not isinstance(found, Upload):
            return found
        label = entry.label if entry else UPLOADS
        batch = Batch(batch_id(self.yard.bucket.name, key, version_id), name, label, key=key, version_id=version_id)
        now = self.clock()
        return self.resume(ensure(self.yard, replace(batch, at=now), f"{key} was uploaded", now))

    def resume(self, batch: str) -> str:
        """Take a batch as far as it goes; return what became of it."""
        looks = spend.Looks()
        steps = {
            BatchStage.RECEIVED: looks.of(self._received),
            BatchStage.WAITING: looks.of(self._waiting),
            BatchStage.RUNNING: looks.of(self._running),
        }
        said = advance(self.yard, batch, steps, self.clock)
        looks.settle(self.yard, batch, self.clock())
        return said

    def cancel(self, batch_id: str, said: str, by: str) -> str:
        """End a batch on a person's word; its job is stopped. A refusal is published, too.

        Raises:
            ConflictError: Others keep moving it.
        """
        for _ in range(CANCEL_TRIES):
            batch = self.yard.table.get_batch(batch_id)
            if batch is not None and batch.cancelled is not None:
                return self.resume(batch_id)
            if batch is None or batch.stage in batches.ENDED:
                return self._refuse_cancel(batch_id, batch, by)
            now = self.clock()
            asked = replace(batch, cancelled=batch.cancelled or said, due=now, claimed_by=None, failures=0)
            try:
                commit(self.yard, batch, asked, now)
                return self.resume(batch_id)
            except ConflictError:
                continue
        raise ConflictError(f"batch {batch_id}: others keep moving it")

    def _refuse_cancel(self, batch_id: str, batch: Batch | None, by: str) -> str:
        reason = f"{batch.title} has ended: {batch.stage.value}" if batch else f"there is no batch {batch_id}"
        detail = {"command": "cancel", "batch": batch_id, "reason": reason, "by": by}
        self.yard.bus.publish("Command Refused", detail)
        return reason

    # --- Received: whose model, which files, and are they right?

    def _received(self, batch: Batch, now: float) -> Batch:
        if batch.cancelled is not None:
            return self._cancelled(batch, now)
        if batches.is_claimed(batch, self.yard.invocation, now):
            return batch
        model = self.yard.table.get_model(batch.model) or spec_in_force.new_model(self.yard, batch.model)
        pin = batches.spec_for(batch, model)
        if isinstance(pin, batches.WaitForSpec):
            subject = f"{batch.model}/spec.yaml"
            return commit(self.yard, batch, batches.wait(batch, WaitKind.SPEC, subject, pin.reason, now), now)
        entry = batches.entry_for(batch, self._spec(pin))
        predictor = self._predictor(batch, entry, model)
        self._check_limits(entry, now)
        pinned = replace(batch, spec=pin, release=predictor.release.id, release_title=predictor.release.title)
        batch = self._claim(replace(pinned, model_name=predictor.release.model_name or ""), batch, now)
        if batch.stage in batches.ENDED:
            return batch
        files = batch_files.pinned_files(self.yard, batch, entry)
        digest = batches.inputs_digest(files, predictor.release, entry)
        if (needless := self._needless(batch, entry, files, digest)) is not None:
            return commit(self.yard, batch, batches.move(batch, *needless, now), now)
        staged = self._stage(batch, entry, files, predictor)
        known = replace(
            batch, inputs=digest, files=len(files), rows=staged.rows, bytes=sum(file.size for file in files)
        )
        if not staged.sent:
            return commit(
                self.yard, batch, batches.move(known, BatchStage.COMPLETED, "no rows to score: no job", now), now
            )
        rows = f"{staged.rows:,} rows in " if staged.rows else ""
        reason = f"{rows}{len(files):,} files are checked; {predictor.release.title} scores them"
        return commit(self.yard, batch, batches.move(known, BatchStage.WAITING, reason, now, due=now), now)

    def _spec(self, pin: SpecPin) -> Spec:
        return parse_accepted(self.yard.bucket.read(pin.key, pin.version_id)[0])

    def _predictor(self, batch: Batch, entry: BatchTransformSpec, model: Model) -> Predictor:
        if batch.release is not None:
            found = self.yard.table.get_release(batch.release)
        elif isinstance(entry.release, int):
            found = self.yard.table.find_number(batch.model, entry.release)
        else:
            found = self.yard.table.get_release(model.in_service) if model.in_service else None
        release = batches.require_release(batch, entry, model, found)
        spec = spec_in_force.pinned(self.yard, release)
        is_table = is_encoded(spec) and release.columns_uri is not None
        return Predictor(release, spec, read_columns(self.yard, release) if is_table else None)

    def _check_limits(self, entry: BatchTransformSpec, now: float) -> None:
        """Refuse what can never run: above the stack's limits, or the account's quota as far as that is known."""
        types = {"batch_transform.instance_type": entry.instance_type}
        counts = {"batch_transform.instance_count": entry.instance_count}
        if refused := preflight.limit_refusal(preflight.Asked(types, counts, {}), self.yard.settings.limits):
            raise RefusedError(refused)
        need = Need(of_transforms(entry.instance_type), entry.instance_count, "batch_transform.instance_count")
        if refused := next(quota_rules.refusals((need,), quotas.known(self.yard, (need,), now)), None):
            raise RefusedError(refused)

    def _claim(self, batch: Batch, before: Batch, now: float) -> Batch:
        """Keep other invocations out while this one works; give up after too many that ended without a word."""
        if batches.is_worn_out(batch):
            reason = f"{batch.tries} tries ended without a word, out of memory or time: score fewer rows at once"
            return commit(self.yard, before, batches.move(batch, BatchStage.FAILED, reason, now), now)
        return commit(self.yard, before, batches.claim(batch, self.yard.invocation, now), now)

    def _needless(
        self, batch: Batch, entry: BatchTransformSpec, files: tuple[File, ...], digest: str
    ) -> tuple[BatchStage, str] | None:
        if not files:
            return BatchStage.COMPLETED, f"nothing to score: {entry.input} is empty"
        if not batch.schedule:
            return None
        for other in islice(self.yard.table.batches_of(batch.model), LOOK_BACK):
            if other.name == batch.name and other.id != batch.id and batches.counts(other):
                if other.inputs == digest:
                    where = f": see {other.uri}" if other.uri else ", which is under way"
                    return BatchStage.UNCHANGED, f"the same files and the same model as in {other.id}{where}"
                break
        return None

    def _stage(self, batch: Batch, entry: BatchTransformSpec, files: tuple[File, ...], predictor: Predictor) -> Staged:
        if (columns := predictor.columns) is None:
            return batch_files.stage_as_they_are(self.yard, batch, files, entry, self.left)
        taken = profile_of(predictor.spec.algorithm)
        gapless = (
            None if taken.takes_missing else f"a value is missing, and {taken.name} can't predict without: fill it in"
        )
        whole = entry.join_source == "Input"
        plan = TablePlan(columns, whole, gapless, predictor.is_paired, predictor.spec.data.delimiter)
        return batch_files.stage_tables(self.yard, batch, files, plan, self.left)

    # --- Waiting: the job

    def _waiting(self, batch: Batch, now: float) -> Batch:
        if batch.cancelled is not None:
            return self._cancelled(batch, now)
        entry, predictor = self._facts(batch)
        request = self._request(batch, entry, predictor, batch_files.staged(self.yard, batch))
        count = entry.instance_count
        # A transform job has no limit of time; it is taken for an hour at first.
        key, quota = spend.key_of(batch, spend.BATCH), of_transforms(entry.instance_type)
        wanted = Ask(key, batch.id, batch.model, 1, count, float(count), quota)
        match spend.ask(self.yard, wanted, now):
            case Never(never):
                raise RefusedError(never)
            case Wait() as room:
                return commit(self.yard, batch, batches.wait_for_room(batch, room, now), now)
            case Granted():
                pass
        try:
            self._create_job(request)
        except QuotaError as error:
            kind = spend.park(self.yard, wanted, error, now)
            return commit(self.yard, batch, batches.wait(batch, kind, str(error), batch.reason, now), now)
        except NotYetError as error:
            if now - batch.history[-1].at < batches.VISIBLE_WITHIN:
                return commit(self.yard, batch, replace(batch, due=now + MINUTE), now)
            raise RefusedError(f"the model of {batch.release_title} is gone ({error}): name another release") from None
        spend.accepted(self.yard, batch, wanted, now)
        moved = batches.move(batch, BatchStage.RUNNING, f"transform job {request.name}", now, due=next_look(now, now))
        return commit(self.yard, batch, replace(moved, job=request.name), now)

    def _create_job(self, request: TransformJobRequest) -> None:
        """Start the job that costs money: the one place where a batch does."""
        transform_job.create(self.yard.sagemaker, request)

    def _facts(self, batch: Batch) -> tuple[BatchTransformSpec, Predictor]:
        model = self.yard.table.get_model(batch.model) or spec_in_force.new_model(self.yard, batch.model)
        pin = batches.spec_for(batch, model)
        if isinstance(pin, batches.WaitForSpec):
            raise RefusedError(pin.reason)
        entry = batches.entry_for(batch, self._spec(pin))
        return entry, self._predictor(batch, entry, model)

    def _request(
        self, batch: Batch, entry: BatchTransformSpec, predictor: Predictor, staged: Staged
    ) -> TransformJobRequest:
        settings = self.yard.settings
        request = TransformJobRequest(
            name=self._job_name(batch),
            model_name=batch.model_name,
            manifest_uri=self.yard.bucket.uri(f"{batch.staging}in.manifest"),
            output_uri=self.yard.bucket.uri(f"{batch.staging}out-{batch.attempt}/"),
            instance_type=entry.instance_type,
            instance_count=entry.instance_count,
            tags=settings.tags(batch.model, batch.release or ""),
            batch_strategy=entry.batch_strategy,
            max_payload=entry.max_payload,
            max_concurrent=entry.max_concurrent_transforms,
            protection=protection(settings, entry.instance_type),
        )
        if (scoring := predictor.scoring) is not None:
            kept = any(file.kept for file in staged.files) and not staged.paired
            return replace(
                request,
                content_type=scoring.content_type,
                accept=scoring.accept,
                input_filter=features_filter(staged.features) if kept else None,
                output_filter=kept_filter(staged.features) if kept else None,
                joined=kept,
            )
        joined = entry.join_source == "Input"
        content_type = entry.content_type or content_type_of(predictor.spec)
        filtered = joined or entry.input_filter is not None or entry.output_filter is not None
        lines = "Line" if entry.split_type == "Line" else "None"
        return replace(
            request,
            content_type=content_type,
            # What is joined, or filtered, must be the same on both sides.
            accept=content_type if filtered else profile_of(predictor.spec.algorithm).accept,
            input_filter=entry.input_filter,
            output_filter=entry.output_filter,
            joined=joined,
            split_type=entry.split_type,
            assemble_with=lines,
            batch_strategy=None if entry.split_type == "None" else entry.batch_strategy,
        )

    def _job_name(self, batch: Batch) -> str:
        return job_name(self.yard.settings.prefix, batch.model, batch.id, batch.attempt) + BATCH_JOB

    # --- Running: the answers

    def _running(self, batch: Batch, now: float) -> Batch:
        if batches.is_claimed(batch, self.yard.invocation, now):
            return batch
        name = batch.job or self._job_name(batch)
        job = transform_job.describe(self.yard.sagemaker, name)
        if batch.cancelled is not None and job is not None and job.status == "InProgress":
            transform_job.stop(self.yard.sagemaker, name)
        match batches.after_job(batch, job, now):
            case batches.Look(due):
                return commit(self.yard, batch, replace(batch, due=due), now)
            case batches.End(stage, reason):
                return commit(self.yard, batch, batches.move(batch, stage, reason, now), now)
            case batches.NoCapacity(reason):
                return commit(self.yard, batch, batches.wait_for_instances(batch, reason, now), now)
            case batches.Broken(reason):
                failed = batches.move(batch, BatchStage.FAILED, self._where(batch, name, reason), now)
                return commit(self.yard, batch, failed, now)
            case batches.Done():
                return self._assemble(batch, job, now)

    def _assemble(self, batch: Batch, job: TransformJob | None, now: float) -> Batch:
        entry, predictor = self._facts(batch)
        batch = self._claim(batch, batch, now)
        if batch.stage in batches.ENDED or job is None:
            return batch
        files, staged = batch_files.pinned_files(self.yard, batch, entry), batch_files.staged(self.yard, batch)
        uri = batch_results.assemble(self.yard, batch, job, files, staged, predictor.columns)
        rows = f"{batch.rows:,} predictions" if batch.rows else f"predictions for {batch.files:,} files"
        done = batches.move(batch, BatchStage.COMPLETED, f"{rows} by {batch.release_title}: {uri}", now)
        return commit(self.yard, batch, replace(done, uri=uri), now)

    def _where(self, batch: Batch, job: str, reason: str) -> str:
        """Say which of the user's files a failed job stumbled over, as far as SageMaker says."""
        entry, _ = self._facts(batch)
        files, staged = batch_files.pinned_files(self.yard, batch, entry), batch_files.staged(self.yard, batch)
        folder = f"{self.yard.bucket.name}/{batch.staging}in/"
        keys = {f"{folder}{one.name}": file.key for file, one in zip(files, staged.files, strict=True)}
        found = batches.failed_at(job_log.data_log(self.yard.logs, job), keys)
        told = f"transform job {job} failed: {reason}"
        if found is None:
            return told
        key, kind, record = found
        place = key if record is None else f"{key}, record {record:,}"
        return f"{place}: {kind}; {told} (the model's own words are in {job_log.GROUP}, {job}/…{job_log.DATA_LOG})"

    def _cancelled(self, batch: Batch, now: float) -> Batch:
        """End a batch that has no job, or may have one of which its row does not know yet."""
        name = self._job_name(batch)
        job = transform_job.describe(self.yard.sagemaker, name)
        if job is not None and job.status in {"InProgress", "Stopping"}:
            transform_job.stop(self.yard.sagemaker, name)
            return commit(self.yard, batch, replace(batch, due=now + MINUTE), now)
        reason = batch.cancelled or "cancelled"
        return commit(self.yard, batch, batches.move(batch, BatchStage.CANCELLED, reason, now), now)
