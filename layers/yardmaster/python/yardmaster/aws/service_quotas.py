"""The account's quotas for SageMaker (Service Quotas). Whatever fails here is unknown: nothing depends on it.

A quota has a code, which is found by its name in the list of defaults (some thousand, 100 at a time); its applied value
is read by the code. What was never raised may have no applied value: then the default holds.
https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
"""

import logging
from collections.abc import Collection
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger(__name__)

SERVICE = "sagemaker"
PAGE = 100
"""The most that ListAWSDefaultServiceQuotas gives at once."""


def defaults(client: Any, names: Collection[str]) -> dict[str, tuple[str, float]] | None:
    """Return code and default value of quotas, by name; those that AWS does not have are missing.

    Returns:
        None if AWS does not answer, or must not be asked.
    """
    wanted, found = set(names), {}
    pages = client.get_paginator("list_aws_default_service_quotas")
    try:
        for page in pages.paginate(ServiceCode=SERVICE, PaginationConfig={"PageSize": PAGE}):
            for quota in page["Quotas"]:
                if quota["QuotaName"] in wanted:
                    found[quota["QuotaName"]] = (quota["QuotaCode"], float(quota["Value"]))
            if len(found) == len(wanted):
                break
    except (ClientError, BotoCoreError) as error:
        log.info("the quotas of the account are not known: %s", error)
        return None
    return found


def applied(client: Any, code: str) -> float | None:
    """Return the value that holds for the account; None if there is none, or AWS does not answer."""
    try:
        return float(client.get_service_quota(ServiceCode=SERVICE, QuotaCode=code)["Quota"]["Value"])
    except (ClientError, BotoCoreError) as error:
        log.info("quota %s is not known: %s", code, error)
        return None
