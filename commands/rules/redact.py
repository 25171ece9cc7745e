"""Secrets in text are hidden: by what they look like, by the name they stand behind, by value.

Nothing is looked at closely where no word of a secret's shape stands in the text: what monitors
say thousands of times a second costs a few searches for fixed words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from commands.rules.secret_shapes import (
    DISCORD_BOT,
    DISCORD_END,
    FLAG,
    HARD,
    MARKS,
    MASK,
    NAME_END,
    NAMED,
    PEM,
    PROSE,
    SHAPES,
    TWILIO,
    TWILIO_ID,
)

SHORTEST = 6
"""A secret of the settings that is shorter would hide ordinary words."""
LONGEST_NAME = 80
_MEETING, _NEAR = ".zoom.us/", 80
"""The address of a call holds its ``pwd``: without it nobody could join."""
_NAMES = tuple(dict.fromkeys((*MARKS, *(m for s in SHAPES if s.named for m in s.marks))))
"""Words of which one stands beside every secret that has no shape of its own."""
_MARKS = tuple(m for s in SHAPES if not s.named for m in s.marks)
_RUN_LENGTH = 20
_RUN = re.compile(f"[A-Za-z0-9_+-]{{{_RUN_LENGTH}}}")
"""No secret with a shape of its own is without so many characters in a row."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OBJECT = re.compile(r"[a-z0-9]+(?:[-./][a-z0-9]+)+")
_HIDDEN_ALREADY = ("[", "$", "{", "%", "<", "*", "•", "…")


class Redactor:
    """Hides secrets. ``known`` are values hidden wherever they stand, ``patterns`` are regular
    expressions of one's own (their first group, or all of what they match, is hidden), ``allow``
    are names of labels that are left as they are. Raises ``re.error`` for a bad pattern."""

    def __init__(
        self, known: Iterable[str] = (), patterns: Iterable[str] = (), allow: Iterable[str] = ()
    ) -> None:
        self._own = tuple(re.compile(pattern) for pattern in patterns)
        self._allow = frozenset(_plain(name) for name in allow)
        self._known: tuple[str, ...] = ()
        self._bare: tuple[str, ...] = ()
        self._values: re.Pattern[str] | None = None
        self.learn(known)

    def learn(self, values: Iterable[str]) -> None:
        """Hide these values too from now on, also as they stand in addresses and in JSON."""
        found = {form for value in values if len(value) >= SHORTEST for form in _forms(value)}
        if not found - set(self._known):
            return
        self._known = tuple(sorted({*self._known, *found}, key=lambda v: (-len(v), v)))
        self._values = re.compile("|".join(map(_whole, self._known)))
        whole = sorted(self._known, key=len)
        self._bare = tuple(
            v for i, v in enumerate(whole) if not any(short in v for short in whole[:i])
        )

    def __call__(self, text: str) -> str:
        """The text without secrets; the very same object where it holds none."""
        said = _by_shape(text)
        if self._values is not None and self._holds(said):
            said = self._values.sub(MASK, said)
        for pattern in self._own:
            said = pattern.sub(_hide_group, said)
        return text if said == text else said

    def suspects(self, text: str) -> bool:
        """Whether it is worth a closer look; False is certain, and comes soon."""
        low = text.lower()
        for word in _NAMES:
            if word in low:
                return True
        if self._own or self._holds(text):
            return True
        long = " ".join([word for word in text.split() if len(word) >= _RUN_LENGTH])
        if not long or _RUN.search(long) is None:
            return False
        low = long.lower()
        for mark in _MARKS:
            if mark in low:
                return True
        return DISCORD_END.search(long) is not None or TWILIO_ID.search(long) is not None

    def _holds(self, text: str) -> bool:
        return any(value in text for value in self._bare)

    def label(self, name: str, value: str) -> str:
        """The value of a label, of which the name may say that it is a secret."""
        if _plain(name) in self._allow:
            return value
        said = self(value)
        if said is value and (named := _secret_name(name)) and _worth(named, value, "=", ""):
            return MASK
        return said

    def deep(self, found: Any, name: str = "") -> Any:
        """The same for what JSON can say: strings wherever they stand, by the key before them."""
        if isinstance(found, str):
            return self.label(name, found) if name else self(found)
        if isinstance(found, Mapping):
            return {self(str(k)): self.deep(v, str(k)) for k, v in found.items()}
        if isinstance(found, (list, tuple)):
            return [self.deep(each, name) for each in found]
        return found

    def body(self, body: bytes) -> bytes:
        """A body as it came: what is no text is left byte for byte."""
        text = body.decode("utf-8", "surrogateescape")
        said = self(text)
        return body if said is text else said.encode("utf-8", "surrogateescape")


redact = Redactor()
"""By shape and by name alone."""


