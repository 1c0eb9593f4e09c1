"""What the account's quotas for instances are called, and what AWS says when one is full.

A quota is named by instance type and use, such as `ml.m5.large for endpoint usage`; in Service Quotas, too.
https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
"""

import re
from dataclasses import dataclass
from typing import Final

_LIMIT: Final = re.compile(
    r"service limit '(?P<quota>[^']+)' is (?P<limit>[\d,]+)(?:\.0+)?\b[^,]*, with current utilization of "
    r"(?P<used>[\d,]+).*? and a request delta of (?P<asked>[\d,]+)"
)

_LACKING: Final = re.compile(
    r"(CapacityError|InsufficientCapacity)|(?!AlgorithmError)(.*(Unable to provision requested ML compute capacity|"
    r"InsufficientInstanceCapacity))",
    re.DOTALL,
)
"""How the reasons of jobs begin, or what they say, that found no instances.

https://docs.aws.amazon.com/sagemaker/latest/dg/training-troubleshooting.html
"""


@dataclass(frozen=True)
class Full:
    """What AWS said when it refused something: the quota, its limit, what was in use, and what was asked for."""

    quota: str
    limit: int
    used: int
    asked: int


def of_training(instance_type: str, *, spot: bool) -> str:
    """Return the quota of training jobs, those of a tuning job among them."""
    return f"{instance_type} for {'spot training' if spot else 'training'} job usage"


def of_transforms(instance_type: str) -> str:
    """Return the quota of transform jobs."""
    return f"{instance_type} for transform job usage"


def of_endpoints(instance_type: str) -> str:
    """Return the quota of endpoints."""
    return f"{instance_type} for endpoint usage"


def parse(answer: str) -> Full | None:
    """Return what a `ResourceLimitExceeded` says; None if it says something else.

    Its words: `The account-level service limit 'ml.m4.xlarge for endpoint usage' is 0 Instances, with current
    utilization of 0 Instances and a request delta of 1 Instances. Please contact AWS support to request an increase
    for this limit.` Newer ones end with `Please use AWS Service Quotas to request an increase for this quota.`
    """
    found = _LIMIT.search(answer)
    if found is None:
        return None
    limit, used, asked = (int(found[name].replace(",", "")) for name in ("limit", "used", "asked"))
    return Full(found["quota"], limit, used, asked)


def lacks_instances(failure_reason: str) -> bool:
    """Tell whether a job failed since the region had no instances for it: nothing is wrong with the job."""
    return _LACKING.match(failure_reason) is not None
