"""Slack's rate tiers: a window of a minute per method, and about one post a second per channel."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
SPECIAL = 600
POSTS_A_MINUTE = 300
CHANNEL_BURST = 5
BY_METHOD = {
    1: ("apps.connections.open",),
    2: (
        "conversations.list",
        "conversations.create",
        "conversations.setTopic",
        "conversations.archive",
        "bookmarks.add",
        "users.list",
        "pins.add",
        "usergroups.list",
        "usergroups.users.update",
        "usergroups.enable",
        "usergroups.disable",
    ),
    3: (
        "chat.update",
        "chat.delete",
        "reactions.add",
        "conversations.info",
        "conversations.invite",
        "bookmarks.list",
        "conversations.join",
        "conversations.open",
        "conversations.history",
        "conversations.replies",
        "users.lookupByEmail",
        "users.conversations",
        "bots.info",
        "team.info",
        "users.getPresence",
        "dnd.info",
    ),
    4: (
        "chat.postEphemeral",
        "users.info",
        "conversations.members",
        "views.open",
        "views.push",
        "views.update",
        "views.publish",
        "files.getUploadURLExternal",
        "files.completeUploadExternal",
    ),
}

__all__ = ["Rates"]


class Rates:
    """Counts calls; ``take`` says how long to wait where there were too many."""

    def __init__(self, clock: Callable[[], float], violate: Callable[[str], None]) -> None:
        self.clock = clock
        self.violate = violate
        self.enabled = True
        self.budgets = {m: TIERS[tier] for tier, methods in BY_METHOD.items() for m in methods}
        self.budgets |= {
            "auth.test": SPECIAL,
            "chat.getPermalink": SPECIAL,
            "chat.postMessage": POSTS_A_MINUTE,
        }
        # Tier 1 tolerates a small burst; an app may hold ten connections.
        self.budgets["apps.connections.open"] = 10
        self.channel_rate = 1.0
        self.channel_burst = CHANNEL_BURST
        self.windows: dict[str, deque[float]] = {}
        self.buckets: dict[str, tuple[float, float]] = {}
        self.blocked: dict[tuple[str, str], float] = {}
        self.refused = 0

    def block(self, method: str, channel: str, seconds: float) -> None:
        """After a 429 nothing may be asked before this has passed."""
        self.blocked[method, channel] = self.clock() + seconds

    def take(self, method: str, channel: str) -> int | None:
        """None to go on, else the seconds for Retry-After."""
        if not self.enabled:
            return None
        wait = self.waits(method, channel)
        self.refused += wait is not None
        return wait

    def waits(self, method: str, channel: str) -> int | None:
        """The same, uncounted; ``refused`` says how often a limit was passed."""
        now = self.clock()
        for key in ((method, ""), (method, channel)):
            until = self.blocked.get(key, 0.0)
            if now < until:
                self.violate(
                    f"{method} called {until - now:.1f} s before its Retry-After had passed"
                )
                return max(1, math.ceil(until - now))
        wait = self.window(method, now)
        if wait is None and method == "chat.postMessage":
            wait = self.bucket(channel, now)
            if wait is not None:
                self.block(method, channel, wait)
                return wait
        if wait is not None:
            self.block(method, "", wait)
        return wait

    def window(self, method: str, now: float) -> int | None:
        """The sliding minute of a method in the workspace."""
        seen = self.windows.setdefault(method, deque())
        while seen and seen[0] <= now - 60:
            seen.popleft()
        if len(seen) >= self.budgets.get(method, TIERS[3]):
            return max(1, math.ceil(seen[0] + 60 - now))
        seen.append(now)
        return None

    def bucket(self, channel: str, now: float) -> int | None:
        """Posts to one channel: a short burst, then one a second."""
        left, at = self.buckets.get(channel, (float(self.channel_burst), now))
        left = min(float(self.channel_burst), left + max(0.0, now - at) * self.channel_rate)
        if left < 1:
            return max(1, math.ceil((1 - left) / self.channel_rate))
        self.buckets[channel] = (left - 1, now)
        return None
