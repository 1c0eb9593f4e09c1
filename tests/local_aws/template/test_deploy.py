import json
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.template import TemplateError
from tests.local_aws.template.conftest import Deployed

Deploy = Callable[..., Deployed]

FUNCTION = """
Resources:
  Failed: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: app
      Handler: app.handler
      Runtime: python3.13
      Role: !GetAtt Role.Arn
"""


def test_outputs_are_resolved_and_conditional_ones_left_out(deploy_text: Deploy) -> None:
    deployed = deploy_text("""
        Parameters: {Loud: {Type: String, Default: "no"}}
        Conditions: {IsLoud: !Equals [!Ref Loud, "yes"]}
        Resources:
          Queue: {Type: AWS::SQS::Queue}
          Siren: {Type: AWS::SQS::Queue, Condition: IsLoud}
        Outputs:
          Name: {Value: !GetAtt Queue.QueueName}
          Siren: {Value: !Ref Siren, Condition: IsLoud}
        """)
    assert set(deployed.outputs) == {"Name"}
    assert len(deployed.aws("sqs").list_queues(QueueNamePrefix=deployed.outputs["Name"])["QueueUrls"]) == 1


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("{Type: AWS::Kinesis::Stream}", "Thing: local AWS does not know the resource type AWS::Kinesis::Stream"),
        ("{Type: AWS::SQS::Queue, CreationPolicy: {}}", "Thing: local AWS does not know the resource attribute Creat"),
        (
            "{Type: AWS::SQS::Queue, Properties: {RedriveAllowPolicy: {}}}",
            r"Thing \(AWS::SQS::Queue\): local AWS does not know its property RedriveAllowPolicy",
        ),
        (
            "{Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {TopicConfigurations: []}}}",
            "local AWS does not know TopicConfigurations in its property NotificationConfiguration",
        ),
        (
            "{Type: AWS::S3::Bucket, Properties: {LifecycleConfiguration: {Rules: [{Status: Enabled, Odd: 1}]}}}",
            "local AWS does not know Odd in its property LifecycleConfiguration",
        ),
        (
            "{Type: AWS::SQS::Queue, Properties: {QueueName: !ImportValue other}}",
            r"Thing .*does not know the intrinsic function Fn::ImportValue",
        ),
        ("{Type: AWS::SSM::Parameter, Properties: {Type: String}}", "Thing .*: the property Value is missing"),
        (
            "{Type: AWS::S3::Bucket, Properties: {BucketName: ab}}",
            r"Thing \(AWS::S3::Bucket\): .*InvalidBucketName",
        ),
        ("{Type: AWS::Logs::LogGroup, Properties: {LogGroupName: [a]}}", "its LogGroupName must be a text"),
        (
            "{Type: AWS::SQS::Queue, Properties: {Tags: [{Key: a, Value: [b]}]}}",
            r"Thing \(AWS::SQS::Queue\): Parameter validation failed",
        ),
    ],
)
def test_what_local_aws_does_not_do_is_refused_by_name(deploy_text: Deploy, resource: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        deploy_text(f"Resources:\n  Thing: {resource}\n")


def test_an_unknown_type_is_refused_before_anything_is_made(deploy_text: Deploy, aws: Any) -> None:
    with pytest.raises(TemplateError, match="AWS::Kinesis::Stream"):
        deploy_text("""
            Resources:
              First: {Type: AWS::SQS::Queue, Properties: {QueueName: never-made}}
              Second: {Type: AWS::Kinesis::Stream}
            """)
    assert "QueueUrls" not in aws("sqs").list_queues(QueueNamePrefix="never-made")


def test_an_unknown_section_is_refused(deploy_text: Deploy) -> None:
    with pytest.raises(TemplateError, match="does not know the template section Hooks"):
        deploy_text("Hooks: {}\nResources: {Queue: {Type: AWS::SQS::Queue}}\n")


def test_what_sam_refuses_is_refused_in_sams_words(deploy_text: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"SAM refuses it: .*Nonsense"):
        deploy_text(FUNCTION + "      Nonsense: 1\n")


def test_a_function_whose_code_is_missing_is_refused(deploy_text: Deploy) -> None:
    with pytest.raises(
        TemplateError, match=r"Worker \(AWS::Lambda::Function\): its code folder .*/nowhere does not exist"
    ):
        deploy_text(FUNCTION.replace("CodeUri: app", "CodeUri: nowhere"))


def test_a_function_in_another_language_is_refused(deploy_text: Deploy) -> None:
    with pytest.raises(TemplateError, match=r"runs Python functions only, not nodejs22\.x"):
        deploy_text(FUNCTION.replace("python3.13", "nodejs22.x"))


def test_a_function_has_lambdas_defaults(deploy_text: Deploy) -> None:
    (spec,) = deploy_text(FUNCTION).functions.values()
    assert (spec.timeout, spec.memory, spec.retries, spec.max_age, spec.on_failure_arn) == (3, 128, 2, 21600, None)


def test_a_functions_variables_become_text(deploy_text: Deploy) -> None:
    (spec,) = deploy_text(
        FUNCTION + "      Environment: {Variables: {N: 3, FLAG: true, Q: !GetAtt Failed.QueueName, EMPTY: ''}}\n"
    ).functions.values()
    assert spec.environment["N"] == "3"
    assert spec.environment["FLAG"] == "true"
    assert spec.environment["Q"].startswith("test-")
    assert spec.environment["EMPTY"] == ""


def test_a_functions_asynchronous_settings_reach_the_host(deploy_text: Deploy) -> None:
    (spec,) = deploy_text(
        FUNCTION
        + """      EventInvokeConfig:
        MaximumRetryAttempts: 0
        MaximumEventAgeInSeconds: 60
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}
"""
    ).functions.values()
    assert (spec.retries, spec.max_age) == (0, 60)
    assert spec.on_failure_arn is not None
    assert spec.on_failure_arn.startswith("arn:aws:sqs:us-east-1:123456789012:test-")


def test_a_rule_without_permission_to_call_its_function_is_refused(deploy_text: Deploy) -> None:
    rule = """
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [a]}
      Targets: [{Id: one, Arn: !GetAtt Worker.Arn}]
"""
    with pytest.raises(TemplateError, match="no AWS::Lambda::Permission allows it"):
        deploy_text(FUNCTION + rule)


def test_a_schedule_and_an_alarm_are_made(deploy_text: Deploy) -> None:
    deployed = deploy_text("""
        Resources:
          Queue: {Type: AWS::SQS::Queue}
          Role:
            Type: AWS::IAM::Role
            Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}}
          Policy:
            Type: AWS::IAM::Policy
            Properties:
              PolicyName: send
              Roles: [!Ref Role]
              PolicyDocument: {Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Queue.Arn}]}
          Nightly:
            Type: AWS::Scheduler::Schedule
            Properties:
              Name: nightly
              ScheduleExpression: cron(0 6 * * ? *)
              FlexibleTimeWindow: {Mode: "OFF"}
              Target: {Arn: !GetAtt Queue.Arn, RoleArn: !GetAtt Role.Arn}
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: letters
              Namespace: AWS/SQS
              MetricName: ApproximateNumberOfMessagesVisible
              Dimensions: [{Name: QueueName, Value: !GetAtt Queue.QueueName}]
              Statistic: Maximum
              Period: 300
              EvaluationPeriods: 1
              Threshold: 0
              ComparisonOperator: GreaterThanThreshold
        Outputs:
          Role: {Value: !Ref Role}
        """)
    assert deployed.aws("scheduler").get_schedule(Name="nightly")["ScheduleExpression"] == "cron(0 6 * * ? *)"
    assert len(deployed.aws("cloudwatch").describe_alarms(AlarmNames=["letters"])["MetricAlarms"]) == 1
    policy = deployed.aws("iam").get_role_policy(RoleName=deployed.outputs["Role"], PolicyName="send")
    assert policy["PolicyDocument"]["Statement"][0]["Action"] == "sqs:SendMessage"


def test_a_table_with_a_time_to_live_and_a_fifo_queue_are_made(deploy_text: Deploy) -> None:
    deployed = deploy_text("""
        Resources:
          Table:
            Type: AWS::DynamoDB::Table
            Properties:
              BillingMode: PAY_PER_REQUEST
              AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
              KeySchema: [{AttributeName: pk, KeyType: HASH}]
              TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
          Letters: {Type: AWS::SQS::Queue, Properties: {QueueName: letters.fifo, FifoQueue: true}}
          Queue:
            Type: AWS::SQS::Queue
            Properties:
              QueueName: work.fifo
              FifoQueue: true
              RedrivePolicy: {deadLetterTargetArn: !GetAtt Letters.Arn, maxReceiveCount: 3}
              Tags: [{Key: a, Value: b}]
        Outputs: {Table: {Value: !Ref Table}, Queue: {Value: !Ref Queue}}
        """)
    expiry = deployed.aws("dynamodb").describe_time_to_live(TableName=deployed.outputs["Table"])
    assert expiry["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
    attributes = deployed.aws("sqs").get_queue_attributes(QueueUrl=deployed.outputs["Queue"], AttributeNames=["All"])
    assert json.loads(attributes["Attributes"]["RedrivePolicy"])["maxReceiveCount"] == 3
