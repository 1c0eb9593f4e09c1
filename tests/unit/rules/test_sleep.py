"""The next step of an endpoint that is being stopped or started."""

from dataclasses import replace
from typing import Any

import pytest

from yardmaster.records import Endpoint, Scaling, ScalingPolicy
from yardmaster.rules import sleep
from yardmaster.rules.prices import Prices
from yardmaster.rules.shift import Create, PutPolicy, Register, SetCapacity, SetWeights, VariantState
from yardmaster.rules.sleep import Foreign, Found, GaveOut, GiveUp, Gone, Ready, Remove, Saved, Wait

NOW = 1_000_000.0
POLICY = ScalingPolicy("track", "TargetTrackingScaling", {"TargetValue": 100.0}, ("mine",))
SAVED = Saved(
    name="churn",
    created=500.0,
    config="ym-churn-alone",
    content={"ProductionVariants": [{"VariantName": "a", "ModelName": "m", "InstanceType": "ml.m5.large"}]},
    tags={"yardmaster": "yardmaster"},
    variants=(VariantState("a", 95.0, 5), VariantState("b", 5.0, 1)),
    scaling={"a": Scaling(1, 6, (POLICY,))},
    instances={"ml.m5.large": 6},
)
ROW = Endpoint("churn", "churn", state="stopping", since=NOW - 60, reason="nobody", saved=SAVED.to_dict(), tries=1)
THERE = Found("InService", 500.0, "ym-churn-alone", SAVED.variants)


def test_what_is_saved_is_plain_data_and_comes_back() -> None:
    import json

    assert Saved.from_dict(json.loads(json.dumps(SAVED.to_dict()))) == SAVED


@pytest.mark.parametrize(
    ("found", "by", "step"),
    [
        (None, "", Gone),
        (replace(THERE, status="Deleting"), "", Wait),
        (replace(THERE, status="Failed"), "", Remove),
        (THERE, "alice", Remove),
        (replace(THERE, created=501.0), "alice", Foreign),
        (replace(THERE, config="another"), "alice", GiveUp),
        (replace(THERE, status="Updating"), "", GiveUp),
        (replace(THERE, status="SystemUpdating"), "alice", Wait),
    ],
)
def test_the_next_step_of_a_stop(found: Found | None, by: str, step: type[Any]) -> None:
    assert isinstance(sleep.next_of_stop(replace(ROW, by=by), found, NOW), step)


def test_what_a_sweep_did_not_delete_it_leaves_to_the_next_one_which_knows_whether_it_is_idle_still() -> None:
    assert isinstance(sleep.next_of_stop(ROW, THERE, NOW), GiveUp)


def test_a_stop_is_not_asked_for_ever() -> None:
    asked = replace(ROW, by="alice", tries=sleep.MAX_TRIES)
    assert isinstance(sleep.next_of_stop(asked, THERE, NOW), GiveUp)
    busy = replace(THERE, status="Updating")
    late = replace(ROW, by="alice", since=NOW - sleep.STOP_PATIENCE)
    assert isinstance(sleep.next_of_stop(late, busy, NOW), GiveUp)


def steps(found: Found | None) -> object:
    return sleep.next_of_start(replace(ROW, state="starting", tries=0), found)


def test_a_start_makes_one_change_at_a_time_instances_first_and_scaling_last() -> None:
    fresh = replace(THERE, created=NOW, scaling={}, variants=(VariantState("a", 1.0, 1), VariantState("b", 1.0, 1)))
    assert isinstance(steps(None), Create)
    assert isinstance(steps(replace(fresh, status="Creating")), Wait)
    assert isinstance(steps(replace(fresh, status="Failed")), Remove)
    assert steps(fresh) == SetCapacity("a", 5, "a gets 5 instances, as before")
    grown = replace(fresh, variants=(VariantState("a", 1.0, 5), VariantState("b", 1.0, 1)))
    assert steps(grown) == SetWeights({"a": 95.0, "b": 5.0}, "weights as before")
    weighed = replace(grown, variants=SAVED.variants)
    assert isinstance(steps(weighed), Register)
    registered = replace(weighed, scaling={"a": Scaling(1, 6)})
    assert isinstance(steps(registered), PutPolicy)
    done = steps(replace(weighed, scaling=SAVED.scaling))
    assert isinstance(done, Ready)
    assert "let your alarms mine call its scaling policies again" in done.reason


def test_what_scaling_makes_of_the_instances_is_its_own_affair() -> None:
    shrunk = (VariantState("a", 95.0, 2), VariantState("b", 5.0, 1))
    assert isinstance(steps(replace(THERE, variants=shrunk, scaling=SAVED.scaling)), Ready)


def test_what_aws_refuses_is_left_out_and_said() -> None:
    step = SetCapacity("a", 5, "")
    row = sleep.skipped(replace(ROW, state="starting"), step, "no instances")
    few = replace(THERE, variants=(VariantState("a", 95.0, 1), VariantState("b", 5.0, 1)), scaling=SAVED.scaling)
    done = sleep.next_of_start(row, replace(few, scaling={"a": Scaling(1, 6, (POLICY,))}))
    assert isinstance(done, Ready)
    assert "without capacity a 5, which was refused: no instances" in done.reason


def test_a_start_is_given_up_after_a_few_failures() -> None:
    failed = replace(ROW, state="starting", tries=sleep.MAX_TRIES, failed="no ping")
    assert sleep.next_of_start(failed, None) == GaveOut("no ping")


def test_another_one_of_the_name_is_not_touched() -> None:
    assert isinstance(steps(replace(THERE, config="theirs")), Foreign)
    assert isinstance(steps(replace(THERE, variants=(VariantState("z", 1.0, 1),))), Foreign)


@pytest.mark.parametrize(
    ("content", "tags", "said"),
    [
        ({"ProductionVariants": [{"InstanceType": "ml.m5.large"}]}, {"yardmaster:keep": ""}, "yardmaster:keep"),
        (
            {"ProductionVariants": [{"InstanceType": "ml.m5.large"}], "AsyncInferenceConfig": {"x": 1}},
            {},
            "asynchronous",
        ),
        ({"ProductionVariants": [{"ServerlessConfig": {}}]}, {}, "serverless"),
        ({"ProductionVariants": [{"InstanceType": "ml.m5.large"}]}, {}, None),
    ],
)
def test_who_is_left_alone(content: dict[str, Any], tags: dict[str, str], said: str | None) -> None:
    found = sleep.left_alone(content, tags)
    assert found is said or (said is not None and said in str(found))


def test_inference_components_would_be_lost() -> None:
    assert "inference components" in str(sleep.unstoppable(THERE, {"ProductionVariants": [{"InstanceType": "x"}]}))
    assert sleep.unstoppable(THERE, SAVED.content) is None
    assert "only an endpoint that is InService" in str(
        sleep.unstoppable(replace(THERE, status="Updating"), SAVED.content)
    )


def test_savings_are_money_where_there_are_prices_else_instances() -> None:
    table = Prices("2026-11-30", "us-east-1", "USD", "AWS", {"hosting": {"ml.m5.large": 0.115}})
    assert sleep.saves(SAVED, table) == "saves 0.69 USD an hour (6 × ml.m5.large, prices of 2026-11-30)"
    assert sleep.saves(SAVED, None) == "saves 6 × ml.m5.large while it is stopped"
    assert sleep.hourly(SAVED, Prices("d", "r", "USD", "s", {"hosting": {}})) is None
