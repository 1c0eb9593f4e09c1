"""A spec is checked once, when it is uploaded; what was accepted then is only read later."""

import pytest

from yardmaster.spec.parse import SpecError, parse_accepted, parse_spec

GOOD = b"algorithm: xgboost\ndata: {label: y}"
REFUSED_NOW = GOOD + b"\ntrain: {max_wait: 2h}"


def test_an_accepted_spec_reads_the_same() -> None:
    assert parse_accepted(GOOD) == parse_spec(GOOD)


def test_what_newer_rules_would_refuse_is_still_followed() -> None:
    with pytest.raises(SpecError, match="is for spot instances only"):
        parse_spec(REFUSED_NOW)
    assert parse_accepted(REFUSED_NOW).train.max_wait == 7200


def test_another_form_is_refused_in_words() -> None:
    with pytest.raises(SpecError, match="unknown key"):
        parse_accepted(GOOD + b"\nvoyage: 3")
