"""When the next call may go out: Slack's tiers per method, a post a second per channel, and what a
429 asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

POST = "chat.postMessage"
# Calls a minute of a whole workspace, by Slack's tiers; posting has "several hundred".
_TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
_BY_METHOD = {
    POST: 300,
    "auth.test": 600,
    "chat.update": _TIERS[3],
    "chat.postEphemeral": _TIERS[4],
    "conversations.open": _TIERS[3],
    "conversations.history": _TIERS[3],
    "users.lookupByEmail": _TIERS[3],
    "users.info": _TIERS[4],
    "views.open": _TIERS[4],
    "views.update": _TIERS[4],
}
# A third may go at once, the rest comes evenly: no minute ever holds more than the tier, and after
# a flood the most urgent edit waits for the next slot, not for the next minute.
_AT_ONCE = 1 / 3
METHODS = frozenset(_BY_METHOD)
"""Every method the surface calls."""
_MINUTE = 60.0
CHANNEL_BURST, CHANNEL_RATE = 3.0, 1.0
_MOST = 2_000


@dataclass(slots=True)
class Bucket:
    """``most`` at once, then ``rate`` a second."""

    most: float
    rate: float
    left: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one fits."""
        held = min(self.most, self.left + max(0.0, now - self.at) * self.rate)
        # Whole milliseconds: a wait of 1e-16 s would be asked for again and again.
        return 0.0 if held >= 1 - 1e-6 else round((1 - held) / self.rate + 0.0005, 3)

    def take(self, now: float) -> None:
        """Count one."""
        self.left = min(self.most, self.left + max(0.0, now - self.at) * self.rate) - 1
        self.at = now


class Budgets:
    """All limits of one workspace. ``now_s`` is the clock in seconds."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now = now_s
        self._methods: dict[str, Bucket] = {}
        self._channels: dict[str, Bucket] = {}
        self._held: dict[str, float] = {}

    def wait(self, method: str, channel: str = "") -> float:
        """Seconds until ``method`` may be called (for ``channel``): 0 = now."""
        now = self._now()
        waits = [self._held.get(method, 0.0) - now, self._method(method, now).wait(now)]
        if method == POST and channel in self._channels:
            waits.append(self._channels[channel].wait(now))
        return max(0.0, *waits)

    def take(self, method: str, channel: str = "") -> None:
        """Count a call that goes out now."""
        now = self._now()
        self._method(method, now).take(now)
        if method == POST:
            self._channel(channel, now).take(now)

    def hold(self, method: str, seconds: float) -> None:
        """A 429: nothing of this method for so many seconds, in the whole workspace."""
        self._held[method] = max(self._held.get(method, 0.0), self._now() + seconds)

    def same(self, name: str, id: str) -> None:
        """A channel that was posted to by its name has this id."""
        if name in self._channels and id not in self._channels:
            self._channels[id] = self._channels.pop(name)

    def _method(self, method: str, now: float) -> Bucket:
        if method not in self._methods:
            a_minute = _BY_METHOD.get(method, _TIERS[2])
            most = max(1.0, a_minute * _AT_ONCE)
            self._methods[method] = Bucket(most, (a_minute - most) / _MINUTE, most, now)
        return self._methods[method]

    def _channel(self, channel: str, now: float) -> Bucket:
        if len(self._channels) > _MOST:
            self._channels = {k: b for k, b in self._channels.items() if now - b.at < _MINUTE}
        fresh = Bucket(CHANNEL_BURST, CHANNEL_RATE, CHANNEL_BURST, now)
        return self._channels.setdefault(channel, fresh)
