"""What is known of instance types: which bring their own disk, and which have GPUs.

Source: the developer guide on ResourceConfig.VolumeSizeInGB: instances with local NVMe storage get no EBS volume, and a
request for more than they have is refused.
"""

import re

_LOCAL_STORAGE = re.compile(
    r"ml\.(?:[cmr][5-8][a-z]*d[a-z]*|g4dn|g5|g6e?|gr6|i[34][a-z]*|p3dn|p4d[e]?|p5e?n?|p6[a-z0-9-]*|trn[12]n?)\."
)


def has_local_storage(instance_type: str) -> bool:
    """Tell whether an instance type brings its own disk, so that no volume size can be asked for."""
    return _LOCAL_STORAGE.match(instance_type) is not None


def has_gpu(instance_type: str) -> bool:
    """Tell whether an instance type has GPUs: `p` and `g` are the families of accelerated computing with them."""
    family = instance_type.split(".")[1].removeprefix("gr").removeprefix("g").removeprefix("p")
    return family[:1].isdigit()
