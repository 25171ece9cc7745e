"""One test that tries many cases on what was built once, and tells all that went wrong."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

Tested = Callable[..., Awaitable[None]]


def each(names: str | tuple[str, ...], cases: Iterable[Any]) -> Callable[[Tested], Tested]:
    """As ``pytest.mark.parametrize``, for cases that leave nothing behind: the fixtures are built
    once for all of them."""
    known = [names] if isinstance(names, str) else list(names)
    all_cases = list(cases)

    def decorate(test: Tested) -> Tested:
        signature = inspect.signature(test)
        fixtures = [p for p in signature.parameters.values() if p.name not in known]

        @functools.wraps(test)
        async def tried(**built: Any) -> None:
            wrong = []
            for case in all_cases:
                given = dict(zip(known, case if len(known) > 1 else (case,), strict=True))
                try:
                    await test(**built, **given)
                except Exception as error:  # noqa: BLE001  the others are tried all the same
                    error.add_note(f"with {given!r:.300}")
                    wrong.append(error)
            if wrong:
                raise ExceptionGroup(f"{len(wrong)} of {len(all_cases)} cases", wrong)

        tried.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return tried

    return decorate
