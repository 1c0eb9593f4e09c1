"""Journeys that together use every right, and the template with one right less.

Some policies come with parameters: their rights are taken away from a stack that has a key and a network of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from local_aws.iam.conditions import listed
from local_aws.iam.ledger import Ledger
from local_aws.iam.needs import Need
from local_aws.iam.policy import Policy, Verdict
from local_aws.sagemaker.executors.base import ModelDataError
from local_aws.template.rights import StackRights
from tests.drops import PENDING, SPEC, UNSHARED, csv
from tests.fakes import s3
from tests.flows.test_artifact_columns import NOWHERE, archive, columns_of
from tests.flows.test_autoscaling import all_by_hand, promote
from tests.flows.test_crashes import (
    a_model_from_elsewhere,
    a_registered_package,
    between_own_containers,
    canary_to_live,
    refusals,
    rollback,
)
from tests.flows.test_marketplace import make_algorithm, make_package, packaged, trained_with
from tests.flows.test_multi_model import ask, drop_to
from tests.flows.test_serverless import SERVERLESS
from tests.flows.test_stop_idle_endpoints import SPEC as IDLE
from tests.flows.test_stop_idle_endpoints import live, states, stopped
from tests.flows.test_tagged_endpoints import TAGS, theirs
from tests.rights import STACK, Stack, stack
from tests.steps import drop, ended
from tests.unit.spec import built_in
from tests.world import BUCKET, World, envelope
from tools.rights import OWN_KEY_AND_NETWORK
from yardmaster.aws import bucket
from yardmaster.records import BatchStage, Stage
from yardmaster.rules import batches
from yardmaster.spec.builtin import profile
from yardmaster.spec.of_algorithm import content_type_of, is_encoded
from yardmaster.spec.parse import parse_spec

PRICES = b"""{"date": "2026-11-30", "region": "us-east-1", "currency": "USD", "source": "here",
 "hourly": {"hosting": {"ml.m5.large": 0.115}}}"""
GPUS = {"AllowedInstanceTypes": "ml.t2.*,ml.m5.*,ml.p3.*"}
"""What some built-in algorithms train on is not allowed by default."""
STACKS = {
    "with GPUs": stack(tuple(GPUS.items())),
    "own key and network": stack(tuple({**OWN_KEY_AND_NETWORK, **GPUS}.items())),
}
FUNCTIONS = sorted(role.function for role in stack().rights.roles.values() if role.function)


@dataclass(frozen=True)
class Right:
    """One action, or one resource, of one statement of a role; the other is None."""

    role: str
    policy: str
    statement: str
    action: str | None = None
    resource: str | None = None

    @property
    def id(self) -> str:
        """What a test is called: role, statement, and what is taken away."""
        role = next(one.resource for one in stack().rights.roles.values() if one.name == self.role)
        return f"{role} {self.statement} {self.action or str(self.resource).split(':', 5)[-1]}"

    def is_in(self, policy: str, sid: str) -> bool:
        return (policy, sid) == (self.policy, self.statement)


def stack_of(right: Right) -> str:
    """Return the stack that a right is taken away from: the first that has it."""
    return next(
        name
        for name, one in STACKS.items()
        if right.policy in {policy.name for policy in one.rights.roles[right.role].policies}
    )


def rights() -> Iterator[Right]:
    """Yield every right that can be taken away alone: each action, and each resource where there are several."""
    found = (right for one in STACKS.values() for right in _rights(one.rights))
    yield from dict.fromkeys(found)


def _rights(granted: StackRights) -> Iterator[Right]:
    for role in granted.roles.values():
        for policy in role.policies:
            for sid, statement in _statements(policy):
                for action in listed(statement["Action"]):
                    yield Right(role.name, policy.name, sid, action=action)
                resources = listed(statement["Resource"])
                for resource in resources if len(resources) > 1 else []:
                    yield Right(role.name, policy.name, sid, resource=resource)


def without(right: Right) -> Stack:
    """Return the template's stack with one right less."""
    full = STACKS[stack_of(right)]
    role = full.rights.roles[right.role]
    policies = tuple(_reduced(policy, right) for policy in role.policies)
    return replace(full, rights=_with_role(full.rights, replace(role, policies=policies)))


