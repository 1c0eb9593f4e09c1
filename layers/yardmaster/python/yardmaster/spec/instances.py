"""What is known of instance types: which bring their own disk, how large it is, and which have GPUs.

Source: the API reference on ResourceConfig.VolumeSizeInGB: instances with NVMe storage get no EBS volume, and have
the storage that comes with them, no more.
"""

import re

_LOCAL_STORAGE = re.compile(
    r"ml\.(?:[cmr][5-8][a-z]*d[a-z]*|g4dn|g5|g6e?|gr6|i[34][a-z]*|p3dn|p4d[e]?|p5e?n?|p6[a-z0-9-]*|trn[12]n?)\."
)

_SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge")
_OF_SIZES = (75, 150, 300, 600, 1200, 1800, 2400, 3600)
_DISKS = {
    **{f"ml.{one}.{size}": disk for one in ("m5d", "r5d") for size, disk in zip(_SIZES, _OF_SIZES, strict=True)},
    "ml.c5d.xlarge": 100,
    "ml.c5d.2xlarge": 200,
    "ml.c5d.4xlarge": 400,
    "ml.c5d.9xlarge": 900,
    "ml.c5d.18xlarge": 1800,
    "ml.g4dn.xlarge": 125,
    "ml.g4dn.2xlarge": 225,
    "ml.g4dn.4xlarge": 225,
    "ml.g4dn.8xlarge": 900,
    "ml.g4dn.12xlarge": 900,
    "ml.g4dn.16xlarge": 900,
    "ml.g5.xlarge": 250,
    "ml.g5.2xlarge": 450,
    "ml.g5.4xlarge": 600,
    "ml.g5.8xlarge": 900,
    "ml.g5.12xlarge": 3800,
    "ml.g5.16xlarge": 1900,
    "ml.g5.24xlarge": 3800,
    "ml.g5.48xlarge": 7600,
    "ml.p3dn.24xlarge": 1800,
    "ml.p4d.24xlarge": 8000,
}
"""GB of the disks that instances bring, from EC2's list of instance store volumes; of others nothing is said."""


def local_disk(instance_type: str) -> int | None:
    """Return the GB (10^9 bytes) of the disk that an instance type brings; None if it has none, or it is not known."""
    return _DISKS.get(instance_type)


def has_local_storage(instance_type: str) -> bool:
    """Tell whether an instance type brings its own disk, so that no volume size can be asked for."""
    return _LOCAL_STORAGE.match(instance_type) is not None


def has_gpu(instance_type: str) -> bool:
    """Tell whether an instance type has GPUs: `p` and `g` are the families of accelerated computing with them."""
    family = instance_type.split(".")[1].removeprefix("gr").removeprefix("g").removeprefix("p")
    return family[:1].isdigit()
