"""How jobs and models keep their data to themselves: keys and network, as SageMaker's requests write them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Protection:
    """The keys and the network of one job or model; without any, SageMaker's own.

    Attributes:
        output_key: Encrypts what is written to S3.
        volume_key: Encrypts the instances' volumes; None where they bring their own disk, for which SageMaker refuses
            a key (it is encrypted by the instance's hardware).
        subnets, security_groups: Where instances get their network interfaces; empty for no VPC.
    """

    output_key: str | None = None
    volume_key: str | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()

    def for_output(self) -> dict[str, Any]:
        """Return what OutputDataConfig and TransformOutput say of the key."""
        return {"KmsKeyId": self.output_key} if self.output_key else {}

    def for_volume(self, member: str = "VolumeKmsKeyId") -> dict[str, Any]:
        """Return what resources say of the volume's key; an endpoint's configuration calls it `KmsKeyId`."""
        return {member: self.volume_key} if self.volume_key else {}

    def for_network(self) -> dict[str, Any]:
        """Return `VpcConfig`, if there is one."""
        if not self.subnets:
            return {}
        return {"VpcConfig": {"Subnets": list(self.subnets), "SecurityGroupIds": list(self.security_groups)}}


NONE = Protection()
