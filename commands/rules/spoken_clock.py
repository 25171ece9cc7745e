"""The clock in a time as people say it: ``noon``, ``18 Uhr``, ``9h30``, ``half past six``, ``8 in
the evening``. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve",
    "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
)
_HOURS = {word: n for line in _NUMBERS for n, word in enumerate(line.split(), 1)}
_HOUR = r"(\d{1,2}|" + "|".join(_HOURS) + ")"
_LEAD = r"(?:\b(?:at|um|gegen|ab|à|a las|a la|alle|às|as|om|kl\.?)\s+)?"
_MUST_LEAD = r"\b(?:at|um|gegen|ab|à|a las|a la|alle|às|om|kl\.?|в|во)\s+"
_END = r"(?![\w:.]*\d)(?!\w)"
_MORNING, _AFTERNOON, _EVENING, _NIGHT = "morning", "afternoon", "evening", "night"
_WORDS = {
    _MORNING: r"(?:in the |this |in der |am |de |du |le |van de |della )?(?:morning|early|früh"
    r"|morgens|vormittags?|matin|madrugada|ochtend|mattina|rano|утром)",
    _AFTERNOON: r"(?:in the |this |am |de l'|l'|cet |de la |della )?(?:afternoon|nachmittags?"
    r"|après-midi|aprem|tarde|pomeriggio|middag|днём|днем)",
    _EVENING: r"(?:in the |this |am |heute |du |ce |le |de |della )?(?:evening|abends?|soir|avond"
    r"|sera|wieczorem|вечером)",
    _NIGHT: r"(?:at |in the |in der |heute |la |de la )?(?:nights?|nachts?|nuit|noche|notte|noite"
    r"|nacht)",
}
_STARTS = {_MORNING: 9, _AFTERNOON: 15, _EVENING: 18}
_HOURS_OF = {
    _MORNING: range(13), _AFTERNOON: range(12, 19), _EVENING: range(16, 25),
    _NIGHT: (*range(7), *range(18, 25)),
}  # fmt: skip
_NOON = re.compile(
    r"\b(?:at |am |à |zu |a |al )?(?:noon|midday|mittags?|midi|mediodía|mezzogiorno)\b"
)
_MIDNIGHT = re.compile(
    r"\b(?:at |um |à |a )?(?:midnight|mitternacht|minuit|medianoche|mezzanotte)\b"
)
_CLOCKS = (
    re.compile(
        rf"{_LEAD}\b(\d{{1,2}}):(\d{{2}})(?:\s*([ap])\.?m\b\.?)?(?:\s*(?:uhr|uur|h)\b)?{_END}"
    ),
    re.compile(rf"{_LEAD}\b(\d{{1,2}})(?:\.(\d{{2}}))?\s*([ap])\.?m\b\.?"),
    re.compile(rf"{_LEAD}\b(\d{{1,2}})\s*(?:uhr|uur|heures?|h|ч)\s*(\d{{2}})?()(?!\w)"),
    re.compile(rf"{_LEAD}\b(\d{{1,2}})\.(\d{{2}})\s*(?:uhr|uur)()\b"),
    re.compile(rf"{_LEAD}\b(\d{{1,2}}) o'clock()()"),
    re.compile(rf"{_MUST_LEAD}(\d{{1,2}})()(){_END}"),
)
_BEFORE_A_PART = re.compile(r"\b(\d{1,2})$")
_PAST = re.compile(
    rf"{_LEAD}(half past|quarter past|quarter to|halb|viertel nach|viertel vor) {_HOUR}\b"
)
_SHIFT = {
    "half past": 30, "quarter past": 15, "quarter to": -15,
    "halb": -30, "viertel nach": 15, "viertel vor": -15,
}  # fmt: skip
_TONIGHT = re.compile(
    r"\b(?:tonight|heute abend|ce soir|esta noche|stasera|vanavond|hoje à noite)\b"
)
_EVENING_AT = 20


class Unsure(ValueError):
    """A time that may mean two things; ``choices`` are ways to say each in the place of ``part``,
    of all of it where that is empty."""

    def __init__(self, text: str, choices: tuple[str, ...], part: str = "") -> None:
        super().__init__(text)
        self.choices, self.part = choices, part


@dataclass(frozen=True, slots=True)
class Clocked:
    """A clock (hour, minute), None where none was said, and the other words; ``asks`` is what must
    be known first where these are a day."""

    clock: tuple[int, int] | None
    rest: str
    asks: Unsure | None = None


def clocked(text: str) -> Clocked | None:
    """A phrase parted into its clock and the words about the day; text is in small letters.

    A part of the day alone has an hour of its own: morning 9, afternoon 15, evening 18, tonight
    20; where only the night is named, or midnight beside a day, that must be asked. None where
    they contradict each other.
    """
    if found := _TONIGHT.search(text):
        inner = clocked(_without(text, found))
        if inner is None or inner.asks:
            return None
        hour, minute = inner.clock or (_EVENING_AT, 0)
        late = hour + 12 if 1 <= hour < 12 else hour
        return Clocked((late, minute), f"today {inner.rest}".strip())
    part, rest, number = _part(text)
    if not part and (found := _MIDNIGHT.search(rest)):
        return _midnight(text, _without(rest, found))
    clock, rest = _clock(rest, part, number)
    if clock is None and part == _NIGHT:
        hours = tuple(f"{rest} {hour}".strip() for hour in ("20:00", "22:00"))
        return Clocked((20, 0), rest, Unsure(f"Which hour is {text.strip()}?", hours, text.strip()))
    if clock is None and part:
        clock = (_STARTS[part], 0)
    if clock is not None and part and clock[0] not in _HOURS_OF[part]:
        return None
    return Clocked(clock, rest)


def _midnight(text: str, rest: str) -> Clocked:
    """Beside a day it may be its start or its end."""
    ends = (f"{rest} 00:00", f"{rest} 23:59")
    said = f"Is {text.strip()} the start or the end of that day?"
    return Clocked((24, 0), rest, Unsure(said, ends, text.strip()) if rest else None)


def _without(text: str, found: re.Match[str]) -> str:
    return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())


def _part(text: str) -> tuple[str, str, str]:
    """The part of the day that is named, the other words, and a bare number right before it: ``8 in
    the evening``."""
    for name, pattern in _WORDS.items():
        if found := re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text):
            before = _BEFORE_A_PART.search(text[: found.start()].rstrip())
            return name, _without(text, found), before[1] if before else ""
    return "", text, ""


def _clock(text: str, part: str, number: str = "") -> tuple[tuple[int, int] | None, str]:
    if found := _NOON.search(text):
        return (12, 0), _without(text, found)
    if found := _PAST.search(text):
        hour = _HOURS.get(found[2]) or int(found[2])
        minutes = hour * 60 + _SHIFT[found[1]]
        return _later(divmod(minutes, 60), part), _without(text, found)
    for pattern in _CLOCKS:
        if found := pattern.search(text):
            return _read(found, part), _without(text, found)
    if number and (found := re.search(rf"\b{number}\b", text)):
        return _later((int(number), 0), part), _without(text, found)
    return None, text


def _read(found: re.Match[str], part: str) -> tuple[int, int] | None:
    hour, minute = int(found[1]), int(found[2] or 0)
    half = found[3] or ""
    if half:
        return (hour % 12 + 12 * (half == "p"), minute) if 1 <= hour <= 12 else (99, 0)
    return _later((hour, minute), part)


def _later(clock: tuple[int, int], part: str) -> tuple[int, int]:
    """``8`` in the evening is 20."""
    hour, minute = clock
    after_noon = part in (_AFTERNOON, _EVENING) or (part == _NIGHT and hour >= 6)
    return (hour + 12 if after_noon and 1 <= hour < 12 else hour, minute)
