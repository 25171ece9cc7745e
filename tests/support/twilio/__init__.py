"""A Twilio that is strict and on this machine: ``async with FakeTwilio() as twilio``."""

from tests.support.twilio.fake import FakeTwilio, Phone
from tests.support.twilio.rest import Call, Message

__all__ = ["Call", "FakeTwilio", "Message", "Phone"]