def _with_role(full: StackRights, role: Any) -> StackRights:
    return replace(full, roles={**full.roles, role.name: role})


def _reduced(policy: Policy, right: Right) -> Policy:
    statements = [
        _without(statement, right) if right.is_in(policy.name, sid) else statement
        for sid, statement in _statements(policy)
    ]
    return Policy(policy.name, {**policy.document, "Statement": [one for one in statements if one]})


def _statements(policy: Policy) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for place, statement in enumerate(listed(policy.document["Statement"]), 1):
        yield statement.get("Sid") or f"#{place}", statement


def _without(statement: Mapping[str, Any], right: Right) -> dict[str, Any] | None:
    actions = [one for one in listed(statement["Action"]) if one != right.action]
    resources = [one for one in listed(statement["Resource"]) if one != right.resource]
    return {**statement, "Action": actions, "Resource": resources} if actions and resources else None


class Order(Ledger):
    """Notes when each right was first the only one that let a call pass."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[Right, int] = {}
        self._count = 0

    def note(self, role: str, need: Need, verdict: Verdict) -> None:
        super().note(role, need, verdict)
        self._count += 1
        if len(verdict.grants) == 1:
            (grant,) = verdict.grants
            for right in (
                Right(role, grant.policy, grant.sid, action=grant.action),
                Right(role, grant.policy, grant.sid, resource=grant.resource),
            ):
                self.first.setdefault(right, self._count)


# --- Journeys ---------------------------------------------------------------------------------------------------------


def people_told(world: World) -> None:
    """A spec names somebody; a training fails, and who runs the stack hears of it, too."""
    world.put("churn/spec.yaml", SPEC + "notify: {email: ann@example.com}\n")
    world.script.fails = {"ym-churn-*": "AlgorithmError: no luck"}
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run(lambda: ended(world, 1))
    world.run_for(600)


def a_folder(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/feb/part-0.csv", csv(1, 200))
    world.put("churn/data/feb/_SUCCESS", "")
    world.run(lambda: world.stage("churn", 1) in {Stage.TRAINING, Stage.REFUSED})


def a_rejection(world: World) -> None:
    """A person rejects a release; the next one waits for a quota."""
    world.put("churn/spec.yaml", PENDING)
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run(lambda: world.stage("churn", 1) is Stage.REGISTERED)
    world.command("reject", world.release("churn", 1), "not now")
    world.run(lambda: ended(world, 1))


def repeated_calls(world: World) -> None:
    """Every answer is lost once, so that each call is made again and finds its own work."""
    world.repeat = lambda function, call, operation: operation.startswith("sagemaker:")
    drop(world, 1, spec=SPEC)


def unpublished(world: World) -> None:
    """Every function dies before it notes that its event is out: the tick does it."""
    world.kill = lambda function, call, operation: (
        function != "wake_releases" and operation == "dynamodb:UpdateItem" and world.attempt < 2
    )
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/bad.csv", csv(1, 200).replace("green", "green,extra", 1))
    world.run(lambda: ended(world, 1))
    world.run_for(600)


def a_return(world: World) -> None:
    """A live release gives its endpoint back to the one before it."""
    canary_to_live(world)
    world.command("rollback", world.release("churn", 2), "worse than it looked")
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE, hours=2)


def scaled_by_hand(world: World) -> None:
    """Somebody scales the first release, and by a schedule too: it goes over to the next one."""
    drop(world, 1, quality=0.7, spec=SPEC)
    all_by_hand(world, 1)
    promote(world, 2)


def answers_captured(world: World) -> None:
    """What a canary answers is captured, and read beside what it promised."""
    drop(world, 1, quality=0.7, spec=SPEC.replace("canary: {", "data_capture: {percent: 50}, canary: {"))
    world.traffic = 300
    world.rows = lambda number: f"{number % 5 < 2:d},{number / 300:.6f},1,0".encode()
    drop(world, 2)


def an_alarm(world: World) -> None:
    """A canary is watched by an alarm of the spec, which goes off."""
    world.alarms = {"churn-cpu": "OK"}
    world.put("churn/spec.yaml", SPEC.replace("canary: {", "canary: {alarms: [churn-cpu], "))
    drop(world, 1, quality=0.7)
    world.meanwhile = lambda function, call, operation: world.alarms.update(
        {"churn-cpu": "ALARM"} if world.stage("churn", 2) is Stage.CANARY else {}
    )
    drop(world, 2)


def a_failed_endpoint(world: World) -> None:
    """AWS loses the endpoint's instances under a canary, and again when nobody holds it: it is made again each time."""
    drop(world, 1, quality=0.7, spec=SPEC)
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    world.core.put_in_status("churn", "Failed", "all instances were lost")
    world.run(lambda: ended(world, 2), hours=4)
    world.core.put_in_status("churn", "Failed", "all instances were lost")
    drop(world, 3, quality=0.95)


