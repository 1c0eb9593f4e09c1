"""From the bytes of `spec.yaml` to a checked `Spec`, or to one message that lists everything that is wrong."""

from pydantic import ValidationError

from yardmaster.spec.checks import check
from yardmaster.spec.explain import explain
from yardmaster.spec.problems import SpecError, SpecProblem
from yardmaster.spec.schema import Spec
from yardmaster.spec.source import read_document

__all__ = ["SpecError", "SpecProblem", "parse_spec"]


def parse_spec(raw: bytes) -> Spec:
    """Read, validate and check a spec.

    Args:
        raw: The bytes of `<model>/spec.yaml`: YAML in UTF-8, at most 64 KiB.

    Raises:
        SpecError: Something is wrong; `problems` has every problem with key, value, what is allowed, and line.
    """
    document = read_document(raw)
    try:
        spec = Spec.model_validate(document.data)
        problems = check(spec, document)
    except ValidationError as error:
        explained = (explain(detail, document) for detail in error.errors(include_url=False))
        problems = list(dict.fromkeys(explained))
    unread = {problem.key for problem in document.problems}
    problems = [*document.problems, *(problem for problem in problems if problem.key not in unread)]
    if problems:
        raise SpecError(sorted(problems, key=lambda problem: problem.line or 0))
    return spec
