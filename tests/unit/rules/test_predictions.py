import pytest

from yardmaster.errors import RefusedError
from yardmaster.intake.columns import Column, Columns, Problem, Role
from yardmaster.rules.predictions import ids_filter


@pytest.mark.parametrize(
    ("ids", "width", "chosen"),
    [((0,), 5, "$[0,5:]"), ((0, 3), 5, "$[0,3,5:]"), ((4,), 5, "$[4,5:]"), ((), 5, "$[5:]")],
)
def test_ids_and_the_prediction_stay(ids: tuple[int, ...], width: int, chosen: str) -> None:
    assert ids_filter(ids, width) == chosen


def test_a_filter_has_at_most_63_characters() -> None:
    assert len(ids_filter(range(9, 28), 100)) == 63
    with pytest.raises(RefusedError, match=r"20 columns name a row.* 66 characters where SageMaker takes 63"):
        ids_filter(range(9, 29), 100)


def test_positions_are_those_in_rows_with_or_without_the_label() -> None:
    roles = {"y": Role.LABEL, "k": Role.ID, "a": Role.NUMERIC, "d": Role.DROP, "j": Role.ID}
    columns = Columns(tuple(Column(*one) for one in roles.items()), Problem.REGRESSION, (), header=True)
    for labelled, expected in ((True, "$[1,4,5:]"), (False, "$[0,3,4:]")):
        raw = columns.raw(labelled=labelled)
        assert ids_filter([at for at, one in enumerate(raw) if one.role is Role.ID], len(raw)) == expected
