"""Resource names of the simulator's account and region."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Arns:
    """Builds ARNs. SageMaker writes the resource's name in lower case."""

    account: str
    region: str

    def of(self, kind: str, name: str) -> str:
        """Return the ARN of a resource, such as `training-job` and its name."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name.lower()}"


def name_in(reference: str, kind: str) -> str:
    """Return what follows `<kind>/` in an ARN; a plain name is returned as it is."""
    marker = f":{kind}/"
    return reference.split(marker, 1)[1] if marker in reference else reference
