"""A simulator on a clock, and with executors, that the test moves by hand."""

import pytest

from tests.local_aws.sagemaker.puppets import Account


@pytest.fixture
def account() -> Account:
    return Account()
