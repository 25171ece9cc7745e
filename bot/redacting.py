"""What may be hidden by the settings, and logs that hold no secret and can't be forged."""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from commands.rules.redact import Redactor, secrets_of

LONGEST = 20_000
"""Characters of one line of the log."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


class RedactSettings(BaseModel):
    """What is hidden beside what looks like a secret anyway: ``patterns`` are regular expressions
    (their first group, or all they match); ``allow`` are labels that are never hidden."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    @field_validator("patterns")
    @classmethod
    def _can_be_read(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            try:
                found = re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern} is no regular expression: {error}") from None
            if found.fullmatch("") is not None:
                raise ValueError(f"{pattern} fits an empty text")
        return value


def redactor_of(settings: Any) -> Redactor:
    """What hides the secrets of these settings, and what looks like one."""
    own: RedactSettings = settings.redact
    return Redactor(secrets(settings), own.patterns, own.allow)


def secrets(settings: Any) -> Iterable[str]:
    """Every value of these settings that nobody may read."""
    told: dict[str, Any] = settings.model_dump(mode="json", exclude={"redact", "schedules"})
    yield from secrets_of(told)
    yield from secrets_of(dict(settings.pagers))
    yield from settings.inventory.secrets()
    for one in settings.stackstorm.values():
        yield from one.hidden()
    yield from (key for key in (settings.key or "").replace(",", " ").split() if key)
    if settings.cli_token:
        yield settings.cli_token


# ---- logs ----------------------------------------------------------------------------------------


def one_line(text: str) -> str:
    """A text of which no character ends a line, turns it or reaches for the terminal."""
    return _UNSEEN.sub(_named, text.replace("\n", "\\n"))


def _named(found: re.Match[str]) -> str:
    code = ord(found[0])
    return {9: "\t", 13: "\\r"}.get(code) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def lines(text: str) -> str:
    """Several lines, of which all but the first are indented: none begins as a line of the log."""
    return "\n  ".join(_UNSEEN.sub(_named, line) for line in text.split("\n"))


class _Install:
    """Hides secrets in every record of every library's logger, from where records are made: a
    filter of the root logger would not see those of the others."""

    def __init__(self, hide: Redactor) -> None:
        self._hide, self._made = hide, logging.getLogRecordFactory()

    def __call__(self, *args: Any, **more: Any) -> logging.LogRecord:
        record = self._made(*args, **more)
        try:
            said = record.getMessage()
        except Exception:  # noqa: BLE001  whoever logs must not fall by it
            said = f"{record.msg} (its values do not fit)"
        record.msg, record.args = one_line(self._hide(said))[:LONGEST], ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = self.trace(*record.exc_info)
        if record.stack_info:
            record.stack_info = lines(self._hide(record.stack_info))
        return record

    def trace(
        self, kind: type[BaseException], error: BaseException | None, where: TracebackType | None
    ) -> str:
        """An exception as logs tell it."""
        said = "".join(traceback.format_exception(kind, error, where)).rstrip("\n")
        return lines(self._hide(said)[:LONGEST])


def install(hide: Redactor) -> None:
    """From here on logs, and what ends the process or a thread, tell no secret."""
    made = _Install(hide)
    logging.setLogRecordFactory(made)

    def fell(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, where)
        else:
            sys.stderr.write(f"{made.trace(kind, error, where)}\n")

    def fell_beside(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit and args.exc_value is not None:
            fell(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook, threading.excepthook = fell, fell_beside
