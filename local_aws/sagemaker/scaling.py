"""What SageMaker asks Application Auto Scaling: which variants are registered, so that no update pulls one away."""

from typing import Protocol


class ScalableTargets(Protocol):
    """The registrations of endpoint variants."""

    def registered(self, endpoint: str, variant: str) -> bool:
        """Say whether a variant is a scalable target."""

    def deregister(self, endpoint: str, variant: str) -> None:
        """Forget a variant that is deleted with its endpoint."""


class NoTargets:
    """Nothing is scaled."""

    def registered(self, endpoint: str, variant: str) -> bool:
        """Say no."""
        del endpoint, variant
        return False

    def deregister(self, endpoint: str, variant: str) -> None:
        """Do nothing."""
        del endpoint, variant
