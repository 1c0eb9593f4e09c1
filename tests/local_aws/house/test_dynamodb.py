"""moto's DynamoDB under functions that write at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws
from tests.local_aws.house.support import make_table

WRITES = 60


def test_a_transaction_that_fails_undoes_nothing_that_others_wrote_meanwhile(local: LocalAws) -> None:
    dynamodb = make_table(local, "busy")

    def write(number: int) -> None:
        dynamodb.put_item(TableName="busy", Item={"pk": {"S": f"row-{number}"}})

    def fail(number: int) -> None:
        missing = {
            "TableName": "busy",
            "Key": {"pk": {"S": "never"}},
            "ConditionExpression": "attribute_exists(pk)",
        }
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": missing}])

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(task, number) for number in range(WRITES) for task in (write, fail)]
        for one in done:
            one.result()

    assert dynamodb.scan(TableName="busy", Select="COUNT")["Count"] == WRITES
