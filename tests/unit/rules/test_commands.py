"""A person's word: counted once, and told in one line."""

from dataclasses import replace

from tests.unit.cli.builders import release
from yardmaster.rules.commands import KEPT, Command, heard, is_heard

ASKED = Command("event-1", "rollback", "abcdefgh", "too slow", "alice")


def test_a_command_that_was_obeyed_is_known_again() -> None:
    before = release(failures=3)

    after = heard(before, ASKED)

    assert not is_heard(before, ASKED)
    assert is_heard(after, ASKED)
    assert not is_heard(after, replace(ASKED, id="event-2"))
    assert after.failures == 0


def test_a_release_remembers_the_last_commands_only() -> None:
    after = release()
    for number in range(KEPT + 5):
        after = heard(after, replace(ASKED, id=f"event-{number}"))

    assert len(after.commands) == KEPT
    assert not is_heard(after, replace(ASKED, id="event-0"))


def test_what_was_said_is_one_line_with_or_without_a_reason() -> None:
    assert ASKED.said == "rollback by alice: too slow"
    assert replace(ASKED, reason="").said == "rollback by alice"
    assert replace(ASKED, reason="too\nslow\t since noon ").said == "rollback by alice: too slow since noon"
