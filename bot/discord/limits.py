"""When the next request may go out: Discord's own buckets, 50 a second over all, and the count of
refusals that ends in a ban."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

GUESS, GUESS_PERIOD = 5, 5.0
"""For an answer that names no limit."""
UNTOLD = 0.05
"""Seconds between two looks whether the first answer of a bucket has come."""
# Discord's is 50; what leaves here within a second may arrive within less.
GLOBAL, GLOBAL_PERIOD = 48, 1.0
# 10,000 answers of 401, 403 or 429 in ten minutes ban the address; half of that is no accident.
REFUSALS, REFUSALS_PERIOD = 5_000, 600.0
_MOST_BUCKETS = 2_000


@dataclass(slots=True)
class Bucket:
    """One window of one route and channel; ``flying`` requests are not answered yet.

    Until Discord has ``told`` how many may go, and again after a 429, one goes at a time.
    """

    limit: int = GUESS
    left: int = GUESS
    resets: float = 0.0
    period: float = GUESS_PERIOD
    flying: int = 0
    told: bool = False

    def wait(self, now: float) -> float:
        """Seconds until a request fits."""
        if self.left <= 0:
            return max(0.0, self.resets - now)
        return UNTOLD if self.flying and not self.told else 0.0

    def renew(self, now: float) -> None:
        """A new window begins when the old one is over."""
        if now >= self.resets:
            self.left, self.resets = self.limit - self.flying, now + self.period


class Buckets:
    """All limits of one bot. ``now_s`` is the clock in seconds."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now = now_s
        self._names: dict[str, str] = {}
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._recent: deque[float] = deque(maxlen=GLOBAL)
        self._refused: deque[float] = deque(maxlen=REFUSALS)
        self._held_until = 0.0

    def wait(self, route: str, major: str) -> float:
        """Seconds until a request of this route may go to this channel (or guild): 0 = now."""
        now = self._now()
        bucket = self._buckets.get(self._key(route, major))
        if bucket is not None:
            bucket.renew(now)
        return max(self._everywhere(now), bucket.wait(now) if bucket else 0.0)

    def take(self, route: str, major: str) -> None:
        """Count a request that goes out now."""
        now = self._now()
        bucket = self._bucket(route, major)
        bucket.renew(now)
        bucket.left -= 1
        bucket.flying += 1
        self._recent.append(now)

    def landed(self, route: str, major: str, headers: Mapping[str, str]) -> None:
        """Learn from an answer's headers; with none, only that it is answered."""
        bucket = self._bucket(route, major)
        bucket.flying = max(0, bucket.flying - 1)
        try:
            limit = int(headers["X-RateLimit-Limit"])
            left = int(headers["X-RateLimit-Remaining"])
            after = float(headers["X-RateLimit-Reset-After"])
        except (KeyError, ValueError):
            bucket.told = bucket.told or bool(headers)
            return
        bucket.told = True
        bucket.limit, bucket.left = limit, left - bucket.flying
        bucket.resets = self._now() + after
        if left == limit - 1:
            bucket.period = after
        self._rename(route, major, headers.get("X-RateLimit-Bucket", ""))

    def hold(self, route: str, major: str, seconds: float, *, everywhere: bool) -> None:
        """A 429: nothing here (or anywhere) for so many seconds."""
        until = self._now() + seconds
        if everywhere:
            self._held_until = max(self._held_until, until)
            return
        bucket = self._bucket(route, major)
        bucket.left, bucket.resets, bucket.told = 0, max(bucket.resets, until), False

    def refused(self) -> None:
        """Count a 401, 403 or 429 that Discord holds against us."""
        self._refused.append(self._now())

    def held(self) -> str:
        """Whether everything waits, and why, in words for people; "" where not."""
        now = self._now()
        if len(self._refused) == REFUSALS and now - self._refused[0] < REFUSALS_PERIOD:
            return (
                f"Discord refused {REFUSALS} requests within ten minutes: nothing is sent for now, "
                "for at twice as many it would shut us out"
            )
        if self._held_until - now > 1:
            return f"Discord asks to wait, for {self._held_until - now:.0f} s, with everything"
        return ""

    def _everywhere(self, now: float) -> float:
        full = len(self._recent) == GLOBAL
        waits = [self._held_until - now, GLOBAL_PERIOD - (now - self._recent[0]) if full else 0.0]
        if len(self._refused) == REFUSALS:
            waits.append(REFUSALS_PERIOD - (now - self._refused[0]))
        return max(0.0, *waits)

    def _key(self, route: str, major: str) -> tuple[str, str]:
        return self._names.get(route, route), major

    def _bucket(self, route: str, major: str) -> Bucket:
        if len(self._buckets) > _MOST_BUCKETS:
            now = self._now()
            kept = {k: b for k, b in self._buckets.items() if b.flying or b.resets > now}
            self._buckets = kept
        return self._buckets.setdefault(self._key(route, major), Bucket())

    def _rename(self, route: str, major: str, name: str) -> None:
        """Routes that name the same bucket share it."""
        if not name or self._names.get(route) == name:
            return
        bucket = self._buckets.pop(self._key(route, major))
        self._names[route] = name
        self._buckets.setdefault((name, major), bucket)
