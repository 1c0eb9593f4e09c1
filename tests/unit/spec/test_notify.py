"""The `notify` section: one address or several, each once, in small letters."""

import jsonschema
import pytest

from yardmaster.spec.json_schema import json_schema
from yardmaster.spec.parse import SpecError, parse_spec


def spec(notify: str) -> bytes:
    return f"algorithm: xgboost\ndata: {{label: y}}\nnotify: {{{notify}}}\n".encode()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("email: team@example.com", ("team@example.com",)),
        ("email: [ann@example.com]", ("ann@example.com",)),
        ("email: [Ann@Example.com, bob@example.com, ann@example.com]", ("ann@example.com", "bob@example.com")),
    ],
)
def test_addresses_are_read_once_each_in_small_letters(written: str, read: tuple[str, ...]) -> None:
    found = parse_spec(spec(written)).notify
    assert found is not None
    assert found.email == read


def test_without_the_section_nobody_is_named() -> None:
    assert parse_spec(b"algorithm: xgboost\ndata: {label: y}\n").notify is None


@pytest.mark.parametrize(
    "written", ["email: me", "email: []", "email: 'a@b.c,d@e.f'", "email: 'a b@c.d'", "mail: a@b.c"]
)
def test_what_is_no_address_is_refused_with_its_key(written: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse_spec(spec(written))
    assert "notify" in str(refused.value)
    assert "(line 3)" in str(refused.value)


def test_a_list_of_people_is_no_mailing_list() -> None:
    many = ", ".join(f"p{number}@example.com" for number in range(21))
    with pytest.raises(SpecError, match=r"notify\.email"):
        parse_spec(spec(f"email: [{many}]"))


@pytest.mark.parametrize(
    ("value", "valid"),
    [("team@example.com", True), (["a@b.cd", "e@f.gh"], True), ("me", False), ([], False), (3, False)],
)
def test_editors_know_the_same(value: object, valid: bool) -> None:
    whole = {"algorithm": "xgboost", "data": {"label": "y"}, "notify": {"email": value}}
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(whole) == valid
