"""What may not be asked is left out and said, where nothing of it was ever told; what was told
before and is refused now is an error, so that it is old and nothing of it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from integrations._cloud.rest import Refused
from integrations.base import Changes, Item, Progress

Told = AsyncIterator[Item | Sequence[Item]]


class Leaving:
    """Remembers which parts were told well."""

    def __init__(self) -> None:
        self._well: set[str] = set()

    async def out(self, part: str, told: Told) -> Told:
        """The same, but for a refusal right at the start of what was never told."""
        begun = False
        try:
            async for each in told:
                begun = begun or (bool(each) and not isinstance(each, (Changes, Progress)))
                yield each
        except Refused as no:
            if begun or part in self._well:
                raise
            yield Changes()
            yield Progress(0, note=f"It is left out. {no}")
        else:
            self._well.add(part)
