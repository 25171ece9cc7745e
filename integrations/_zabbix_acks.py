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
    """Who acknowledged: the id of a user, then, once it is asked for, the name as
    ``{USER.FULLNAME}`` has it; and what they wrote with it."""

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
            return Ack(_read.first(each, "userid"), " ".join(text.split()))
    return None


def _age(update: Mapping[str, Any]) -> tuple[int, int]:
    return _number(update.get("clock")), _number(update.get("acknowledgeid"))


def _number(value: Any) -> int:
    said = str(value or "0")
    return int(said) if said.isdecimal() else 0


def named(ack: Ack, users: Mapping[str, Mapping[str, Any]]) -> Ack:
    """With ``Ana Petrova (ana)`` in place of the id; ``user 7`` where that user can't be seen."""
    user = users.get(ack.by, {})
    login = _read.first(user, "username", "alias")
    full = " ".join(filter(None, (_read.first(user, "name"), _read.first(user, "surname"))))
    name = f"{full} ({login})" if full and login else full or login
    return Ack(name or f"user {ack.by}", ack.text)
