"""A person's contact methods and notification rules, as far as the settings have the channel."""

from __future__ import annotations

import re

from bot.imports.base import Imported, Written

_HERE = ("email", "slack", "discord", "webpush")
"""Channels that a rule may name without more settings."""

_PHONE = ("sms", "voice")
_WORDS = {
    "sms": "SMS",
    "voice": "phone call",
    "push": "the mobile app",
    "email": "e-mail",
    "telegram": "Telegram",
    "webhook": "webhook",
}


class Contacts:
    """Collects one person's contacts and rules into their settings."""

    def __init__(self, found: Imported, handle: str, written: Written) -> None:
        self._found, self._handle, self._written = found, handle, written
        self._name = str(written["name"])
        self._rules: dict[bool, list[Written]] = {False: [], True: []}
        self._later: dict[str, None] = {}
        self.methods: dict[str, str] = {}

    def has(self, key: str | None, via: str, address: str | None) -> None:
        """A contact method; of mail addresses and telephones the first of a person is theirs."""
        if key:
            self.methods[key] = via
        if via in _PHONE and address:
            self._number(re.sub(r"[^\d+]", "", address))
        elif via == "email" and address:
            if address.casefold() != self._written.setdefault("email", address).casefold():
                self._found.left_out(f"a second e-mail address of {self._name}", "one is kept")
        elif via == "slack" and address:
            self._written.setdefault("slack", address)

    def _number(self, number: str) -> None:
        if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
            self._found.left_out(f"a phone number of {self._name}", "it has no country code")
        elif self._written.setdefault("phone", number) != number:
            self._found.left_out(f"a second phone number of {self._name}", "one is kept")

    def rule(self, after: int, via: str, *, important: bool = False) -> None:
        """A rule of the default or the important list."""
        after = min(max(after, 0), 9000)
        if via == "push":
            via = "webpush"
            why = "the app becomes Web Push of the console, once a device of theirs is added there"
            self._found.approximated(f"the rules of {self._name}", why)
        rule = {"after": after, "via": via}
        if via in _HERE:
            if rule not in self._rules[important]:
                self._rules[important].append(rule)
        elif via in _PHONE:
            words = "an important rule" if important else "a rule"
            self._later[f"{words} {{after: {after}, via: {via}}}"] = None
        else:
            what = f"a rule by {_WORDS.get(via, via or 'an unknown channel')} of {self._name}"
            self._found.left_out(what, "there is no such channel by itself")

    def finish(self) -> None:
        """Write the rules down, and say what could not be."""
        for which in (False, True):
            vias = {rule["via"] for rule in self._rules[which]}
            if vias == {"webpush"} and self._written.get("email"):
                self._rules[which].append({"after": 0, "via": "email"})
        plain, important = self._rules[False], self._rules[True]
        if not plain and important:
            plain, important = important, []
        if plain:
            self._written["rules"] = plain
        if important and important != plain:
            self._written["important"] = important
        if self._later:
            said = ", ".join(self._later)
            self._found.left_out(f"{said} of {self._name}", "needs twilio in the settings first")
            self._found.asides["people", self._handle] = f"with twilio: {said}"
