"""Service Quotas tells of the simulator's quotas, as boto3 and the functions' own adapter ask."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws
from tests.local_aws.house.support import stub_engine
from yardmaster.aws import service_quotas

TRAINING = "ml.m5.xlarge for training job usage"


def test_quotas_of_sagemaker_are_the_simulators(tmp_path: Path) -> None:
    with LocalAws(tmp_path, stub_engine) as local:
        client = local.client("service-quotas")
        found = service_quotas.defaults(client, [TRAINING, "no such quota"])
        assert found is not None
        assert set(found) == {TRAINING}
        code, value = found[TRAINING]
        assert value == 0.0
        assert service_quotas.applied(client, code) == 0.0
        with pytest.raises(ClientError, match="NoSuchResource"):
            client.get_service_quota(ServiceCode="sagemaker", QuotaCode="L-00000000")
        assert client.list_aws_default_service_quotas(ServiceCode="vpc")["Quotas"]
