"""The code of a script beside its spec: what of a folder is uploaded, and how."""

from pathlib import Path

from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal
from yardmaster.cli.stack import Stack
from yardmaster.errors import RefusedError
from yardmaster.rules import source_code
from yardmaster.spec.parse import parse_spec
from yardmaster.spec.schema import OwnAlgorithm, ScriptSpec


def plan_source(spec: Path, raw: bytes) -> tuple[ScriptSpec, dict[str, Path]] | None:
    """Say which files a spec's script needs, by their paths below `source_dir`; None if it has no script here.

    A folder that is not there may be in the bucket already: the release is refused in words if it isn't.

    Args:
        spec: The spec's file; `source_dir` lies beside it.
        raw: Its bytes, which are a good spec.

    Raises:
        UsageError: The folder can't be uploaded; nothing was.
    """
    algorithm = parse_spec(raw).algorithm
    script = algorithm.script if isinstance(algorithm, OwnAlgorithm) else None
    if script is None or not (folder := spec.parent / script.source_dir).is_dir():
        return None
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    files = {name: path for name, path in files.items() if source_code.is_code(name)}
    for name, path in files.items():
        if not path.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{path} is a link that leads out of {folder}: put a copy of what it names there")
        if not name.isprintable() or "\\" in name:
            raise UsageError(f"{name!r} in {folder} has a control character or a backslash in its name: rename it")
    try:
        source_code.check_size([path.stat().st_size for path in files.values()], str(folder))
        source_code.check_files(script, files, str(folder))
    except RefusedError as error:
        raise UsageError(str(error)) from error
    return script, files


def upload_source(stack: Stack, terminal: Terminal, model: str, script: ScriptSpec, files: dict[str, Path]) -> None:
    """Upload what is not there yet; what is there besides stays, and is named."""
    prefix = f"{model}/{script.source_dir.strip('/')}/"
    there = {one.key.removeprefix(prefix): one for one in stack.bucket.list(prefix)}
    for name, path in files.items():
        data = path.read_bytes()
        known = there.get(name)
        if known is None or known.size != len(data) or stack.bucket.read(known.key, known.version_id)[0] != data:
            stack.bucket.write(prefix + name, data, "application/octet-stream")
            terminal.say(f"{path} -> {stack.bucket.uri(prefix + name)}")
    for name in sorted(name for name in there.keys() - files.keys() if source_code.is_code(name)):
        terminal.say(f"{stack.bucket.uri(prefix + name)} is not in {script.source_dir}, and is packed too: delete it?")
