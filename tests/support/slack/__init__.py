"""A strict stand-in of Slack over real HTTP and websockets, for tests, demos and use by hand.

async with FakeSlack() as slack:
    ana, ops = slack.add_user("Ana Petrova"), slack.add_channel("ops-alerts")
    ...                                   # start the app with base_url=slack.base_url
    seen = await slack.press(ana, ops.messages[-1], "Acknowledge")
    assert slack.violations == []
"""

from .further import Further
from .model import Call, Channel, Edit, Message, Seen, User, View
from .server import FakeSlack
from .text import visible_text
from .workspace import DEFAULT_SCOPES

__all__ = [
    "DEFAULT_SCOPES",
    "Call",
    "Channel",
    "Edit",
    "FakeSlack",
    "Further",
    "Message",
    "Seen",
    "User",
    "View",
    "visible_text",
]
