"""The artifact of the container that encodes raw rows: columns.json and its code, as a model.tar.gz."""

import gzip
import io
import tarfile
from pathlib import Path

PROGRAM = "inference.py"
"""The file in the archive's `code/` that the container runs; it lies beside this one."""


def archive(columns: bytes) -> bytes:
    """Return the archive. The same columns and the same code make the same bytes, without times and owners.

    Args:
        columns: The content of `columns.json`.
    """
    code = Path(__file__).with_name(PROGRAM).read_bytes()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in {"columns.json": columns, f"code/{PROGRAM}": code}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(packed.getvalue(), mtime=0)
