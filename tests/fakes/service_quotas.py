"""Service Quotas, over the simulator's own."""

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from local_aws.service_quotas import listed
from tests.fakes.errors import refusal


class FakeServiceQuotas:
    """Two of boto3's methods; `fails` has the names of those that AWS does not answer."""

    def __init__(self, quotas: Callable[[], Mapping[str, int]]) -> None:
        self.fails: set[str] = set()
        self.defaults: Mapping[str, int] = {}
        """What was never raised has a default only; what was, has an applied value besides."""
        self._quotas = quotas

    def get_paginator(self, name: str) -> Any:
        assert name == "list_aws_default_service_quotas"
        return SimpleNamespace(paginate=self.list_aws_default_service_quotas)

    def list_aws_default_service_quotas(self, ServiceCode: str, **_: Any) -> Iterator[dict[str, Any]]:  # noqa: N803
        assert ServiceCode == "sagemaker"
        self._answer("ListAWSDefaultServiceQuotas")
        found = listed({**self._quotas(), **self.defaults})
        for at in range(0, len(found), 2):
            yield {"Quotas": found[at : at + 2]}

    def get_service_quota(self, ServiceCode: str, QuotaCode: str) -> dict[str, Any]:  # noqa: N803
        assert ServiceCode == "sagemaker"
        self._answer("GetServiceQuota")
        for one in listed(self._quotas()):
            if one["QuotaCode"] == QuotaCode:
                return {"Quota": one}
        raise refusal("NoSuchResourceException", "no such quota", "GetServiceQuota", 400)

    def _answer(self, operation: str) -> None:
        if operation in self.fails:
            raise refusal("AccessDeniedException", "nobody may", operation, 400)
