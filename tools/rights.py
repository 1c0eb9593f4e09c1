"""Prints which rights of the template were used, by whom, and which never: `make rights`.

`YARDMASTER_RIGHTS=<folder> make test` writes down what was used; this reads it. What is never used has its reason in
the template, under `Metadata: Yardmaster: UnusedRights`, or is taken away.
"""

import argparse
import sys
from pathlib import Path

from local_aws.iam.ledger import Ledger
from local_aws.template.planned import planned
from local_aws.template.rights import stack_rights
from local_aws.template.sam import read, translate
from tools.rights_account import Account, account
from tools.rights_reasons import aws_own, reasons
from tools.rights_table import table

TEMPLATE = Path("template.yaml")
STACK = "yardmaster"
"""The name of the stack in tests; other stacks' roles have other names, and are left out."""
OWN_KEY_AND_NETWORK = {
    "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "VpcSubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "VpcSecurityGroupIds": "sg-0123456789abcdef0",
    "StopTaggedEndpoints": "yes",
    "AlarmEmail": "ops@example.com",
}
"""The parameters that bring policies of their own; without them a stack has the same ones but these."""


def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns 1 if a right is unused without a reason, or has a reason and is used."""
    folder: Path = _parser().parse_args(arguments).folder
    files = sorted(folder.glob("*.json"))
    if not files:
        print(f"{folder} has no records: run the tests with YARDMASTER_RIGHTS={folder}", file=sys.stderr)
        return 2
    found = _account(files)
    print("\n".join(table(found)))
    return 1 if found.findings else 0


def _account(files: list[Path]) -> Account:
    used = Ledger()
    for file in files:
        used.merge(Ledger.load(file))
    translated = translate(TEMPLATE)
    rights = stack_rights(translated, planned(translated, STACK, OWN_KEY_AND_NETWORK), aws_own)
    return account(rights, used, reasons(read(TEMPLATE)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.rights", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the tests wrote what they used")
    return parser


if __name__ == "__main__":
    sys.exit(main())
