"""A strict stand-in of Discord over real HTTP and websockets, for tests and for a person without
an account; run it by hand with `python -m tests.support.discord --port 9002`."""

from tests.support.discord.command_line import NoSuchCommand
from tests.support.discord.fake import TOKEN, FakeDiscord
from tests.support.discord.faults import Fault
from tests.support.discord.interactions import Interaction, Seen
from tests.support.discord.model import Attachment, Channel, Edit, Guild, Message, Role, User
from tests.support.discord.people import CannotDo
from tests.support.discord.pointing import pointed_at

__all__ = [
    "TOKEN", "Attachment", "CannotDo", "Channel", "Edit", "FakeDiscord", "Fault", "Guild",
    "Interaction", "Message", "NoSuchCommand", "Role", "Seen", "User", "pointed_at",
]  # fmt: skip
