"""Who acknowledged an event of Zabbix, read in the list of its updates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations import _read
from integrations.base import OURS

_ACK, _UNACK = 2, 16


@dataclass(frozen=True, slots=True)
class Ack:
    """``by`` as ``{USER.FULLNAME}`` has it, ``text`` what they wrote with it."""

    by: str
    text: str


def theirs(updates: Any) -> Ack | None:
    """The newest acknowledgement that is not ours, since the last that was taken back."""
    newest_first = sorted(_read.parts(updates, 500), key=_age, reverse=True)
    for each in newest_first:
        action = _number(each.get("action"))
        if action & _UNACK:
            return None
        text = _read.first(each, "message")
        if action & _ACK and not text.startswith(OURS):
            return Ack(_name(each), " ".join(text.split()))
    return None


def _age(update: Mapping[str, Any]) -> tuple[int, int]:
    return _number(update.get("clock")), _number(update.get("acknowledgeid"))


def _number(value: Any) -> int:
    said = str(value or "0")
    return int(said) if said.isdecimal() else 0


def _name(update: Mapping[str, Any]) -> str:
    """``Ana Petrova (ana)``; old versions call the user's name an alias."""
    login = _read.first(update, "username", "alias")
    full = " ".join(filter(None, (_read.first(update, "name"), _read.first(update, "surname"))))
    return f"{full} ({login})" if full and login else full or login
