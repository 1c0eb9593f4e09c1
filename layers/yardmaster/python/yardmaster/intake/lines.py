"""The fast way for blocks of plain numbers: lines are checked together, and only the label is cut off."""

from yardmaster.intake.cells import without_numbers


def cut_label(
    data: bytes, separator: bytes, width: int, *, last: bool, missing: bool
) -> tuple[list[bytes], list[bytes]] | None:
    """Return the labels and the rest of each line, with commas; None if the block must be looked at by column.

    Args:
        data: Whole lines without quotes.
        separator: What stands between cells.
        width: Cells per line.
        last: Whether the label is the last cell; else it is the first.
        missing: Whether empty cells are fine.
    """
    if without_numbers(data, separator) != (separator * (width - 1) + b"\n") * data.count(b"\n"):
        return None
    if not missing and separator * 2 in separator + data.replace(b"\n", separator):
        return None
    lines = (data if separator == b"," else data.replace(separator, b",")).splitlines()
    if last:
        parts = [line.rpartition(b",") for line in lines]
        return [label for _, _, label in parts], [rest for rest, _, _ in parts]
    parts = [line.partition(b",") for line in lines]
    return [label for label, _, _ in parts], [rest for _, _, rest in parts]
