"""What a key below `<model>/predict/` means: a file to score, a part of a folder, or a folder that is complete."""

from dataclasses import dataclass

from yardmaster.intake.keys import MARKER_NAME
from yardmaster.rules.names import MODEL_NAME


@dataclass(frozen=True)
class Upload:
    """A file, or the marker of a complete folder, and the model that it is for."""

    model: str
    is_folder: bool


def classify_upload(key: str, base: str = "predict/") -> Upload | str:
    """Say what an uploaded key is, or why it is nothing to score.

    Args:
        key: As S3 has it.
        base: The folder, below the model's, in which each file is scored as it arrives; what lies deeper belongs to a
            folder, and waits for its `_SUCCESS`.
    """
    model, _, rest = key.partition("/")
    names = rest.split("/")
    if not MODEL_NAME.fullmatch(model) or names[0] != "predict" or len(names) < 2:
        return "only what lies in <model>/predict/ is scored"
    if not key.isprintable() or "\\" in key or {"", ".", ".."} & set(names):
        return "the key has an empty, `.` or `..` folder, a control character or a backslash: rename it"
    if any(name.startswith((".", "_")) for name in names[:-1]):
        return "names that begin with `.` or `_` are not scored"
    deep = f"{model}/{base}".count("/") < key.count("/")
    if names[-1] == MARKER_NAME:
        return Upload(model, is_folder=True) if deep else "a _SUCCESS marks a folder of parts, and this is none"
    if names[-1].startswith((".", "_")):
        return "names that begin with `.` or `_` are not scored"
    return "a part of a folder, which is scored once _SUCCESS is in it" if deep else Upload(model, is_folder=False)
