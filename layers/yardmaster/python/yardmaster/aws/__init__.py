"""One module per AWS service: the only place that knows boto3, error codes and messages."""
