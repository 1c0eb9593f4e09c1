"""A deployed stack is changed in place: what differs, and nothing else; or it stays as it was."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from local_aws.function_spec import FunctionSpec
from local_aws.template import TemplateError
from local_aws.template.deployment import Deployment

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Days: {Type: Number, Default: 7}
  Size: {Type: Number, Default: 256}
  Action: {Type: String, Default: "sqs:SendMessage"}
Resources:
  Letters: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 600}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-worker
      Runtime: python3.13
      Handler: app.handler
      CodeUri: app
      MemorySize: !Ref Size
      Environment: {Variables: {DAYS: !Ref Days}}
      Policies:
        - Version: "2012-10-17"
          Statement: [{Effect: Allow, Action: !Ref Action, Resource: !GetAtt Letters.Arn}]
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Letters.Arn}}
      Events:
        Tick: {Type: Schedule, Properties: {Name: !Sub "${AWS::StackName}-tick", Schedule: rate(1 minute)}}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/${AWS::StackName}", RetentionInDays: !Ref Days}
  Where:
    Type: AWS::SSM::Parameter
    Properties: {Name: !Sub "/where/${AWS::StackName}", Type: String, Value: !Sub "${Days}"}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub ${AWS::StackName}-table
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
Outputs: {Queue: {Value: !Ref Letters}}
"""
EXTRA = """
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub ${AWS::StackName}-extra
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Period: 60
      Statistic: Maximum
      Threshold: 0
  Mail: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub "${AWS::StackName}-mail"}}
Outputs:"""
SECOND_FUNCTION = """
  Other:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: app.handler, CodeUri: app}
Outputs:"""


@dataclass
class Host:
    """A function host that remembers what each function is now."""

    functions: dict[str, FunctionSpec] = field(default_factory=dict)

    def register(self, spec: FunctionSpec) -> None:
        self.functions[spec.name] = spec


@dataclass
class Site:
    """A stack that is deployed, and can be updated from text."""

    name: str
    folder: Path
    aws: Callable[[str], Any]
    host: Host
    deployment: Deployment

    def write(self, text: str) -> Path:
        path = self.folder / "template.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def update(self, text: str = TEMPLATE, **parameters: str) -> dict[str, str]:
        return self.deployment.update(self.write(text), parameters)

    @property
    def worker(self) -> FunctionSpec:
        return self.host.functions[f"{self.name}-worker"]

    @property
    def retention(self) -> int:
        (group,) = self.aws("logs").describe_log_groups(logGroupNamePrefix=f"/{self.name}")["logGroups"]
        return int(group["retentionInDays"])

    @property
    def allowed(self) -> Any:
        role = self.worker.role_arn.rsplit("/", 1)[1]
        names = self.aws("iam").list_role_policies(RoleName=role)["PolicyNames"]
        name = next(one for one in names if one.endswith("Policy0"))  # the other is SAM's, for the queue
        document = self.aws("iam").get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        return document["Statement"][0]["Action"]

    @property
    def alarms(self) -> list[str]:
        found = self.aws("cloudwatch").describe_alarms(AlarmNamePrefix=self.name)["MetricAlarms"]
        return [alarm["AlarmName"] for alarm in found]


@pytest.fixture
def site(tmp_path: Path, aws: Callable[[str], Any], request: pytest.FixtureRequest) -> Site:
    (tmp_path / "app").mkdir()
    name, host = f"test-{zlib.crc32(request.node.nodeid.encode()):08x}", Host()
    made = Site(name, tmp_path, aws, host, Deployment(name, aws, host))
    made.deployment.create(made.write(TEMPLATE), {})
    return made


def test_parameters_change_what_depends_on_them_in_place(site: Site) -> None:
    outputs = site.update(Days="30", Size="512", Action="sqs:PurgeQueue")

    assert site.retention == 30
    assert (site.worker.memory, site.worker.environment) == (512, {"DAYS": "30"})
    assert site.worker.retries == 1
    assert site.worker.on_failure_arn
    assert site.allowed == "sqs:PurgeQueue"
    assert site.aws("ssm").get_parameter(Name=f"/where/{site.name}")["Parameter"]["Value"] == "30"
    assert outputs["Queue"].startswith("http")