def endpoints_unheard(world: World) -> None:
    """No event tells of endpoints, but an old one wakes deploy_canary just then: it does what judge_canary would."""

    def keep(event: dict[str, Any]) -> bool:
        if event["detail-type"] != "SageMaker Endpoint State Change":
            return True
        old = next(one for one in reversed(world.events) if one["detail"].get("stage") == "registered")
        world.invoke_later("deploy_canary", old)
        return False

    world.keep = keep
    canary_to_live(world)


SCARCE = {"training job": "ml.m5.xlarge", "transform job": "ml.m5.xlarge", "endpoint": "ml.m5.large"}


def no_room(world: World) -> None:
    """Every kind of instance is missing for a while, so that each step waits, and says so."""
    world.hide_quotas()
    for use, instance in SCARCE.items():
        quotas = {f"{instance} for {use} usage": 0, f"{instance} for spot training job usage": 0}
        world.core.settings = replace(world.core.settings, quotas=quotas)
        if world.table.get_model("churn") is None:
            world.put("churn/spec.yaml", SPEC)
            world.put("churn/data/month-1.csv", csv(1, 200))
        world.run(partial(_waits_for, world, use), hours=2)
    world.run_for(600)
    world.core.settings = replace(world.core.settings, quotas={})
    world.run(lambda: ended(world, 1), hours=2)


def above_a_quota(world: World) -> None:
    """The account may have none of the training instances that others may: the release is refused, and no job made."""
    world.service_quotas.defaults = {"ml.m5.xlarge for training job usage": 5}
    world.core.settings = replace(world.core.settings, quotas={"ml.m5.xlarge for training job usage": 0})
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run(lambda: ended(world, 1), hours=1)


def _waits_for(world: World, use: str) -> bool:
    found = world.table.find_number("churn", 1)
    return found is not None and f"{use} usage" in str(found.waiting_for)


def channels_twice(world: World) -> None:
    """A function dies when its channels, in parts, are there already: the next try finds them, and drops its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket, "PART", 1000)
        patch.setattr(s3, "MIN_PART", 1)
        world.kill = lambda function, call, operation: (
            (function, world.attempt) == ("prepare_data", 0)
            and operation in {"dynamodb:PutItem", "dynamodb:TransactWriteItems"}
            and any(key.endswith(".csv") for key in world.keys("churn/releases/"))
        )
        world.put("churn/spec.yaml", SPEC)
        world.put("churn/data/month-1.csv", csv(1, 600))
        world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)


def drops_together(world: World) -> None:
    """A release is trained on two drops; somebody else is faster at putting a large channel beside the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket, "PART", 1000)
        patch.setattr(s3, "MIN_PART", 1)
        drop(world, 1, spec=UNSHARED.replace('"yes"}', '"yes", history: all}'))

        def put_first(function: str, call: int, operation: str) -> None:
            if (function, operation) == ("start_training", "s3:CompleteMultipartUpload"):
                for upload in list(world.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]):
                    world.s3.put_object(Bucket=BUCKET, Key=upload["Key"], Body=b"1,1\n")

        world.meanwhile = put_first
        drop(world, 2)


def three_failures(function: str) -> Callable[[World], None]:
    def journey(world: World) -> None:
        world.kill = lambda killed, call, operation: killed == function == "wake_releases"
        if function != "wake_releases":
            world.invoke_later(function, {})
        world.run_for(400)

    return journey


