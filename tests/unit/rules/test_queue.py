"""One writer per endpoint: whose turn it is."""

from tests.unit.cli.builders import release
from yardmaster.records import Release, Stage
from yardmaster.rules.queue import CompareAgain, Go, Superseded, WaitForEndpoint, whose_turn


def approved(number: int, at: float, stage: Stage = Stage.REGISTERED, baseline: str | None = "live0000") -> Release:
    return release(stage, id=f"release{number}", number=number, approved_at=at, baseline=baseline)


def test_an_approved_release_goes_when_the_endpoint_is_free() -> None:
    assert isinstance(whose_turn(approved(2, 10), None, [], "live0000"), Go)


def test_it_waits_while_another_holds_the_endpoint() -> None:
    turn = whose_turn(approved(3, 20), approved(2, 10, Stage.CANARY), [], "live0000")

    assert turn == WaitForEndpoint("release2", 1, "churn #2 holds the endpoint (canary)")


def test_a_holder_that_has_ended_does_not_hold() -> None:
    assert isinstance(whose_turn(approved(3, 20), approved(2, 10, Stage.FAILED), [], "live0000"), Go)


def test_a_release_may_hold_the_endpoint_already() -> None:
    mine = approved(3, 20)

    assert isinstance(whose_turn(mine, mine, [mine], "live0000"), Go)


def test_of_several_that_wait_the_latest_approved_goes_first_whatever_its_number() -> None:
    early, late = approved(5, 10), approved(4, 20)

    assert whose_turn(early, None, [early, late], "live0000") == Superseded(
        "churn #4 was approved later and goes first"
    )
    assert isinstance(whose_turn(late, None, [early, late], "live0000"), Go)


def test_two_approved_in_the_same_second_go_by_number() -> None:
    one, two = approved(4, 10), approved(5, 10)

    assert isinstance(whose_turn(one, None, [one, two], "live0000"), Superseded)
    assert isinstance(whose_turn(two, None, [one, two], "live0000"), Go)


def test_a_release_that_was_compared_with_another_model_is_compared_again() -> None:
    turn = whose_turn(approved(3, 20, baseline="old00000"), None, [], "live0000")

    assert isinstance(turn, CompareAgain)
    assert turn.baseline == "live0000"