def test_an_update_to_the_same_changes_nothing_and_back_again_restores(site: Site) -> None:
    before = site.worker
    site.update()
    assert site.worker == before
    site.update(Days="30")
    site.update()
    assert (site.retention, site.worker) == (7, before)


def test_new_resources_are_made_and_those_that_are_gone_removed(site: Site) -> None:
    site.update(TEMPLATE.replace("Outputs:", EXTRA))
    assert site.alarms == [f"{site.name}-extra"]
    site.update()
    assert site.alarms == []
    topics = site.aws("sns").list_topics()["Topics"]
    assert not [topic for topic in topics if site.name in topic["TopicArn"]]


def test_a_changed_rule_keeps_its_target_and_its_new_schedule(site: Site) -> None:
    site.update(TEMPLATE.replace("rate(1 minute)", "rate(5 minutes)"))
    rule = site.aws("events").describe_rule(Name=f"{site.name}-tick")
    (target,) = site.aws("events").list_targets_by_rule(Rule=f"{site.name}-tick")["Targets"]
    assert (rule["ScheduleExpression"], target["Arn"]) == ("rate(5 minutes)", site.worker.arn)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("AttributeName: pk", "AttributeName: id", r"Table \(AWS::DynamoDB::Table\): its .* can't be changed in place"),
        ("TableName: !Sub ${AWS::StackName}-table", "TableName: other", "its TableName can't be changed in place"),
        ("CodeUri: app", "CodeUri: nowhere", "code folder .*/nowhere does not exist"),
        (
            "Table:\n    Type: AWS::DynamoDB::Table",
            "Table:\n    Type: AWS::SQS::Queue",
            "can't become a AWS::SQS::Queue",
        ),
    ],
)
def test_what_fails_half_way_leaves_the_stack_as_it_was(site: Site, old: str, new: str, message: str) -> None:
    before, text = site.worker, TEMPLATE.replace(old, new).replace("Outputs:", EXTRA)

    with pytest.raises(TemplateError, match=message) as refused:
        site.update(text, Days="30", Action="sqs:PurgeQueue")

    assert str(refused.value).endswith("the stack is as it was")
    assert (site.worker, site.retention, site.allowed, site.alarms) == (before, 7, "sqs:SendMessage", [])
    site.update(Days="30")
    assert site.retention == 30


def test_a_wrong_parameter_is_refused_before_anything_changes(site: Site) -> None:
    with pytest.raises(TemplateError, match="Days is 'many', which is not a number"):
        site.update(Days="many")
    assert site.retention == 7


def test_a_function_can_be_added_but_not_removed(site: Site) -> None:
    site.update(TEMPLATE.replace("Outputs:", SECOND_FUNCTION))
    assert len(site.host.functions) == 2
    with pytest.raises(TemplateError, match=r"Other \(AWS::Lambda::Function\): local AWS can't remove it"):
        site.update()


def test_an_update_needs_a_stack(aws: Callable[[str], Any], tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="no stack to update"):
        Deployment("nobody", aws, Host()).update(tmp_path, {})


def test_the_whole_template_takes_alarms_limits_and_retention_while_it_is_deployed(aws: Callable[[str], Any]) -> None:
    root, host = Path(__file__).parents[3], Host()
    deployment = Deployment("inplace", aws, host)
    first = deployment.create(root / "template.yaml", {})

    changed = {"Alarms": "yes", "Dashboard": "yes", "LogRetentionDays": "90", "MaxInstanceCount": "3"}
    second = deployment.update(root / "template.yaml", changed)

    assert {name: second[name] for name in ("BucketName", "TableName")} == {
        name: first[name] for name in ("BucketName", "TableName")
    }
    assert host.functions["inplace-start-training"].environment["MAX_INSTANCE_COUNT"] == "3"
    assert json.loads(aws("cloudwatch").get_dashboard(DashboardName="yardmaster-inplace")["DashboardBody"])
    assert deployment.update(root / "template.yaml", {}) == first
    assert aws("cloudwatch").describe_alarms(AlarmNamePrefix="inplace-")["MetricAlarms"] == []
