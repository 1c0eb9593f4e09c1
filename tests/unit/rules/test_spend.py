"""Caps, and whose turn it is: nobody is forgotten, no room is wasted, and no model stops the others."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yardmaster.records import WaitKind
from yardmaster.rules import spend
from yardmaster.rules.spend import Ask, Caps, Granted, Ledger, Never, Refused, Wait

NOON = 1_800_014_400.0
"""A noon in UTC."""


def wanted(key: str, model: str = "churn", jobs: int = 1, hours: float = 1.0) -> Ask:
    return Ask(key, key, model, jobs, jobs, hours)


def on(quota: str, key: str, model: str = "churn", instances: int = 1) -> Ask:
    return Ask(key, key, model, 1, instances, 1.0, quota)


def no(at: float, free: int | None = 0) -> Refused:
    return Refused("the quota is full", WaitKind.QUOTA, free, at + spend.LOOK_AGAIN)


def asked(ledger: Ledger, one: Ask, caps: Caps, now: float = NOON) -> tuple[Ledger, spend.Answer]:
    return spend.ask(ledger, one, caps, now)


def filled(caps: Caps, *asks: Ask) -> tuple[Ledger, list[spend.Answer]]:
    ledger, answers = Ledger(), []
    for second, one in enumerate(asks):
        ledger, answer = asked(ledger, one, caps, NOON + second)
        answers.append(answer)
    return ledger, answers


def test_without_caps_everything_runs() -> None:
    _, answers = filled(Caps(), *(wanted(str(number)) for number in range(100)))
    assert set(map(type, answers)) == {Granted}


def test_what_is_above_waits_with_its_place_and_the_cap_that_is_full() -> None:
    ledger, answers = filled(Caps(jobs_at_once=2), *(wanted(name) for name in "abcd"))
    assert [type(answer) for answer in answers] == [Granted, Granted, Wait, Wait]
    assert answers[3] == Wait("MaxJobsAtOnce: 2 jobs at once", 2, NOON + 3, NOON + 3 + spend.LOOK_AGAIN)
    again, same = asked(ledger, wanted("a"), Caps(jobs_at_once=2), NOON + 9)
    assert (again, same) == (ledger, Granted())


def test_room_that_is_given_back_goes_to_the_first_and_to_nobody_who_comes_later() -> None:
    caps = Caps(jobs_at_once=1)
    ledger, _ = filled(caps, wanted("a"), wanted("b"), wanted("c"))
    ledger = spend.give_back(ledger, "a", NOON + 60)
    assert [one.key for one in spend.next_ones(ledger, caps)] == ["b"]

    ledger, late = asked(ledger, wanted("d"), caps, NOON + 61)
    assert isinstance(late, Wait)
    assert late.subject == "room for those that waited before it"
    ledger, answer = asked(ledger, wanted("b"), caps, NOON + 62)
    assert answer == Granted()


def test_who_does_not_come_for_its_room_loses_its_place() -> None:
    caps = Caps(jobs_at_once=1)
    ledger, _ = filled(caps, wanted("a"), wanted("dead"), wanted("c"))
    ledger = spend.give_back(ledger, "a", NOON + 60)
    later = NOON + 2 + spend.LOOK_AGAIN + spend.FORGOTTEN
    assert asked(ledger, wanted("c"), caps, later)[1] == Granted()


def test_one_persons_fifty_drops_do_not_stop_the_team() -> None:
    caps = Caps(jobs_at_once=4)
    ledger, _ = filled(caps, *(wanted(f"many-{number}", "many") for number in range(50)), wanted("one", "other"))
    ledger = spend.give_back(ledger, "many-0", NOON + 100)
    assert [one.key for one in spend.next_ones(ledger, caps)] == ["one"]


def test_what_is_kept_out_by_its_own_cap_keeps_nobody_else_out() -> None:
    caps = Caps(jobs_at_once=3, jobs_at_once_per_model=1)
    _, answers = filled(caps, wanted("a1", "a"), wanted("a2", "a"), wanted("b1", "b"))
    assert [type(answer) for answer in answers] == [Granted, Wait, Granted]
    assert isinstance(answers[1], Wait)
    assert answers[1].subject == "MaxJobsAtOncePerModel: 1 jobs of a at once"


def test_a_day_that_is_full_ends_at_midnight_and_the_next_begins_with_nothing() -> None:
    caps = Caps(jobs_per_day=1)
    ledger, _ = filled(caps, wanted("a"))
    ledger = spend.give_back(ledger, "a", NOON + 60)
    ledger, answer = asked(ledger, wanted("b"), caps, NOON + 61)
    midnight = (NOON // spend.DAY + 1) * spend.DAY
    assert isinstance(answer, Wait)
    assert answer.next_try == midnight
    assert asked(ledger, wanted("b"), caps, midnight)[1] == Granted()


def test_hours_count_at_first_as_the_most_and_then_as_what_it_took() -> None:
    caps = Caps(hours_per_day=10)
    ledger, answers = filled(caps, wanted("a", hours=8), wanted("b", hours=4))
    assert [type(answer) for answer in answers] == [Granted, Wait]
    ledger = spend.give_back(ledger, "a", NOON + 1800)
    assert ledger.used["churn"] == spend.Used(1, 0.5)
    assert [one.key for one in spend.next_ones(ledger, caps)] == ["b"]


def test_what_runs_over_midnight_counts_for_the_day_in_which_it_began() -> None:
    caps = Caps(hours_per_day=10)
    ledger, _ = filled(caps, wanted("a", hours=8))
    tomorrow = NOON + spend.DAY
    ledger, answer = asked(ledger, wanted("b", hours=9), caps, tomorrow)
    assert answer == Granted()
    ledger = spend.give_back(ledger, "a", tomorrow + 60)
    assert ledger.used == {"churn": spend.Used(1, 9)}


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        (Caps(jobs_at_once=2), "it needs 3 jobs at once, above this stack's MaxJobsAtOnce of 2"),
        (Caps(jobs_per_day_per_model=1), "above this stack's MaxJobsPerDayPerModel of 1"),
        (Caps(hours_per_day=20), "it needs 30 instance-hours at most, above this stack's MaxInstanceHoursPerDay of 20"),
    ],
)
def test_what_can_never_run_is_refused_with_the_parameter(caps: Caps, said: str) -> None:
    ledger, answer = asked(Ledger(), wanted("a", jobs=3, hours=30), caps)
    assert isinstance(answer, Never)
    assert said in answer.reason
    assert ledger.waiting == {}


def test_what_aws_refused_is_woken_when_something_ends_and_blocks_nobody() -> None:
    caps = Caps(jobs_at_once=2)
    ledger, _ = filled(caps, wanted("a"), wanted("b"))
    ledger = spend.park(ledger, wanted("b"), no(NOON + 5), NOON + 5)
    assert ledger.used["churn"].jobs == 1
    assert [one.key for one in spend.next_ones(ledger, caps)] == ["b"]
    ledger, answer = asked(ledger, wanted("c"), caps, NOON + 6)
    assert answer == Granted()
    assert asked(spend.give_back(ledger, "a", NOON + 9), wanted("b"), caps, NOON + 10)[1] == Granted()


def with_refused(*keys: str) -> Ledger:
    """Return a ledger in which one job of a kind runs, and these wait for the same since AWS refused the first."""
    ledger, _ = filled(Caps(), on("gpu", "runs"), on("gpu", keys[0]))
    ledger = spend.park(ledger, on("gpu", keys[0]), no(NOON + 10), NOON + 10)
    for second, key in enumerate(keys[1:], 11):
        ledger, answer = asked(ledger, on("gpu", key, key), Caps(), NOON + second)
        assert isinstance(answer, Wait), key
    return ledger


def test_what_aws_refused_is_not_asked_for_again_at_once() -> None:
    ledger = with_refused("a")
    ledger, answer = asked(ledger, on("gpu", "b", "other"), Caps(), NOON + 60)
    assert answer == Wait("the quota is full", 1, NOON + 60, NOON + 10 + spend.LOOK_AGAIN, WaitKind.QUOTA)
    assert asked(ledger, on("cpu", "c"), Caps(), NOON + 61)[1] == Granted()


def test_what_fits_into_what_aws_said_is_free_is_asked_for() -> None:
    ledger, _ = filled(Caps(), on("gpu", "big", instances=3))
    ledger = spend.park(ledger, on("gpu", "big", instances=3), no(NOON, free=2), NOON)
    assert isinstance(asked(ledger, on("gpu", "b", instances=3), Caps(), NOON + 1)[1], Wait)
    assert asked(ledger, on("gpu", "c", instances=2), Caps(), NOON + 1)[1] == Granted()


def test_when_a_job_of_that_kind_ends_the_first_is_woken_and_asks_for_all() -> None:
    ledger = with_refused("a", "b", "c")
    ledger, _ = asked(ledger, on("cpu", "other"), Caps(), NOON + 20)
    assert spend.next_ones(spend.give_back(ledger, "other", NOON + 30), Caps()) == []

    ledger = spend.give_back(ledger, "runs", NOON + 40)
    assert [one.key for one in spend.next_ones(ledger, Caps())] == ["b"]  # Of the model that was never served.
    assert isinstance(asked(ledger, on("gpu", "c", "c"), Caps(), NOON + 41)[1], Wait)
    ledger, answer = asked(ledger, on("gpu", "b", "b"), Caps(), NOON + 42)
    assert answer == Granted()
    # As long as its answer is not known, nobody else asks.
    assert isinstance(asked(ledger, on("gpu", "c", "c"), Caps(), NOON + 43)[1], Wait)
    ledger = spend.accepted(ledger, on("gpu", "b", "b"))
    assert [one.key for one in spend.next_ones(ledger, Caps())] == ["c"]


def test_after_a_while_the_first_asks_again_though_nothing_ended() -> None:
    ledger = with_refused("a", "b")
    later = NOON + 10 + spend.LOOK_AGAIN
    assert isinstance(asked(ledger, on("gpu", "a"), Caps(), later)[1], Wait)
    assert asked(ledger, on("gpu", "b", "b"), Caps(), later)[1] == Granted()


def test_a_refusal_for_which_nobody_waits_is_forgotten() -> None:
    ledger = with_refused("a")
    ledger = spend.give_back(spend.give_back(ledger, "a", NOON + 20), "runs", NOON + 30)
    assert ledger.refused == {}


def test_a_refusal_whose_waiters_gave_up_holds_nobody_back_for_long() -> None:
    ledger = spend.give_back(with_refused("a"), "a", NOON + 20)
    assert isinstance(asked(ledger, on("gpu", "b"), Caps(), NOON + 30)[1], Wait)
    later = NOON + 10 + spend.LOOK_AGAIN
    ledger, answer = asked(ledger, on("gpu", "c"), Caps(), later)
    assert (answer, ledger.refused) == (Granted(), {})
    assert asked(ledger, on("gpu", "d"), Caps(), later + 1)[1] == Granted()


def test_a_job_that_found_no_instances_gives_back_its_claim_and_its_next_attempt_waits() -> None:
    ledger, _ = filled(Caps(), on("gpu", "a-1"))
    lacking = Refused("CapacityError: none", WaitKind.CAPACITY, None, NOON + 60 + spend.LOOK_AGAIN)
    ledger = spend.park_again(ledger, "a-1", "a-2", lacking, NOON + 60)
    assert (set(ledger.running), set(ledger.waiting)) == (set(), {"a-2"})
    assert asked(ledger, on("gpu", "b"), Caps(), NOON + 61)[1] == Wait(
        "CapacityError: none", 2, NOON + 61, NOON + 60 + spend.LOOK_AGAIN, WaitKind.CAPACITY
    )
    assert spend.park_again(ledger, "gone", "gone-2", lacking, NOON + 62) == ledger


def test_a_ledger_is_read_as_it_was_written() -> None:
    ledger, _ = filled(Caps(jobs_at_once=1), wanted("a"), wanted("b"))
    ledger = spend.park(ledger, on("gpu", "c"), no(NOON), NOON)
    assert spend.from_dict(7, spend.to_dict(ledger)) == replace(ledger, revision=7)
    assert spend.from_dict(0, {}) == Ledger()


ASKS = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 3)), min_size=1, max_size=30)
CAPS = st.builds(Caps, jobs_at_once=st.integers(3, 8), jobs_at_once_per_model=st.none() | st.integers(3, 5))


@given(ASKS, CAPS)
def test_no_cap_is_ever_exceeded_places_count_through_and_no_room_is_wasted(
    drawn: list[tuple[str, int]], caps: Caps
) -> None:
    asks = [wanted(f"{at}", model, jobs) for at, (model, jobs) in enumerate(drawn)]
    ledger, _ = filled(caps, *asks)
    assert caps.jobs_at_once is not None
    running = Counter[str]()
    for claim in ledger.running.values():
        running[claim.ask.model] += claim.ask.jobs
    assert running.total() <= caps.jobs_at_once
    assert max(running.values()) <= (caps.jobs_at_once_per_model or caps.jobs_at_once)

    places = []
    for key in sorted(ledger.waiting):
        _, answer = asked(ledger, ledger.waiting[key].ask, caps, NOON + 100)
        if isinstance(answer, Wait):
            places.append(answer.position)
    assert sorted(places) == list(range(1, len(places) + 1))
    # If nobody's turn it is, then somebody waits for whom there is no room, or all wait for their own model's.
    free = caps.jobs_at_once - running.total()
    fitting = [
        one
        for one in ledger.waiting.values()
        if running[one.ask.model] + one.ask.jobs <= (caps.jobs_at_once_per_model or 99)
    ]
    assert spend.next_ones(ledger, caps) or not fitting or any(one.ask.jobs > free for one in ledger.waiting.values())


@given(ASKS, CAPS)
def test_everybody_runs_in_the_end_and_models_take_turns(drawn: list[tuple[str, int]], caps: Caps) -> None:
    asks = {f"{at}": wanted(f"{at}", model, jobs) for at, (model, jobs) in enumerate(drawn)}
    ledger, _ = filled(caps, *asks.values())
    now = NOON + 60
    ran = set(ledger.running)
    for _ in range(3 * len(asks)):
        if not ledger.running:
            break
        now += 10
        ledger = spend.give_back(ledger, min(ledger.running, key=lambda key: ledger.running[key].since), now)
        for one in spend.next_ones(ledger, caps):
            ledger, answer = asked(ledger, one, caps, now)
            assert answer == Granted()
            ran.add(one.key)
    assert ran == set(asks)


@pytest.mark.parametrize(("billed", "hours"), [(None, 2.0), (1800.0, 0.5), (0.0, 0.0)])
def test_hours_are_what_was_billed_where_that_is_known(billed: float | None, hours: float) -> None:
    ledger, _ = filled(Caps(), wanted("a", hours=9.0))
    ledger = spend.give_back(ledger, "a", NOON + 7200, billed)
    assert ledger.used["churn"].hours == pytest.approx(hours)
