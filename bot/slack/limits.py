"""When the next call may go out: Slack's tiers per method, a post a second per channel, and what a
429 asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

POST = "chat.postMessage"
# Calls a minute of a whole workspace, by Slack's tiers; posting has "several hundred", of which
# this is what everybody would call several.
_TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
_BY_METHOD = {
    POST: 240,
    "auth.test": 600,
    "chat.getPermalink": 600,
    "chat.update": _TIERS[3],
    "chat.delete": _TIERS[3],
    "chat.postEphemeral": _TIERS[4],
    "conversations.open": _TIERS[3],
    "conversations.history": _TIERS[3],
    "users.lookupByEmail": _TIERS[3],
    "users.info": _TIERS[4],
    "views.open": _TIERS[4],
    "views.update": _TIERS[4],
    "users.getPresence": _TIERS[3],
    "dnd.info": _TIERS[3],
    "usergroups.list": _TIERS[2],
    "usergroups.users.update": _TIERS[2],
    "usergroups.enable": _TIERS[2],
    "usergroups.disable": _TIERS[2],
    "conversations.create": _TIERS[2],
    "conversations.setTopic": _TIERS[2],
    "conversations.archive": _TIERS[2],
    "conversations.invite": _TIERS[3],
    "users.conversations": _TIERS[3],
    "bookmarks.list": _TIERS[3],
    "bookmarks.add": _TIERS[2],
    "pins.add": _TIERS[2],
    "views.publish": _TIERS[4],
    "files.getUploadURLExternal": _TIERS[4],
    "files.completeUploadExternal": _TIERS[4],
}
# A third may go at once, the rest comes evenly: no minute ever holds more than the tier, and after
# a flood the most urgent edit waits for the next slot, not for the next minute.
_AT_ONCE = 1 / 3
# What leaves here evenly arrives less evenly: a minute of Slack's may hold one more than ours.
_MARGIN = 0.95
METHODS = frozenset(_BY_METHOD)
"""Every method the surface calls."""
_MINUTE = 60.0
CHANNEL_BURST, CHANNEL_RATE = 2.0, 1.0
KEPT_FOR = 2.0
_MOST = 2_000

Place = tuple[str, str]


@dataclass(slots=True)
class Bucket:
    """``most`` at once, then ``rate`` a second."""

    most: float
    rate: float
    left: float
    at: float

    def wait(self, now: float, kept: int = 0) -> float:
        """Seconds until one fits beside ``kept`` others."""
        held = min(self.most, self.left + max(0.0, now - self.at) * self.rate)
        short = 1 + kept - held
        # Whole milliseconds: a wait of 1e-16 s would be asked for again and again.
        return 0.0 if short <= 1e-6 else round(short / self.rate + 0.0005, 3)

    def take(self, now: float) -> None:
        """Count one."""
        self.left = min(self.most, self.left + max(0.0, now - self.at) * self.rate) - 1
        self.at = now


class Budgets:
    """All limits of one workspace. ``now_s`` is the clock in seconds.

    Who asks by ``offer`` and is told 0 has a place for a few seconds: what is asked next, less
    urgent, is told to wait although the first call is not out yet.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now = now_s
        self._methods: dict[str, Bucket] = {}
        self._channels: dict[str, Bucket] = {}
        self._held: dict[str, float] = {}
        self._kept: dict[Place, deque[float]] = {}

    def wait(self, method: str, channel: str = "") -> float:
        """Seconds until ``method`` may be called (for ``channel``): 0 = now."""
        now, place = self._now(), _place(method, channel)
        everywhere = sum(self._places(p, now) for p in [*self._kept] if p[0] == method)
        waits = [
            self._held.get(method, 0.0) - now,
            self._method(method, now).wait(now, everywhere),
        ]
        if method == POST:
            waits.append(self._channel(channel, now).wait(now, self._places(place, now)))
        return max(0.0, *waits)

    def offer(self, method: str, channel: str = "") -> float:
        """Like ``wait``, and where it is 0 the place is kept for the call that follows."""
        wait = self.wait(method, channel)
        if wait == 0:
            kept = self._kept.setdefault(_place(method, channel), deque())
            kept.append(self._now() + KEPT_FOR)
        return wait

    def come(self, method: str, channel: str = "") -> float:
        """The call itself: it gives its kept place back, if it has one; seconds it must wait."""
        kept = self._kept.get(_place(method, channel))
        if kept:
            kept.popleft()
        return self.wait(method, channel)

    def take(self, method: str, channel: str = "") -> None:
        """Count a call that goes out now."""
        now = self._now()
        self._method(method, now).take(now)
        if method == POST:
            self._channel(channel, now).take(now)

    def hold(self, method: str, seconds: float) -> None:
        """A 429: nothing of this method for so many seconds, in the whole workspace; after that one
        call, and the next ones as slowly as they come evenly."""
        until = max(self._held.get(method, 0.0), self._now() + seconds)
        self._held[method] = until
        bucket = self._method(method, self._now())
        bucket.left, bucket.at = min(1.0, bucket.left), max(bucket.at, until)

    def same(self, name: str, id: str) -> None:
        """A channel that was asked for by its name has this id."""
        if name in self._channels and id not in self._channels:
            self._channels[id] = self._channels.pop(name)
        kept = self._kept.pop((POST, name), None)
        if kept:
            self._kept.setdefault((POST, id), deque()).extend(kept)

    def _places(self, place: Place, now: float) -> int:
        """How many places are kept there; those nobody came for are free again."""
        kept = self._kept.get(place)
        while kept and kept[0] <= now:
            kept.popleft()
        if not kept:
            self._kept.pop(place, None)
        return len(kept or ())

    def _method(self, method: str, now: float) -> Bucket:
        if method not in self._methods:
            a_minute = _BY_METHOD.get(method, _TIERS[2]) * _MARGIN
            most = max(1.0, a_minute * _AT_ONCE)
            self._methods[method] = Bucket(most, (a_minute - most) / _MINUTE, most, now)
        return self._methods[method]

    def _channel(self, channel: str, now: float) -> Bucket:
        if len(self._channels) > _MOST:
            self._channels = {k: b for k, b in self._channels.items() if now - b.at < _MINUTE}
        fresh = Bucket(CHANNEL_BURST, CHANNEL_RATE, CHANNEL_BURST, now)
        return self._channels.setdefault(channel, fresh)


def seconds_of(headers: Mapping[str, str]) -> float:
    """How long a 429 asks to wait; half a minute where it does not say."""
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return 30.0


def _place(method: str, channel: str) -> Place:
    return method, channel if method == POST else ""
