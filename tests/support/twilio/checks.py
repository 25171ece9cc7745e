"""What the real REST API does not take, and what no page of ours should be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

E164 = re.compile(r"\+[1-9]\d{1,14}")
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = set("^{}\\[~]|€\f")
MESSAGE = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback"}
CALL = {"To", "From", "Twiml", "Url", "StatusCallback", "Timeout", "MachineDetection"}
UPDATE = {"Status"}
VERBS = {
    "Response": {"Say", "Gather", "Pause", "Hangup", "Redirect", "Message"},
    "Gather": {"Say", "Pause"},
}
_CN = re.compile(r"https?://|\w\.\w+/")


def segments(body: str) -> int:
    """How many segments a message costs."""
    if not set(body) <= GSM | TWICE:
        return -(-len(body.encode("utf-16-be")) // 140)
    places = len(body) + sum(c in TWICE for c in body)
    return 1 if places <= 160 else -(-places // 153)


def message(form: Mapping[str, str]) -> tuple[int, str] | None:
    """The error code and words of a message that is refused."""
    if "Body" not in form or not form["Body"]:
        return 21602, "Message body is required."
    if len(form["Body"]) > 1600:
        return 21617, "The concatenated message body exceeds the 1600 character limit."
    if "From" not in form and "MessagingServiceSid" not in form:
        return 21603, "A 'From' phone number is required."
    return _address(form) or _callback(form)


def call(form: Mapping[str, str]) -> tuple[int, str] | None:
    """The error code and words of a call that is refused."""
    if "From" not in form:
        return 21213, "'From' phone number is required."
    if ("Twiml" in form) == ("Url" in form):
        return 21205, "Url parameter is required."
    if len(form.get("Twiml", "")) > 4000:
        return 21240, "Twiml is too long."
    if not 0 < int(form.get("Timeout", "60")) <= 600:
        return 21225, "Timeout is out of range."
    return _address(form) or _callback(form)


def _address(form: Mapping[str, str]) -> tuple[int, str] | None:
    if "To" not in form:
        return 21604, "A 'To' phone number is required."
    if not E164.fullmatch(form["To"]) or len(form["To"]) < 8:
        return 21211, f"The 'To' number {form['To']} is not a valid phone number."
    return None


def _callback(form: Mapping[str, str]) -> tuple[int, str] | None:
    url = urlsplit(form.get("StatusCallback", "https://x.example"))
    if url.scheme not in ("http", "https") or not url.netloc:
        return 21609, "The 'StatusCallback' URL is not a valid URL."
    return None


def strange(form: Mapping[str, str], known: set[str]) -> Iterator[str]:
    """Fields the API does not know, or that come twice."""
    yield from (f"no parameter {name}" for name in form if name not in known)


def against_the_house(form: Mapping[str, str]) -> Iterator[str]:
    """An SMS of ours is one segment, and has no link where carriers drop it."""
    body = form.get("Body", "")
    if segments(body) != 1:
        yield f"{segments(body)} segments: {body}"
    if form.get("To", "").startswith("+86") and _CN.search(body):
        yield f"a link to China: {body}"


def twiml(text: str) -> Iterator[str]:
    """What is wrong with TwiML."""
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        yield f"not XML: {error}"
        return
    if root.tag != "Response":
        yield f"the root is {root.tag}"
    for parent in root.iter():
        allowed = VERBS.get(parent.tag, set())
        yield from (f"{c.tag} in {parent.tag}" for c in parent if c.tag not in allowed)
