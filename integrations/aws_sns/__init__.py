"""Amazon SNS: CloudWatch alarms, events, and whatever else a topic carries; signatures checked,
subscriptions confirmed."""

from __future__ import annotations

from typing import Any

from integrations import _json, _read
from integrations.aws_sns.messages import readings
from integrations.aws_sns.signature import check, proof, subscribe_url, verify, wanted
from integrations.base import Capability, Manifest, Reading, Request, Setting
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="aws_sns",
    title="Amazon SNS and CloudWatch",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(
        Setting(
            "signature",
            "checked refuses what is signed wrongly or not at all, but takes what can't be "
            "checked because AWS's certificate can't be fetched; required refuses that too, "
            "and what is older than a day; off checks nothing (for raw message delivery, which "
            "has no signature).",
            default="checked",
        ),
        Setting("certificate", "A PEM certificate to check with instead of the one of AWS."),
        Setting("topics", "The only topic ARNs that are taken; all where it is empty."),
    ),
    docs="https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html",
)

__all__ = ["MANIFEST", "check", "proof", "read", "verify", "wanted"]


def read(request: Request) -> Reading:
    """What a message holds; one that asks for confirmation is followed up at AWS."""
    body = _read.an_object(_json.parse(_json.body(request)))
    records = _read.parts(body.get("Records"), _read.MOST)
    envelopes = [envelope for each in records if (envelope := _read.part(each, "Sns"))]
    if envelopes:
        alerts = [each for one in envelopes for each in readings(one, request.received_at)]
        return Reading(tuple(alerts))
    kind = _read.first(body, "Type")
    if kind == "SubscriptionConfirmation":
        return Reading(
            (_told(body, "asks to be confirmed"),), follow_up={"get": subscribe_url(body)}
        )
    if kind == "UnsubscribeConfirmation":
        return Reading((_told(body, "has ended"),))
    return Reading(readings(body, request.received_at))


def _told(body: dict[str, Any], what: str) -> AlertReading:
    topic = _read.first(body, "TopicArn")
    return _read.alert(
        _read.INFO,
        f"subscription {topic}",
        f"The subscription to {topic.rpartition(':')[2] or 'a topic'} {what}",
        type=AlertType.CLOUD,
        description=_read.first(body, "Message"),
        labels={"topic": topic},
        starts=body.get("Timestamp"),
    )
