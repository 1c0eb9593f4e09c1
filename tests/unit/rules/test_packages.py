import pytest

from yardmaster.rules.packages import InTheMaking, PackageState, Ready, Unapproved, Unusable, usable

ARN = "arn:aws:sagemaker:us-east-1:123456789012:model-package/ym-churn/3"


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        (PackageState(ARN, "Completed", "", "Approved"), Ready()),
        (PackageState(ARN, "Completed", "", ""), Ready()),
        (PackageState(ARN, "Pending", "", ""), InTheMaking(f"model package {ARN} is Pending")),
        (PackageState(ARN, "InProgress", "", "Approved"), InTheMaking(f"model package {ARN} is InProgress")),
        (PackageState(ARN, "Failed", "the scan failed", ""), Unusable(f"model package {ARN} failed: the scan failed")),
        (PackageState(ARN, "Failed", "", ""), Unusable(f"model package {ARN} failed: no reason given")),
        (PackageState(ARN, "Deleting", "", "Approved"), Unusable(f"model package {ARN} is being deleted")),
        (
            PackageState(ARN, "Completed", "", "Rejected"),
            Unapproved(f"model package {ARN} is Rejected: approve it again, and it is tested"),
        ),
        (
            PackageState(ARN, "Completed", "", "PendingManualApproval"),
            Unapproved(f"model package {ARN} is PendingManualApproval: approve it again, and it is tested"),
        ),
        (None, Unusable(f"model package {ARN} is not there: it was deleted, or never was in this region")),
    ],
)
def test_a_package_s_state_says_whether_a_model_can_be_made_of_it(
    package: PackageState | None, expected: object
) -> None:
    assert usable(package, ARN) == expected