def a_drop_without_spec(world: World) -> None:
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run_for(60)
    world.put("churn/spec.yaml", SPEC)
    world.delete("churn/spec.yaml")
    world.run_for(60)


TUNED = (
    SPEC
    + """tune:
  {objective_metric_name: validation:auc, objective_type: Maximize, strategy: Random, max_jobs: 4, max_parallel_jobs: 2,
   hyperparameter_ranges: {eta: {type: continuous, min: 0.1, max: 1}}, warm_start_config: {parents: previous}}
"""
)


def a_tuning(world: World) -> None:
    """One release is tuned; the next one starts from its tuning job, and is cancelled."""
    drop(world, 1, spec=TUNED)
    world.put("churn/data/month-2.csv", csv(2, 200))
    world.run(lambda: world.stage("churn", 2) in {Stage.TRAINING, Stage.FAILED}, 3)
    world.command("cancel", world.release("churn", 2))
    world.run(lambda: ended(world, 2), 3)


def cancelled_in_the_making(world: World) -> None:
    """Releases are cancelled while their jobs are made by functions that die right after: the jobs are stopped."""

    def cancelled(number: int, function: str, operation: str, spec: str) -> None:
        done: list[str] = []

        def kill(called: str, call: int, what: str) -> bool:
            made = (called, what) == (function, "dynamodb:PutItem") and _has_job(world, operation)
            if not made or done:
                return False
            done.append(what)
            world.command("cancel", world.release("churn", number))
            return True

        world.kill = kill
        world.put("churn/spec.yaml", spec)
        world.put(f"churn/data/month-{number}.csv", csv(number, 200))
        world.run(lambda: ended(world, number), 3)
        world.run_for(600)
        world.errors.extend(f"{operation} runs on" for _ in range(_has_job(world, operation)))

    cancelled(1, "start_training", "TrainingJob", SPEC)
    cancelled(2, "start_training", "HyperParameterTuningJob", TUNED)
    cancelled(3, "test_candidate", "TransformJob", SPEC)
    world.kill = lambda function, call, operation: False
    world.put("churn/data/month-4.csv", csv(4, 200))
    world.run(lambda: world.stage("churn", 4) is Stage.TESTING and bool(world.release("churn", 4).transform_jobs), 3)
    world.command("cancel", world.release("churn", 4))
    world.run(lambda: ended(world, 4), 3)
    world.errors.extend("a test runs on" for _ in range(_has_job(world, "TransformJob")))


def _has_job(world: World, kind: str) -> int:
    listed = {
        "TrainingJob": world.sagemaker.list_training_jobs,
        "HyperParameterTuningJob": world.sagemaker.list_hyper_parameter_tuning_jobs,
        "TransformJob": world.sagemaker.list_transform_jobs,
    }
    found = listed[kind](StatusEquals="InProgress", MaxResults=100)
    return len(found[f"{kind}Summaries"])


def a_training_interrupted(world: World) -> None:
    """Its spot capacity is taken back twice: the later checkpoint takes the place of the one before."""
    world.script.training_seconds = 1800
    world.put("churn/spec.yaml", UNSHARED + "train: {use_spot_instances: true}\n")
    world.put("churn/data/month-1.csv", csv(1, 200))
    for _ in range(2):
        world.run(partial(_trains, world), hours=2)
        world.run_for(60)
        job = world.release("churn", 1).training_job or ""
        world.core.provoke("training-jobs", job, "interrupt", seconds=600)
    world.run(lambda: ended(world, 1), hours=5)


def _trains(world: World) -> bool:
    found = world.table.find_number("churn", 1)
    if found is None or found.training_job is None:
        return False
    job = world.sagemaker.describe_training_job(TrainingJobName=found.training_job)
    return bool(job["SecondaryStatus"] == "Training")


def a_training_cancelled(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)
    world.command("cancel", world.release("churn", 1))
    world.run(lambda: ended(world, 1), 3)


FRAMEWORKS = ("sklearn", "pytorch", "tensorflow")
UNJUDGED = """
algorithm: {{{algorithm}}}
data: {{label: churned, positive: "yes"}}
deploy: {{canary: none}}
"""


