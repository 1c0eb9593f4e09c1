"""What a new configuration of an endpoint keeps of the present one: gathered here, decided in `rules.keeping`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yardmaster.aws import endpoint as sagemaker_endpoint
from yardmaster.aws.endpoint import Config, VariantRequest
from yardmaster.aws.protection import Protection
from yardmaster.flows.protection import protection
from yardmaster.flows.yard import Yard
from yardmaster.rules import keeping
from yardmaster.rules.keeping import Present
from yardmaster.rules.names import captured_folder, release_of_job
from yardmaster.spec.schema import DeploySpec


@dataclass(frozen=True)
class Kept:
    """What the new configurations have of the present one, and of the spec.

    Attributes:
        present: What the present configuration has.
        serving: The variant that serves, as it was asked for; None without one.
        capture: The DataCaptureConfig of the new configurations.
        config: The present configuration's name; None without one.
        lost: What the present configuration has, and the new ones could not have.
    """

    present: Present
    serving: VariantRequest | None
    capture: Mapping[str, Any] | None
    config: str | None
    lost: tuple[str, ...] = ()

    def settings(self, instance_type: str) -> dict[str, Any]:
        """Return the settings of a new variant."""
        return keeping.settings_of_new(self.present, instance_type)

    def protection(self, yard: Yard, variants: Sequence[VariantRequest]) -> Protection:
        """Return the protection of a configuration with these variants."""
        types = [variant.instance_type for variant in variants]
        key = keeping.volume_key(self.present, yard.settings.kms_key_arn, *types)
        return replace(protection(yard.settings, *types), volume_key=key)

    def told(self, yard: Yard, *variants: VariantRequest) -> str:
        """Say what is kept of a configuration that somebody else made; nothing of our own."""
        if self.config is None or release_of_job(yard.settings.prefix, self.config) is not None:
            return ""
        return keeping.told(self.present, self.capture, self.protection(yard, variants).volume_key)


def keep(yard: Yard, model: str, deploy: DeploySpec | None, config: str | None, serving: str | None) -> Kept:
    """Look at the present configuration.

    Args:
        yard: Settings and adapters.
        model: Whose endpoint it is.
        deploy: What the spec says; None for a way back, which keeps all.
        config: The present configuration's name; None without one.
        serving: The variant that serves; None if none of ours does: then the one with the most traffic counts.
    """
    found = sagemaker_endpoint.describe_config(yard.sagemaker, config) if config else None
    variant, present = _present(found, serving)
    if deploy is None:
        return Kept(present, variant, present.capture, config)
    destination = yard.bucket.uri(captured_folder(model))
    wanted = "none" if deploy.serverless else deploy.data_capture
    capture = keeping.capture_config(wanted, present, destination, yard.settings.kms_key_arn)
    return Kept(present, variant, capture, config, found.more if found else ())


def _present(found: Config | None, serving: str | None) -> tuple[VariantRequest | None, Present]:
    if found is None:
        return None, keeping.NOTHING
    variant = found.variant(serving) if serving else max(found.variants, key=lambda one: one.weight)
    if variant is None:
        return None, Present(found.key, found.capture)
    return variant, Present(found.key, found.capture, variant.settings, variant.instance_type)
