"""What old releases keep, and what a person takes away."""

import time
from collections.abc import Generator

from tests.drops import UNSHARED
from tests.sam.place import EARLIER, MODEL, Place
from tests.sam.scenes.base import Answer, scene
from yardmaster.records import Release, Stage
from yardmaster.rules import retention
from yardmaster.rules.retention import Removal

Playing = Generator[None, Answer, None]


def two(place: Place) -> Release:
    """Bring two releases into service, one after the other; return the first."""
    place.baseline()
    place.candidate(Stage.LIVE, UNSHARED)
    return place.release(EARLIER)


def note(place: Place, old: Release) -> Release:
    """Note that an old release's model goes, as a run does that is killed right after."""
    noted = retention.marked(Removal(old, model=True, channels=False), time.time())
    return place.yard.table.save_release(noted, time.time(), silent=True)


@scene("apply_retention/release_live")
def what_an_old_release_needs_no_more_is_deleted(place: Place) -> Playing:
    old = note(place, two(place))
    artifacts = f"{old.folder}training/"
    place.upload(f"{artifacts}job/output/model.tar.gz", b"a model")
    yield
    assert set(place.release(EARLIER).removed) == {"model", "cleared"}
    assert place.keys(artifacts) == []
    models = [one["ModelName"] for one in place.sagemaker.list_models()["Models"]]
    assert not [name for name in models if EARLIER in name]


@scene("apply_retention/daily")
def what_a_run_left_goes_on_the_next_day(place: Place) -> Playing:
    note(place, two(place))
    yield
    assert "cleared" in place.release(EARLIER).removed


@scene("apply_retention/command_remove")
def a_model_that_a_person_takes_away_serves_nothing(place: Place) -> Playing:
    two(place)
    yield
    model = place.yard.table.get_model(MODEL)
    assert model is not None
    assert model.in_service is None
    assert place.release().stage is Stage.REPLACED
    assert "user/alice" in place.release().reason