def a_script(framework: str) -> Callable[[World], None]:
    def journey(world: World) -> None:
        world.put("churn/source/train.py", "print('auc=0.9')")
        script = f"script: {{entry_point: train.py, framework: {framework}}}"
        drop(world, 1, spec=UNJUDGED.format(algorithm=script))

    return journey


def a_built_in(name: str) -> Callable[[World], None]:
    """Train a built-in algorithm; those that local AWS has not are pretended to be there."""

    def journey(world: World) -> None:
        known = profile(name)
        world.script.images = [] if known.local else ["*"]
        text = built_in.spec(name, "{label: churned}" if "label" in built_in.DATA.get(name, "") else None)
        found = parse_spec(text)
        world.put("churn/spec.yaml", text)
        if is_encoded(found):
            world.put("churn/data/month-1.csv", csv(1))
        else:
            for channel in (*known.needs(content_type_of(found)), "test"):
                world.put(f"churn/data/month-1/{channel}/part-0", "1\n")
            world.put("churn/data/month-1/_SUCCESS", "")
        world.run(lambda: ended(world, 1) or world.stage("churn", 1) is Stage.REGISTERED)

    return journey


def an_image(world: World) -> None:
    world.script.images = ["*"]
    image = "image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1"
    drop(world, 1, spec=UNJUDGED.format(algorithm=image))


def an_algorithm(world: World) -> None:
    """An algorithm of the account's own trains, and its model is served as a package."""
    drop(world, 1, spec=trained_with(make_algorithm(world)))


def a_bought_package(world: World) -> None:
    """A model package that the spec names is tested and served."""
    drop(world, 1, spec=packaged(make_package(world)))


def columns_of_its_own(world: World) -> None:
    """A model that takes fewer columns is tested on a copy of the rows, which breaks off at a row that is no row."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket, "PART", 100)
        patch.setattr(bucket, "BLOCK", 100)
        patch.setattr(s3, "MIN_PART", 1)
        first = drop(world, 1, quality=0.7, spec=NOWHERE)
        (key,) = world.keys(f"{first.folder}channels/test/")
        world.s3.put_object(Bucket=BUCKET, Key=key, Body=world.read(key).encode() + b"1,2\n")
        world.put("churn/artifacts/columns.json", columns_of(world, first, "churned", "truth"))
        world.put("churn/artifacts/model.tar.gz", archive(0.9))
        world.run(lambda: ended(world, 2))


def serverless_and_back(world: World) -> None:
    """An endpoint without instances gets a second release, and gives it back."""
    drop(world, 1, quality=0.7, spec=SERVERLESS)
    second = drop(world, 2, quality=0.9)
    world.command("rollback", second)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE, hours=2)


def a_shared_endpoint(world: World) -> None:
    """A model goes live among others twice, is asked, and goes back; the tick tells of the last."""
    drop_to(world, "churn", 1, 0.7)
    second = drop_to(world, "churn", 2, 0.9)
    try:
        ask(world, "churn")
    except ModelDataError as error:
        world.errors.append(str(error))
    world.kill = lambda function, call, operation: (
        function != "wake_releases" and operation == "dynamodb:UpdateItem" and world.attempt < 2
    )
    world.command("rollback", second)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE, hours=2)
    world.run_for(600)
    untold = [one.title for one in world.table.releases_of("churn") if one.published < one.revision]
    world.errors.extend(f"nobody was told of {title}" for title in untold)


def old_releases(world: World) -> None:
    """Two releases too many leave, one of them with the model of an endpoint that several models share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEP_RELEASES", "1")
        for number in (1, 2, 3):
            drop_to(world, "churn", number, 0.6 + 0.1 * number)
        world.run_for(600)
        daily = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
        world.invoke_later("apply_retention", daily)
        world.run_for(600)
    assert_cleared(world)


def assert_cleared(world: World) -> None:
    left = [one.title for one in world.table.releases_of("churn") if one.removed and "cleared" not in one.removed]
    world.errors.extend(f"{title} is not cleared" for title in left)


