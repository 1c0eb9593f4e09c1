"""What services ask of KMS in the caller's name, when a resource is encrypted with a key of the account.

S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html; DynamoDB:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html; SQS:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
"""

from collections.abc import Iterable

from local_aws.iam.needs import Facts, Need


def via(service: str, actions: Iterable[str], key: str | None, facts: Facts) -> list[Need]:
    """Return the rights on a key that a service uses for its caller; none without a key."""
    if key is None:
        return []
    keys = {"kms:ViaService": (f"{service}.{facts.region}.amazonaws.com",), "kms:CallerAccount": (facts.account,)}
    return [Need(f"kms:{action}", key, keys) for action in actions]


def grant_for_volume(key: str, facts: Facts) -> Need:
    """Return the right to let SageMaker's instances open an encrypted volume."""
    need = via("sagemaker", ["CreateGrant"], key, facts)[0]
    return Need(need.action, need.resource, {**need.keys, "kms:GrantIsForAWSResource": ("true",)})
