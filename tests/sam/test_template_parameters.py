"""What a person is asked at deployment, what it costs, and what the outputs tell to do next."""

from typing import Any

COSTLY = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::KMS::Key", "AWS::EC2::NatGateway"}
"""What costs money by being there."""


def test_every_parameter_is_asked_for_once_in_a_group(written: dict[str, Any]) -> None:
    groups = written["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    asked = [name for group in groups for name in group["Parameters"]]
    assert sorted(asked) == sorted(written["Parameters"])


def test_every_parameter_is_limited_and_says_how(written: dict[str, Any]) -> None:
    for name, parameter in written["Parameters"].items():
        assert {"AllowedValues", "AllowedPattern", "MinValue"} & set(parameter), name
        assert "AllowedValues" in parameter or parameter["ConstraintDescription"], name


def test_what_costs_money_by_being_there_is_off_unless_asked_for(written: dict[str, Any]) -> None:
    costly = {name: item for name, item in written["Resources"].items() if item["Type"] in COSTLY}
    assert {item.get("Condition") for item in costly.values()} == {"HasAlarms", "HasDashboard"}
    for parameter in ("Alarms", "Dashboard"):
        assert written["Parameters"][parameter]["Default"] == "no"
        assert "$" in written["Parameters"][parameter]["Description"]


def test_every_role_takes_the_boundary(resources: dict[str, Any]) -> None:
    roles = {name: item["Properties"] for name, item in resources.items() if item["Type"] == "AWS::IAM::Role"}
    for name, role in roles.items():
        assert role["PermissionsBoundary"]["Fn::If"][:2] == ["HasBoundary", {"Ref": "PermissionsBoundaryArn"}], name


def test_every_function_has_the_rights_on_the_key(resources: dict[str, Any]) -> None:
    roles = {
        item["Properties"]["Role"]["Fn::GetAtt"][0]
        for item in resources.values()
        if item["Type"] == "AWS::Lambda::Function"
    }
    assert {role["Ref"] for role in resources["KeyPolicy"]["Properties"]["Roles"]} == roles


def test_alarms_say_what_to_do_and_what_no_data_means(resources: dict[str, Any]) -> None:
    alarms = [item["Properties"] for item in resources.values() if item["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(alarms) == 4
    for alarm in alarms:
        assert alarm["TreatMissingData"] in {"breaching", "notBreaching"}
        assert len(alarm["AlarmDescription"].split()) > 20
        assert alarm["AlarmActions"] == alarm["OKActions"]


def test_outputs_tell_what_to_type_next_and_what_deletion_leaves(written: dict[str, Any]) -> None:
    outputs = {name: str(output["Value"]) for name, output in written["Outputs"].items()}
    assert "yardmaster --stack ${AWS::StackName} drop" in outputs["NextStep"]
    assert "yardmaster --stack ${AWS::StackName} remove" in outputs["BeforeYouDelete"]
    assert "${Bucket}" in outputs["LeftByDeletion"]
    assert "${Table}" in outputs["LeftByDeletion"]
