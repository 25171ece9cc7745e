"""Where our pages come from, as one contact card: who lets it ring in do not disturb hears us."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.settings import Settings

_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def senders(settings: Settings) -> tuple[str, ...]:
    """The numbers and addresses of the settings that pages come from, each once."""
    return tuple(dict.fromkeys(_senders(settings)))


def _senders(settings: Settings) -> Iterator[str]:
    for given in settings.pagers.values():
        for name, value in given.items():
            if name.endswith("from") and _E164.fullmatch(str(value)):
                yield str(value)
    sender = settings.mail.sender if settings.mail else ""
    if found := _ADDRESS.search(sender):
        yield found[0]


def card(settings: Settings) -> str:
    """A vCard 3.0, which telephones of every make read."""
    found = senders(settings)
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:;PixelView;;;",
        "FN:PixelView",
        "ORG:PixelView",
        "NOTE:Pages from PixelView. Let this contact ring in do not disturb.",
        *(f"TEL;TYPE=CELL,VOICE:{each}" for each in found if _E164.fullmatch(each)),
        *(f"EMAIL;TYPE=INTERNET:{_escaped(each)}" for each in found if "@" in each),
        f"URL:{_escaped(settings.url)}",
        "END:VCARD",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _escaped(text: str) -> str:
    """Text in a vCard: no line breaks, and its own marks as they are."""
    plain = "".join(c for c in text if c.isprintable())
    return plain.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