def secrets_of(settings: Any, name: str = "") -> Iterable[str]:
    """The values of settings (as JSON) whose name says that they are secrets, and the passwords
    in addresses."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            inner = f"{name} {key}" if not _secret_name(str(key)) else str(key)
            yield from secrets_of(value, inner)
    elif isinstance(settings, (list, tuple)):
        for value in settings:
            yield from secrets_of(value, name)
    elif isinstance(settings, str) and settings:
        if _is_secret(name) and not _FILE_OF_A_KEY.search(f"{name.strip()}={settings}"):
            yield settings
        yield from (m[1] for m in _PASSWORD_IN_URL.finditer(settings))


_PASSWORD_IN_URL = re.compile(r"://[^\s/@:\"'<>]{0,100}:([^\s/@\"'<>]{1,300})@")
_FILE_OF_A_KEY = re.compile(r"(?:^|\s)key=(?:/|\./|~/)?[\w./~-]{1,300}\.(?:pem|key|crt|txt)\Z")
"""``tls: {key: /etc/pixelview/privkey.pem}`` names a file; its path is no secret, and is told."""
_HEADERS = ("authorization", "cookie", "key", "secrets", "secret", "auth", "dsn")


def _is_secret(name: str) -> bool:
    last = name.rpartition(" ")[2].lower()
    return bool(_secret_name(name.strip())) or last in _HEADERS


# ---- by shape ------------------------------------------------------------------------------------


def _by_shape(text: str) -> str:
    low = text.lower()
    if "private key" in low:
        text = PEM.sub(MASK, text)
    for shape in SHAPES:
        for mark in shape.marks:
            if mark in low:
                text = shape.pattern.sub(shape.hide, text)
                break
    if DISCORD_END.search(text):
        text = DISCORD_BOT.sub(MASK, text)
    if TWILIO_ID.search(text):
        text = TWILIO.sub(rf"\g<1>{MASK}", text)
    for mark in MARKS:
        if mark in low:
            return FLAG.sub(_hide_flag, NAMED.sub(_hide_named, text))
    return text


def _hide_named(found: re.Match[str]) -> str:
    group = found.lastgroup or "bare"
    value, sep = found[group], found["sep"]
    if _MEETING in found.string[max(0, found.start() - _NEAR) : found.start()]:
        return found[0]
    if not _worth(found["name"], value, sep, "" if group == "bare" else group):
        return found[0]
    start = found.start(group) - found.start()
    return f"{found[0][:start]}{MASK}{found[0][start + len(value) :]}"


def _hide_flag(found: re.Match[str]) -> str:
    value = found["bare"]
    return found[0] if value.lower() in PROSE or value[0] in "[$" else f"{found[1]}{MASK}"


def _hide_group(found: re.Match[str]) -> str:
    if not found.re.groups or found[1] is None:
        return MASK if found[0] else ""
    start, end = found.start(1) - found.start(), found.end(1) - found.start()
    return f"{found[0][:start]}{MASK}{found[0][end:]}"


def _worth(name: str, value: str, sep: str, quoted: str) -> bool:
    """Whether what stands behind a secret's name is the secret, and no word about it."""
    word = value.strip().rstrip(".,:!?")
    if len(word) < 3 or word[0] in _HIDDEN_ALREADY or word.lower() in PROSE:
        return False
    if _plain(name) in HARD:
        return bool(quoted) or sep.strip() in ("=", ">", ":=", "=>") or not word.isspace()
    if " " in word or "://" in word or len(word) < SHORTEST:
        return False
    if word.isdigit():
        return len(word) >= 8 and "=" in sep
    return _random(name, word)


def _random(name: str, word: str) -> bool:
    """Whether a word looks made by a machine: not a word, and not the name of a thing."""
    if _UUID.fullmatch(word):
        return True
    if _OBJECT.fullmatch(word):  # a Secret of Kubernetes, a path, a metric are called so
        return False
    if word.replace("_", "").replace("-", "").isalpha():
        mixed = not (word.islower() or word.isupper() or word.istitle())
        return len(word) >= 16 and mixed and "_" not in word and "-" not in word
    return any(c.isdigit() for c in word) or len(word) >= 12


# ---- words ---------------------------------------------------------------------------------------


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_").replace(".", "_")


@lru_cache(4096)
def _secret_name(name: str) -> str:
    """The part of a name that says that a secret follows; empty where none does."""
    found = NAME_END.search(name) if len(name) <= LONGEST_NAME else None
    return found[1] if found else ""


def _whole(value: str) -> str:
    """A value as a pattern; a short one only where it is no part of a longer word."""
    found = re.escape(value)
    return found if len(value) >= 12 else rf"(?<!\w){found}(?!\w)"


def _forms(value: str) -> Iterable[str]:
    yield value
    yield quote(value, safe="")
    yield quote_plus(value)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
