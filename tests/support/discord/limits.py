"""Rate limits as Discord keeps them: buckets by route and channel, 50 requests a second over all,
the count of refused requests that ends in a ban, and a note of who does not wait."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from dataclasses import dataclass

from tests.support.discord.model import JSON
from tests.support.discord.state import State

VIA = {"Via": "1.1 google"}
GLOBAL_LIMIT = 50
INVALID_WINDOW = 600.0
IN_FLIGHT = 0.02


class TooMany(Exception):
    """A 429 with the seconds to wait."""

    def __init__(
        self,
        retry_after: float,
        *,
        scope: str = "user",
        code: int | None = None,
        message: str = "You are being rate limited.",
    ) -> None:
        super().__init__(message)
        self.retry_after, self.scope, self.code, self.words = retry_after, scope, code, message


@dataclass
class Bucket:
    """One window of one route and channel."""

    key: str
    limit: int
    window: float
    started: float = 0.0
    used: int = 0
    refused: int = 0
    blocked_until: float = -1.0
    answered_real: float = 0.0

    @property
    def hash(self) -> str:
        """What X-RateLimit-Bucket says."""
        return hashlib.sha256(self.key.split("|")[0].encode()).hexdigest()[:32]


class Limits:
    """All limits of one application. `on=False` lets everything through, headers and all."""

    def __init__(self, state: State, *, on: bool, invalid_limit: int) -> None:
        self.state = state
        self.on = on
        self.invalid_limit = invalid_limit
        self.invalid: deque[float] = deque()
        self.refusals = 0
        self._buckets: dict[str, Bucket] = {}
        self._recent: deque[float] = deque()
        self._global = Bucket("global", GLOBAL_LIMIT, 1.0)

    def bucket(self, key: str, limit: int, window: float) -> Bucket:
        """The bucket of a route and its channel, e.g. `POST /channels/{}/messages|123`."""
        return self._buckets.setdefault(key, Bucket(key, limit, window))

    def take(self, bucket: Bucket, what: str, *, exempt: bool) -> dict[str, str]:
        """Counts a request and gives the headers of its answer; TooMany when it is too much."""
        now = self.state.elapsed()
        self._honest(bucket, what, now)
        if not exempt:
            self._honest(self._global, what, now)
        if not self.on:
            return {}
        if not exempt:
            self._take_global(now)
        if now - bucket.started >= bucket.window:
            bucket.started, bucket.used = now, 0
        left = bucket.started + bucket.window - now
        if bucket.used >= bucket.limit:
            raise TooMany(left)
        bucket.used += 1
        return self.headers(bucket, left)

    def headers(self, bucket: Bucket, left: float) -> dict[str, str]:
        """The X-RateLimit headers for `left` seconds until the window ends."""
        left = max(left, 0.0) / self.state.speed
        return {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(max(bucket.limit - bucket.used, 0)),
            "X-RateLimit-Reset": f"{self.state.clock() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": bucket.hash,
        }

    def refuse(self, bucket: Bucket, no: TooMany) -> tuple[dict[str, str], JSON]:
        """Headers and body of a 429; remembers until when the client must keep still."""
        self.refusals += 1
        everywhere = no.scope == "global"
        held = self._global if everywhere else bucket
        if no.code is None:
            held.blocked_until = self.state.elapsed() + no.retry_after
            held.answered_real = time.monotonic()
        wait = round(max(no.retry_after, 0.001) / self.state.speed, 3)
        headers = VIA | {"Retry-After": str(max(1, round(wait))), "X-RateLimit-Scope": no.scope}
        if everywhere:
            headers["X-RateLimit-Global"] = "true"
        elif bucket.limit:
            headers |= self.headers(bucket, no.retry_after)
            headers["X-RateLimit-Remaining"] = "0"
        if no.scope != "shared":
            self.count_invalid()
        body: JSON = {"message": no.words, "retry_after": wait, "global": everywhere}
        if no.code is not None:
            body["code"] = no.code
        return headers, body

    def count_invalid(self) -> None:
        """Counts a 401, 403 or 429 towards the ban."""
        self.invalid.append(self.state.elapsed())

    @property
    def banned(self) -> bool:
        """Whether 10,000 refused requests in ten minutes have closed the door."""
        since = self.state.elapsed() - INVALID_WINDOW
        while self.invalid and self.invalid[0] < since:
            self.invalid.popleft()
        return len(self.invalid) >= self.invalid_limit

    def _take_global(self, now: float) -> None:
        while self._recent and now - self._recent[0] >= 1.0:
            self._recent.popleft()
        if len(self._recent) >= GLOBAL_LIMIT:
            raise TooMany(1.0 - (now - self._recent[0]), scope="global")
        self._recent.append(now)

    def _honest(self, bucket: Bucket, what: str, now: float) -> None:
        """Complains about a request that comes before the wait it was told is over.

        Requests that were on their way when the 429 was written are let off, as many as the
        bucket holds.
        """
        if now >= bucket.blocked_until - 0.05:
            bucket.refused = 0
            return
        bucket.refused += 1
        fresh = time.monotonic() - bucket.answered_real > IN_FLIGHT
        if fresh or bucket.refused > bucket.limit:
            left = bucket.blocked_until - now
            words = f"429 ignored: {what} came {left:.2f} s before its retry_after was over"
            self.state.complain(words)
