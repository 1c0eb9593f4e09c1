"""AWS Marketplace as SageMaker knows it: algorithms and model packages of sellers, and who has subscribed to them."""

import hashlib

from local_aws.sagemaker.errors import validation_error

SELLER = "865070037744"
"""The account in which the products of AWS Marketplace are, in us-east-1."""


class Marketplace:
    """The products that are offered, by ARN, and those to which the account has subscribed."""

    def __init__(self) -> None:
        """Begin with nothing on offer."""
        self._products: dict[str, str] = {}
        self._subscribed: set[str] = set()

    def offer(self, arn: str) -> str:
        """Offer a copy of an algorithm or model package of the account; return the ARN of the copy."""
        head, account, kind = arn.rsplit(":", 2)
        del account
        offered = f"{head}:{SELLER}:{kind}"
        self._products[offered] = f"prod-{hashlib.sha256(offered.encode()).hexdigest()[:13]}"
        return offered

    def subscribe(self, arn: str, *, ends: bool = False) -> None:
        """Subscribe to a product, or end that.

        Raises:
            AwsError: Nobody offers it.
        """
        if arn not in self._products:
            raise validation_error(f"{arn} is no product of AWS Marketplace.")
        if ends:
            self._subscribed.discard(arn)
        else:
            self._subscribed.add(arn)

    def product_id(self, arn: str) -> str | None:
        """Return the identifier of a product; None for what is the account's own."""
        return self._products.get(arn)

    def require_subscribed(self, arn: str) -> None:
        """Refuse to use a product to which the account has not subscribed.

        Raises:
            AwsError: AWS's sentence.
        """
        if arn in self._products and arn not in self._subscribed:
            raise validation_error("Caller is not subscribed to the marketplace offering.")
