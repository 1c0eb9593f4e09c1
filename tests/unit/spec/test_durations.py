import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from yardmaster.spec.durations import Duration, Latency, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1m", 60), ("10m", 600), ("6h", 21600), ("2d", 172800), ("0s", 0), ("250ms", 0.25), ("1000ms", 1.0)],
)
def test_a_written_duration_is_so_many_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "10 m", "1.5h", "-1m", "01m", "1h30m", "10M", "1w", "10m\n", "٣m"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration like 90s, 10m, 6h or 2d"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(90, "90s"), (60, "1m"), (5400, "90m"), (21600, "6h"), (172800, "2d"), (0, "0s"), (0.25, "250ms"), (2.0, "2s")],
)
def test_seconds_are_written_in_the_largest_exact_unit(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(0, 10**8))
def test_what_is_written_reads_back_the_same(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


def test_a_key_with_a_duration_holds_whole_seconds() -> None:
    assert TypeAdapter(Duration).validate_python("10m") == 600


@pytest.mark.parametrize("value", [600, "250ms", "0s", None, True, "10m\n"])
def test_a_key_with_a_duration_takes_no_bare_number_and_no_fraction(value: object) -> None:
    with pytest.raises(ValidationError, match="a duration like"):
        TypeAdapter(Duration).validate_python(value)


@pytest.mark.parametrize(("text", "seconds"), [("250ms", 0.25), ("2s", 2.0)])
def test_a_latency_may_be_in_milliseconds(text: str, seconds: float) -> None:
    assert TypeAdapter(Latency).validate_python(text) == seconds


def test_a_latency_is_not_in_minutes() -> None:
    with pytest.raises(ValidationError, match="a latency like 250ms or 2s"):
        TypeAdapter(Latency).validate_python("1m")
