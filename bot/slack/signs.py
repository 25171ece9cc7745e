"""The signs that stand for Slack's names of emoji (``:broom:`` is 🧹), where a message itself does
not tell them; a workspace's own emoji have none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

# Names that are Slack's alone.
_ALSO = {
    "simple_smile": "🙂", "face_palm": "🤦", "ladybug": "🐞", "lightning": "🌩️",
    "lightning_cloud": "🌩️", "satellite_antenna": "📡", "hourglass": "⌛",
}  # fmt: skip
_FLAG = re.compile(r"flag-([a-z]{2})")
_FIRST_LETTER = 0x1F1E6
_SO = (("male-", "man_"), ("female-", "woman_"), ("large_", ""))


def sign(name: str) -> str:
    """The sign of a name without its colons; empty where there is none."""
    if name in _ALSO:
        return _ALSO[name]
    if flag := _FLAG.fullmatch(name):
        return "".join(chr(_FIRST_LETTER + ord(letter) - ord("a")) for letter in flag[1])
    return next((known for n in _spellings(name) if (known := _standard().get(n))), "")


def _spellings(name: str) -> list[str]:
    """As Slack writes it, and as others do: ``man-shrugging`` is ``man_shrugging``."""
    found = [name]
    for begin, other in _SO:
        if name.startswith(begin):
            found.append(other + name.removeprefix(begin).replace("-", "_"))
    return [*found, name.replace("-", "_")]


@cache
def _standard() -> Mapping[str, str]:
    """Every standard emoji by each of its names; read when the first is written. The names that
    chats use go before those of the standard."""
    from emoji import EMOJI_DATA, STATUS

    whole = STATUS["fully_qualified"]
    known = [(sign, each) for sign, each in EMOJI_DATA.items() if each["status"] <= whole]
    names = {each["en"].strip(":"): sign for sign, each in known}
    # Where a key is missing the library reads every language there is.
    spoken = ((sign, each["alias"]) for sign, each in known if "alias" in each)
    return names | {name.strip(":"): sign for sign, some in spoken for name in some}