def a_model_removed(world: World) -> None:
    """The first of three releases leaves, with its configuration; then a person takes the whole model away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEP_RELEASES", "1")
        for number in (1, 2, 3):
            drop(world, number, quality=0.6 + 0.1 * number, spec=UNSHARED)
        world.run_for(600)
    assert_cleared(world)
    said = {"command": "remove", "model": "churn", "reason": "not needed", "by": "alice"}
    world.send(envelope(f"yardmaster.{STACK}", "Model Command", said, world.now))
    world.run_for(600)
    untold = [one.title for one in world.table.releases_of("churn") if one.published < one.revision]
    world.errors.extend(f"nobody was told of {title}" for title in untold)


def asleep_and_back(world: World) -> None:
    """Nobody asks a scaled endpoint: it is stopped, and comes back with all its instances, policies and schedules."""
    live(world, IDLE)
    name = f"release-{world.release('churn', 1).id}"
    of = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/churn/variant/{name}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    night = {"ScheduledActionName": "night", "Schedule": "cron(0 22 * * ? *)"}
    world.autoscaling.put_scheduled_action(**of, **night, ScalableTargetAction={"MinCapacity": 1})
    more = [{"VariantName": name, "DesiredInstanceCount": 3}]
    world.sagemaker.update_endpoint_weights_and_capacities(EndpointName="churn", DesiredWeightsAndCapacities=more)
    world.run(lambda: stopped(world), hours=3)
    back_again(world, "churn")


def stopped_by_hand(world: World) -> None:
    """A person stops it; its configuration is deleted, and its first start fails."""
    live(world, IDLE)
    world.s3.put_object(Bucket=BUCKET, Key="_prices.json", Body=PRICES)
    world.say("stop_endpoint", "churn")
    world.run(lambda: stopped(world), hours=1)
    world.s3.delete_object(Bucket=BUCKET, Key="_prices.json")
    world.sagemaker.delete_endpoint_config(EndpointConfigName=world.endpoint("churn").saved["config"])
    fails_once(world, "churn")
    back_again(world, "churn")
    world.say("stop_endpoint", "churn")
    world.run(lambda: stopped(world), hours=1)
    world.errors.extend(str(one["detail"].get("saves")) for one in world.events if "saves" in one["detail"])


def an_endpoint_of_somebody(world: World) -> None:
    """An endpoint that is tagged to be stopped is, where the stack may; and it comes back."""
    theirs(world, TAGS)
    more = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 2}]
    world.run_for(300)
    world.sagemaker.update_endpoint_weights_and_capacities(EndpointName="Theirs", DesiredWeightsAndCapacities=more)
    world.run_for(2.5 * 3600)
    world.errors.append(str(states(world, "Theirs")))
    if world.table.get_endpoint("Theirs") is None:
        return
    fails_once(world, "Theirs")
    back_again(world, "Theirs")


def fails_once(world: World, name: str) -> None:
    world.script.fails = {f"{name}/*": "no ping"}
    world.say("start_endpoint", name)
    world.run(lambda: bool(world.endpoint(name).failed), hours=1)
    world.script.fails = {}


def back_again(world: World, name: str) -> None:
    world.say("start_endpoint", name)
    world.run(lambda: world.endpoint(name).state == "" and world.endpoint(name).due is None, hours=1)
    row = world.endpoint(name)
    world.errors.append(f"{row.state} {row.reason} {states(world, name)}")
    # What a sweep can't do it counts, and goes on.
    world.errors.extend(line for line in world.log if "'unfinished'" in line and "'failed': 0" not in line)


BATCHES = (
    UNSHARED
    + """batch_transform:
  - {schedule: "rate(1 hour)", input: predict/nightly/}
  - {input: predict/adhoc/, join_source: Input}
