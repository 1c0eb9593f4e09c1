"""What a training job is given: which channels, under which names, holding what."""

from collections.abc import Mapping

from yardmaster.records import Channel
from yardmaster.spec.of_algorithm import content_type_of, is_encoded, profile_of
from yardmaster.spec.schema import Spec


def channels_of_job(spec: Spec, channels: Mapping[str, Channel]) -> dict[str, Channel]:
    """Return the channels that a release's training job is given, by the names that the algorithm knows them by.

    Of encoded drops never the test channel. Where an algorithm measures itself on what it calls `test`, it is given our
    validation rows. Drops that go as they are have folders by the algorithm's own names already.
    """
    profile = profile_of(spec.algorithm)
    if is_encoded(spec):
        return {profile.channels[name]: channel for name, channel in channels.items() if name in profile.channels}
    return {name: channel for name, channel in channels.items() if name in profile.folders}


def content_type_in_job(spec: Spec, channel: str) -> str:
    """Return the ContentType of a job's channel, by the algorithm's own name."""
    profile = profile_of(spec.algorithm)
    if is_encoded(spec):
        return profile.training_content_type
    return profile.channel_type(channel, content_type_of(spec))
