"""Tags: AddTags, ListTags, DeleteTags, and the tags that a create brings along."""

from typing import TYPE_CHECKING, Any

from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.paging import page_of

if TYPE_CHECKING:
    from local_aws.sagemaker.world import Handler

MAX_TAGS = 50


class TagStore:
    """Tags by resource ARN; a resource that exists is known here, with or without tags."""

    def __init__(self) -> None:
        """Begin without resources."""
        self._tags: dict[str, dict[str, str]] = {}

    def operations(self) -> "dict[str, Handler]":
        """Return the operations on tags."""
        return {"AddTags": self.add_tags, "ListTags": self.list_tags, "DeleteTags": self.delete_tags}

    def check(self, tags: list[dict[str, str]] | None) -> None:
        """Refuse the tags of a create before anything is created.

        Raises:
            AwsError: Two tags have one key, or a key is reserved.
        """
        keys = [tag["Key"] for tag in tags or []]
        for key in keys:
            if keys.count(key) > 1:
                raise validation_error(f"Duplicate tag key: {key}. Tag keys must be unique.")
            if key.lower().startswith("aws:"):
                raise validation_error(f"Tag keys starting with 'aws:' are reserved for system use: {key}")

    def born(self, arn: str, tags: list[dict[str, str]] | None) -> None:
        """Remember a new resource and its tags."""
        self._tags[arn] = {tag["Key"]: tag["Value"] for tag in tags or []}

    def died(self, arn: str) -> None:
        """Forget a resource."""
        self._tags.pop(arn, None)

    def tagged(self, kind: str) -> list[tuple[str, dict[str, str]]]:
        """Return ARN and tags of every resource of a kind (`endpoint`) that has any."""
        return [(arn, dict(tags)) for arn, tags in self._tags.items() if tags and f":{kind}/" in arn]

    def as_object(self, arn: str) -> dict[str, str]:
        """Return the tags as events write them: an object, not a list."""
        return dict(self._tags.get(arn, {}))

    def as_list(self, arn: str) -> list[dict[str, str]]:
        """Return the tags as the API writes them."""
        return [{"Key": key, "Value": value} for key, value in self._tags.get(arn, {}).items()]

    def add_tags(self, params: dict[str, Any]) -> dict[str, Any]:
        """Add or overwrite tags."""
        arn = self._known(params["ResourceArn"])
        self.check(params["Tags"])
        merged = self._tags[arn] | {tag["Key"]: tag["Value"] for tag in params["Tags"]}
        if len(merged) > MAX_TAGS:
            raise validation_error(f"A resource cannot have more than {MAX_TAGS} tags; it would have {len(merged)}.")
        self._tags[arn] = merged
        return {"Tags": self.as_list(arn)}

    def list_tags(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return a resource's tags, paged."""
        arn = self._known(params["ResourceArn"])
        return page_of(self.as_list(arn), params, "Tags", default_size=MAX_TAGS)

    def delete_tags(self, params: dict[str, Any]) -> dict[str, Any]:
        """Remove tags by key; keys that aren't there are no error."""
        arn = self._known(params["ResourceArn"])
        for key in params["TagKeys"]:
            self._tags[arn].pop(key, None)
        return {}

    def _known(self, reference: str) -> str:
        arn = reference.lower()
        if arn not in self._tags:
            raise validation_error(f"Could not find the resource: {reference}")
        return arn
