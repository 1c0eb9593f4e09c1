"""What people are told, on local AWS: a queue that subscribes to the topic gets it, and a spec's address is asked."""

import json
from typing import Any

from tests.drops import SPEC, csv
from tests.journey.yard import Yard


def test_who_subscribes_to_the_topic_is_told_how_a_release_ends(yard: Yard) -> None:
    sqs, sns = yard.client("sqs"), yard.client("sns")
    topic = yard.get("health")["NotificationsArn"]
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    about = {"model": ["told"], "stage": ["refused"]}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"FilterPolicy": json.dumps(about)})
    yard.put("told/spec.yaml", SPEC + "notify: {email: ann@example.com}\n")
    yard.wait(lambda: "Told by mail: ann@example.com" in yard.read("told/STATUS.md") if yard.keys("told/STATUS") else 0)
    yard.put("told/data/jan.csv", csv(1, 200).replace("green", "green,extra", 1))
    assert yard.ended("told", 1)["stage"] == "refused"

    def look() -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url).get("Messages", [])
        return messages

    (message,) = yard.wait(look)
    told = json.loads(message["Body"])
    assert told["Subject"].startswith("told #1 was refused: ")
    assert "Mend the file and upload it again" in told["Message"]
    assert json.loads(told["MessageAttributes"]["to"]["Value"]) == ["ann@example.com"]
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    mails = [one for one in subscriptions if one["Protocol"] == "email"]
    assert [one["Endpoint"] for one in mails] == ["ann@example.com"]
    filters = sns.get_subscription_attributes(SubscriptionArn=mails[0]["SubscriptionArn"])["Attributes"]
    assert json.loads(filters["FilterPolicy"]) == {"to": ["ann@example.com"]}