"""
)
ROWS = "truth,number,colour\n1,0.5,red\n0,0.25,green\n"


def batches_of_predictions(world: World) -> None:
    """A schedule scores a folder, a file is scored as it arrives, one fails and one is cancelled; schedules change."""
    drop(world, 1, spec=BATCHES)
    world.put("churn/predict/nightly/a.csv", ROWS)
    world.put("churn/predict/adhoc/b.csv", ROWS)
    world.run(lambda: _batches(world, BatchStage.COMPLETED) >= 2, hours=3)
    world.script.refuses = lambda job, body: (400, b"line 1: cannot read") if b"0.75" in body else None
    world.put("churn/predict/adhoc/bad.csv", ROWS.replace("0.25", "0.75"))
    world.run(lambda: _batches(world, BatchStage.FAILED) == 1, hours=3)
    reasons = [one.reason for one in world.batches("churn") if one.stage is BatchStage.FAILED]
    world.errors.extend(reason for reason in reasons if not reason.startswith("churn/predict/adhoc/bad.csv"))
    world.put("churn/predict/adhoc/c.csv", ROWS)
    world.run(lambda: any(one.stage is BatchStage.RUNNING for one in world.batches("churn")), hours=3)
    running = next(one for one in world.batches("churn") if one.stage is BatchStage.RUNNING)
    said = {"command": "cancel", "model": "churn", "batch": running.id, "reason": "not needed", "by": "alice"}
    world.send(envelope(f"yardmaster.{STACK}", "Batch Command", said, world.now))
    world.run(lambda: _batches(world, BatchStage.CANCELLED) == 1, hours=3)
    world.put("churn/spec.yaml", BATCHES.replace("rate(1 hour)", "rate(2 hours)"))
    world.run_for(60)
    world.put("churn/spec.yaml", UNSHARED)
    world.run_for(600)
    if world.scheduler.schedules:
        world.errors.append("a schedule is left")


def a_batch_above_a_quota(world: World) -> None:
    """The account may have none of the instances that a batch is to run on: it is refused, and no job made."""
    quota = "ml.m5.2xlarge for transform job usage"
    world.service_quotas.defaults = {quota: 5}
    world.core.settings = replace(world.core.settings, quotas={quota: 0})
    entry = "batch_transform: [{input: predict/adhoc/, instance_type: ml.m5.2xlarge}]\n"
    drop(world, 1, spec=UNSHARED + entry)
    world.put("churn/predict/adhoc/a.csv", ROWS)
    world.run(lambda: any(one.stage in batches.ENDED for one in world.batches("churn")), hours=1)
    world.errors.extend(one.stage.value for one in world.batches("churn"))


def _batches(world: World, stage: BatchStage) -> int:
    return sum(one.stage is stage for one in world.batches("churn"))


JOURNEYS: dict[str, Callable[[World], None]] = {
    "canary to live": canary_to_live,
    "rollback": rollback,
    "a return": a_return,
    "answers captured": answers_captured,
    "an alarm": an_alarm,
    "scaled by hand": scaled_by_hand,
    "a failed endpoint": a_failed_endpoint,
    "refusals": refusals,
    "a model from elsewhere": a_model_from_elsewhere,
    "a registered package": a_registered_package,
    "columns of its own": columns_of_its_own,
    "an algorithm": an_algorithm,
    "a bought package": a_bought_package,
    "between own containers": between_own_containers,
    "serverless and back": serverless_and_back,
    "a shared endpoint": a_shared_endpoint,
    "old releases": old_releases,
    "batches of predictions": batches_of_predictions,
    "a model removed": a_model_removed,
    "asleep and back": asleep_and_back,
    "stopped by hand": stopped_by_hand,
    "an endpoint of somebody": an_endpoint_of_somebody,
    "people told": people_told,
    "a folder": a_folder,
    "a rejection": a_rejection,
    "repeated calls": repeated_calls,
    "unpublished": unpublished,
    "no spec": a_drop_without_spec,
    "a tuning": a_tuning,
    "a training interrupted": a_training_interrupted,
    "a training cancelled": a_training_cancelled,
    "cancelled in the making": cancelled_in_the_making,
    "no room": no_room,
    "above a quota": above_a_quota,
    "a batch above a quota": a_batch_above_a_quota,
    **{f"a script for {framework}": a_script(framework) for framework in FRAMEWORKS},
    "an image of one's own": an_image,
    **{name: a_built_in(name) for name in built_in.ALGORITHMS if name != "xgboost"},
    "endpoints unheard": endpoints_unheard,
    "channels twice": channels_twice,
    "drops together": drops_together,
    **{f"{function} fails three times": three_failures(function) for function in FUNCTIONS},
}
