"""A simulator on a clock, and with executors, that the test moves by hand."""

import pytest
from puppets import Account


@pytest.fixture
def account() -> Account:
    return Account()
