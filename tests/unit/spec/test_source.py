import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from yardmaster.spec.parse import parse_spec
from yardmaster.spec.problems import SpecError, SpecProblem
from yardmaster.spec.source import MAX_BYTES, read_document


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "spec.yaml: empty; write at least: algorithm: xgboost and data: {label: ...}"),
        (b"# nothing\n", "spec.yaml: empty; write at least: algorithm: xgboost and data: {label: ...}"),
        (
            b"- xgboost\n",
            "spec.yaml: not a mapping; write keys and values, at least: algorithm: xgboost and data: {label: ...}",
        ),
        (b"a: 1\nb: \xff\n", "spec.yaml: not UTF-8; save it as UTF-8 (line 2)"),
        (b"a: b: c", "spec.yaml: not YAML: mapping values are not allowed here (line 1)"),
        (
            b"a:\n\t- b",
            "spec.yaml: not YAML: found character '\\t' that cannot start any token; indent with spaces, not tabs "
            "(line 2)",
        ),
        (b"a: \x00", "spec.yaml: not YAML: it has a character that no text has (line 1)"),
        (b"a: [1", "spec.yaml: not YAML: expected ',' or ']', but got the end of the file (line 1)"),
        (
            b"a: &x 1\nb: *x",
            "spec.yaml: anchors (&) and aliases (*) are not read; write the value out (line 1)",
        ),
        (b"a: 1\n---\nb: 2", "spec.yaml: more than one document; remove what follows --- (line 2)"),
        (b"a: " + b"[" * 10 + b"]" * 10, "spec.yaml: nested deeper than 10 levels (line 1)"),
        (b"a: " + b"[" * 20000, "spec.yaml: nested deeper than 10 levels (line 1)"),
        (b"#" * (MAX_BYTES + 1), "spec.yaml: 65537 bytes; at most 65536 are read"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_in_words(raw: bytes, message: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse_spec(raw)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "a: written twice; it stands in line 1 too (line 2)"),
        ("a: {b: 1,\n b: 2}\n", "a.b: written twice; it stands in line 1 too (line 2)"),
        ("a: 010", "a: 010 is another number in YAML; write it plainly, or in quotes (line 1)"),
        ("a: 0x1F", "a: 0x1F is another number in YAML; write it plainly, or in quotes (line 1)"),
        ("a: 1_000", "a: 1_000 is another number in YAML; write it plainly, or in quotes (line 1)"),
        ("a: 1:30", "a: 1:30 is another number in YAML; write it plainly, or in quotes (line 1)"),
        ("a: 1:30.5", "a: 1:30.5 is another number in YAML; write it plainly, or in quotes (line 1)"),
        ("a:\n- 2013-01-01", 'a[0]: 2013-01-01 is a date in YAML; write it in quotes: "2013-01-01" (line 2)'),
        ("a: !!python/name:os.system", "a: tags (!) are not read; leave it out (line 1)"),
        ("a: !!set {b}", "a: tags (!) are not read; leave it out (line 1)"),
        ("? [a]\n: 1", "spec.yaml: a key must be one word (line 1)"),
    ],
)
def test_what_yaml_reads_otherwise_than_people_do_is_a_problem(text: str, message: str) -> None:
    assert [str(problem) for problem in read_document(text.encode()).problems] == [message]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("'yes'", "yes"),
        ("12", 12),
        ("-0.5", -0.5),
        ("1e-3", 0.001),
        ("2.5E+3", 2500.0),
        ("'1e-3'", "1e-3"),
        ("'010'", "010"),
        ("'2013-01-01'", "2013-01-01"),
        ("~", None),
        ("", None),
        ("=", "="),
        ("ml.m5.xlarge", "ml.m5.xlarge"),
        ("binary:logistic", "binary:logistic"),
    ],
)
def test_plain_values_are_what_they_look_like(text: str, value: object) -> None:
    assert read_document(f"a: {text}".encode()).data == {"a": value}


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter() -> None:
    assert read_document(b"\xef\xbb\xbfa: 1\r\nb: x\r\n").data == {"a": 1, "b": "x"}


def test_a_key_that_yaml_takes_for_a_boolean_stays_a_word() -> None:
    assert read_document(b"on: 1\n5: 2\n").data == {"on": 1, "5": 2}


def problems_of(raw: bytes) -> tuple[SpecProblem, ...] | None:
    """Return what is wrong with a spec; None if it is right. Any other error fails the test."""
    try:
        parse_spec(raw)
    except SpecError as refused:
        return refused.problems
    return None


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_no_bytes_ever_do_more_than_refuse(raw: bytes) -> None:
    assert problems_of(raw) != ()


_KEYS = st.sampled_from(["algorithm", "data", "train", "evaluate", "deploy", "label", "gate", "canary", "max_run"])
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 200), st.floats(), st.sampled_from(["xgboost", "10m", "none"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_no_shape_of_data_ever_does_more_than_refuse(data: dict[str, object]) -> None:
    problems = problems_of(yaml.safe_dump(data).encode())
    assert problems != ()
    assert all(str(problem).startswith(problem.key) for problem in problems or ())


def test_a_file_full_of_nonsense_is_refused_soon() -> None:
    nonsense = "\n".join(f"algoritm{number}: 1" for number in range(1000)).encode()
    started = time.process_time()
    assert len(problems_of(nonsense) or ()) == 1001
    assert time.process_time() - started < 5
