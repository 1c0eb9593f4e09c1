"""Every "why", pure: no boto3, no clock, no environment."""
