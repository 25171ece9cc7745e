"""A topic of our own: it signs what it sends, as Amazon SNS does."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

TOPIC = "arn:aws:sns:eu-central-1:111122223333:shop-alarms"
CERTIFICATE = (
    "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
)
CONFIRM = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=t0"

_PARTS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate() -> bytes:
    """The PEM that proves what the topic signs."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    began = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_key().public_key())
        .serial_number(7)
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=900))
        .sign(_key(), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def message(content: Any, *, version: str = "2", **more: Any) -> dict[str, Any]:
    """A signed notification, or whatever ``Type`` says."""
    text = content if isinstance(content, str) else json.dumps(content)
    sent = {
        "Type": "Notification",
        "MessageId": "7d1f6f0e",
        "TopicArn": TOPIC,
        "Message": text,
        "Timestamp": "2026-11-22T02:08:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        **more,
    }
    lines = "".join(f"{part}\n{sent[part]}\n" for part in _PARTS[sent["Type"]] if part in sent)
    made = hashes.SHA1() if version == "1" else hashes.SHA256()
    signed = _key().sign(lines.encode(), padding.PKCS1v15(), made)
    return {**sent, "Signature": base64.b64encode(signed).decode()}


def confirmation(**more: Any) -> dict[str, Any]:
    """What a new subscription is asked first."""
    return message(
        "You have chosen to subscribe.",
        **{"Type": "SubscriptionConfirmation", "Token": "t0", "SubscribeURL": CONFIRM, **more},
    )


def alarm(value: str = "ALARM", **more: Any) -> dict[str, Any]:
    """A CloudWatch alarm as it stands in a message."""
    return {
        "AlarmName": "orders queue is long",
        "AlarmDescription": "More than 500 orders wait",
        "AWSAccountId": "111122223333",
        "NewStateValue": value,
        "NewStateReason": "Threshold Crossed: 1 datapoint [812.0] was greater than 500.0.",
        "StateChangeTime": "2026-11-22T02:08:00.000+0000",
        "Region": "EU (Frankfurt)",
        "AlarmArn": "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:orders queue is long",
        "OldStateValue": "OK",
        "Trigger": {
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Namespace": "AWS/SQS",
            "Dimensions": [{"value": "orders", "name": "QueueName"}],
        },
        **more,
    }
