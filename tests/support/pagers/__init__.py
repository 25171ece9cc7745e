"""Strict stand-ins of the providers that reach people, over real HTTP on this machine.

Each refuses what the real one refuses; ``answer_next`` makes the next requests fail in a way of
one's own, ``violations`` are requests the real one would not have taken.
"""

from .ntfy import FakeNtfy
from .pagerduty import FakePagerDuty, Posted
from .push import Browser, FakePushService
from .pushover import FakePushover
from .server import Standin

__all__ = [
    "Browser",
    "FakeNtfy",
    "FakePagerDuty",
    "FakePushService",
    "FakePushover",
    "Posted",
    "Standin",
]
