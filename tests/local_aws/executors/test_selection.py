"""Batch transform's filters."""

import pytest

from local_aws.sagemaker.executors import selection

ROW = "a,b,c,d,e,f"


@pytest.mark.parametrize(
    ("path", "cells"),
    [
        ("$", ROW),
        ("$[1:]", "b,c,d,e,f"),
        ("$[1:4]", "b,c,d,e"),
        ("$[:1]", "a,b"),
        ("$[:]", ROW),
        ("$[0]", "a"),
        ("$[0,-1]", "a,f"),
        ("$[-1,0]", "f,a"),
        ("$[0,5:]", "a,f"),
        ("$[0, 2:-2]", "a,c,d,e"),
    ],
)
def test_cells_are_selected_with_the_end_included(path: str, cells: str) -> None:
    assert selection.parse(path).apply(ROW) == cells


def test_quoted_cells_stay_as_they_are_written() -> None:
    assert selection.parse("$[1:2]").apply('a,"b,""x""",c') == '"b,""x""",c'


@pytest.mark.parametrize("path", ["$[9]", "$[-7]", "$[9:]", "$[1:9]"])
def test_a_position_outside_the_row_is_an_error(path: str) -> None:
    with pytest.raises(selection.SelectionError, match="is not within the 6 columns"):
        selection.parse(path).apply(ROW)


def test_two_ranges_are_refused_with_awss_message() -> None:
    with pytest.raises(selection.SelectionError) as refused:
        selection.parse("$[0:2,246:]")
    assert str(refused.value) == (
        "Invalid JsonPath: $[0:2,246:]: only single range filters of format (eg: [1:5]) are supported. "
        "Format [0:2,246:] is not supported"
    )


@pytest.mark.parametrize("path", ["$.features", "$['id']", "$[a]", "$[]", "[1:]", "$[1:2:3]"])
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(selection.SelectionError, match="Invalid JsonPath"):
        selection.parse(path)


def test_an_open_quote_is_an_error() -> None:
    with pytest.raises(selection.SelectionError, match="quote"):
        selection.parse("$[0]").apply('"a,b')
