"""AWS services in a dictionary, for the world on a virtual clock: boto3's methods without botocore's five
milliseconds a call. `tests/flows/test_fakes.py` holds them against moto."""
