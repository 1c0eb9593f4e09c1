"""Service Quotas for SageMaker: moto's, which knows VPC's alone, with the simulator's quotas in it.

What the simulator is not told of is unlimited there, and not listed here. A quota's default is what it is set to:
nobody raises one here. Codes are made from the names.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend

from local_aws.seams import Seams

SERVICE = "sagemaker"

Quotas = Callable[[], Mapping[str, int]]
"""Returns the simulator's quotas, by name."""


def listed(quotas: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return quotas as ListAWSDefaultServiceQuotas has them."""
    return [
        {
            "ServiceCode": SERVICE,
            "ServiceName": "Amazon SageMaker",
            "QuotaCode": code_of(name),
            "QuotaName": name,
            "Value": float(value),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
        for name, value in quotas.items()
    ]


def code_of(name: str) -> str:
    """Return a quota's code: `L-` and eight hexadecimal digits."""
    return f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"


def install(seams: Seams, quotas: Quotas) -> None:
    """Let Service Quotas know the simulator's.

    Raises:
        SeamError: moto has changed.
    """

    def listing(original: Any) -> Any:
        def list_aws_default_service_quotas(backend: Any, service_code: str) -> list[dict[str, Any]]:
            if service_code == SERVICE:
                return listed(quotas())
            found: list[dict[str, Any]] = original(backend, service_code)
            return found

        return list_aws_default_service_quotas

    def getting(original: Any) -> Any:
        def get_service_quota(backend: Any, service_code: str, quota_code: str) -> dict[str, Any]:
            if service_code != SERVICE:
                found: dict[str, Any] = original(backend, service_code, quota_code)
                return found
            for one in listed(quotas()):
                if one["QuotaCode"] == quota_code:
                    return one
            raise NoSuchResource

        return get_service_quota

    seams.wrap(ServiceQuotasBackend, "list_aws_default_service_quotas", "self service_code", listing)
    seams.wrap(ServiceQuotasBackend, "get_service_quota", "self service_code quota_code", getting)
