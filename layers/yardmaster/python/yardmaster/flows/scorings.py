"""How candidate and baseline are asked for their answers on the same test rows."""

from yardmaster.errors import MeasurementError
from yardmaster.flows import spec_in_force
from yardmaster.flows.shape import Shape
from yardmaster.flows.yard import Yard
from yardmaster.records import Release
from yardmaster.rules.scoring import Scoring, scoring_of
from yardmaster.spec.of_algorithm import content_type_of, profile_of
from yardmaster.spec.schema import Spec


def scorings(yard: Yard, release: Release, spec: Spec, shape: Shape, baseline: Release | None) -> dict[str, Scoring]:
    """Return how each model is asked, by role: `candidate`, and `baseline` if there is one.

    The baseline may be another algorithm's: its own spec says how it answers. Empty if nobody can ask the candidate.
    """
    own = scoring_of(profile_of(spec.algorithm), shape.problem, content_type_of(spec))
    if own is None:
        return {}
    found = {"candidate": own}
    if baseline is not None:
        of_baseline = spec_in_force.pinned(yard, baseline)
        theirs = scoring_of(profile_of(of_baseline.algorithm), shape.problem, content_type_of(of_baseline))
        if theirs is None or theirs.content_type != own.content_type:
            raise MeasurementError(
                f"{baseline.title}, which is in service, takes other rows than {release.title}: they can't be compared"
            )
        found["baseline"] = theirs
    return found
