"""The bucket as the command line has it: it uploads local files too. Functions have no use for boto3's threads."""

from pathlib import Path

from boto3.s3.transfer import S3Transfer

from yardmaster.aws.bucket import Bucket


class FileBucket(Bucket):
    """The one bucket of the stack, and files on this machine."""

    def upload_file(self, path: Path, key: str) -> str:
        """Write a local file of any size, in parallel parts if it is large; return its version id.

        Raises:
            Boto3Error: S3 refuses it.
        """
        S3Transfer(self._client).upload_file(str(path), self.name, key)
        return self.head(key).version_id

    def delete(self, key: str) -> None:
        """Delete an object: its versions stay."""
        self._client.delete_object(Bucket=self.name, Key=key)
