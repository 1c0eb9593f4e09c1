"""From the bytes of `spec.yaml` to a checked `Spec`, or to one message that lists everything that is wrong."""

from pydantic import ValidationError

from yardmaster.spec.problems import SpecError, SpecProblem
from yardmaster.spec.schema import Spec
from yardmaster.spec.source import Document, read_document

__all__ = ["SpecError", "SpecProblem", "parse_accepted", "parse_spec"]


def parse_spec(raw: bytes) -> Spec:
    """Read, validate and check a spec.

    Args:
        raw: The bytes of `<model>/spec.yaml`: YAML in UTF-8, at most 64 KiB.

    Raises:
        SpecError: Something is wrong; `problems` has every problem with key, value, what is allowed, and line.
    """
    # Most functions only read what was accepted: to these, loading it would be part of their cold start.
    from yardmaster.spec.checks import check

    document = read_document(raw)
    try:
        spec = Spec.model_validate(document.data)
        problems = check(spec, document)
    except ValidationError as error:
        problems = _explained(error, document)
    unread = {problem.key for problem in document.problems}
    problems = [*document.problems, *(problem for problem in problems if problem.key not in unread)]
    if problems:
        raise SpecError(sorted(problems, key=lambda problem: problem.line or 0))
    return spec


def parse_accepted(raw: bytes) -> Spec:
    """Read a spec that was accepted: a release under way keeps to it, whatever a newer Yardmaster would refuse.

    Args:
        raw: As for `parse_spec`.

    Raises:
        SpecError: It has another form than a spec has now.
    """
    document = read_document(raw)
    try:
        return Spec.model_validate(document.data)
    except ValidationError as error:
        raise SpecError(_explained(error, document)) from error


def _explained(error: ValidationError, document: Document) -> list[SpecProblem]:
    from yardmaster.spec.explain import explain

    return list(dict.fromkeys(explain(detail, document) for detail in error.errors(include_url=False)))
