"""Asks the child for a picture: one at a time, with a limit, and the same drawing once a minute."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.cards.drawing import Drawing

log = logging.getLogger("pixelview.pictures")

SIGN = b"\x89PNG\r\n\x1a\n"
MOST_SVG, MOST_PNG = 200_000, 2_000_000
PATIENCE, KEPT_FOR, KEPT, ZOOM = 10.0, 60.0, 32, 2.0
_CHILD = Path(__file__).with_name("rasterise.py")
_NEEDED = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "HOME", "LANG", "FONTCONFIG_PATH")

Rasterise = Callable[[str], Awaitable[bytes]]


async def rasterise(svg: str) -> bytes:
    """A PNG made by the child; it ends with who waits for it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(_CHILD), str(ZOOM), stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _NEEDED if name in os.environ},
    )  # fmt: skip
    try:
        made, _ = await process.communicate(svg.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return made


class Pictures:
    """Pictures of drawings; ``png`` answers None where there is none in time, for whatever
    reason: words say the same."""

    def __init__(
        self, make: Rasterise = rasterise, now_s: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:  # fmt: skip
        self._make, self._now, self._patience = make, now_s, patience
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._turns = asyncio.Lock()

    async def png(self, drawing: Drawing) -> bytes | None:
        """The picture of a drawing."""
        if len(drawing.svg) > MOST_SVG:
            return None
        name = hashlib.sha256(drawing.svg.encode()).hexdigest()
        try:
            async with asyncio.timeout(self._patience), self._turns:
                if (kept := self._kept.get(name)) and kept[0] > self._now():
                    return kept[1]
                made = await self._make(drawing.svg)
        except (OSError, NotImplementedError, TimeoutError) as error:
            log.warning("a picture was not drawn: %s", str(error) or type(error).__name__)
            return None
        if not made.startswith(SIGN) or len(made) > MOST_PNG:
            log.warning("a picture was not drawn: %d bytes that are none", len(made))
            return None
        self._keep(name, made)
        return made

    def _keep(self, name: str, made: bytes) -> None:
        now = self._now()
        kept = {n: one for n, one in self._kept.items() if one[0] > now}
        self._kept = dict(list(kept.items())[-KEPT + 1 :]) | {name: (now + KEPT_FOR, made)}


_ALL: list[Pictures] = []


async def png(drawing: Drawing) -> bytes | None:
    """The picture of a drawing, by what all surfaces share."""
    if not _ALL:
        _ALL.append(Pictures())
    return await _ALL[0].png(drawing)
