from tests.requirements import ROOT
from tests.sam.scenes import SCENES


def test_every_sample_has_a_scene_that_asserts_its_effect() -> None:
    events = ROOT / "events"
    assert sorted(SCENES) == sorted(
        path.relative_to(events).with_suffix("").as_posix() for path in events.glob("*/*.json")
    )
