"""What stays of a batch's rows beside the predictions: the columns that name a row."""

from collections.abc import Sequence
from typing import Final

from yardmaster.errors import RefusedError

LONGEST: Final = 63
"""Characters of a filter; https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataProcessing.html."""


def ids_filter(ids: Sequence[int], width: int) -> str:
    """Return the OutputFilter of a transform job that joins its input (`JoinSource: Input`).

    It is for rows that commas separate: SageMaker splits a joined line by commas, whatever is between its cells.

    Args:
        ids: The positions of the columns that name a row, in the rows as they are sent, counted from 0.
        width: How many cells such a row has; the prediction follows, in one cell or several.

    Returns:
        Such as `$[0,3,9:]`. AWS takes single positions, and one range.

    Raises:
        RefusedError: That is longer than AWS takes.
    """
    chosen = f"$[{','.join(map(str, ids))}{',' if ids else ''}{width}:]"
    if len(chosen) > LONGEST:
        raise RefusedError(
            f"data.id: {len(ids)} columns name a row, and their positions make a filter of {len(chosen)} characters "
            f"where SageMaker takes {LONGEST}: name fewer, or put them among the first ten columns"
        )
    return chosen
