"""The parameters of one action as fields of a form, and what was filled in as people type it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import crc32

from commands.automation.offering import Fit
from commands.automation.offers import RESOURCE, Offer
from commands.inventory.offered import joined
from commands.rules import filling
from integrations.base import Param
from store.model.known import Known

PREFIX, ON, CONFIRM, MARK = "params.", "on", "confirm", "-"
"""``MARK`` comes with a form of a page, where a box that is not ticked comes with nothing."""
MOST = 20
"""So many parameters a form asks for; the others are typed."""
_CHOICES, _CHOICE, _INITIAL = 100, 75, 2_000
_HINTS = {
    "number": "A whole number.", "decimal": "A number.", "list": "Several, with commas between.",
    "object": 'As JSON: {"name": "value"}.',
}  # fmt: skip


def field_name(offer: Offer, param: str) -> str:
    """How a field is called: another for each action, so that no surface carries what was typed
    for one over to another. It is short: 100 characters are all there are."""
    return f"{PREFIX}{crc32(offer.name.encode()) % 46656:x}.{param}"


def fields(fit: Fit, given: Mapping[str, str], word: str | None) -> list[dict[str, Any]]:
    """The fields of an action, as a form takes them: ``name, label, kind, required, options,
    initial, hint, secret``. ``given`` is what is filled in already, ``word`` what has to be typed
    before it is run, None for nothing."""
    offer = fit.offer
    found = [_on(fit, given)] if offer.via == RESOURCE else []
    shown, _ = asked(offer)
    found += [_field(offer, one, given, fit.values) for one in shown]
    box = offer.dry_box
    if box and (not offer.dry or any(one.name == box for one in offer.params)):
        found.append(_made(
            field_name(offer, box), "Dry run", "flag", initial=given.get(box, ""),
            hint="Only say what would be done.",
        ))  # fmt: skip
    if word is not None:
        hint = f"Dangerous: {offer.dangerous}." if offer.dangerous else "It can't be taken back."
        label = f"Type {word}" if word else "Type what it changes, to confirm"
        must = not offer.dry_box
        found.append(_made(CONFIRM, label, "text", required=must, hint=hint))
    return found


def asked(offer: Offer) -> tuple[list[Param], int]:
    """The parameters a form asks for, required ones first, and how many it leaves out. What every
    action of its kind takes, such as a working directory, is asked for where the settings fill it
    in."""
    open_ = [one for one in offer.params if one.name not in offer.fixed and one.name != offer.dry]
    shown = [one for one in open_ if not one.common or one.name in offer.given]
    ranked = sorted(shown, key=lambda p: (not p.required, p.name not in offer.given))
    return ranked[:MOST], max(len(ranked) - MOST, 0)


def _on(fit: Fit, given: Mapping[str, str]) -> dict[str, Any]:
    name = field_name(fit.offer, ON)
    options = [(str(one.id), _called(one)) for one in fit.on]
    first = given.get(ON) or (options[0][0] if len(options) == 1 else "")
    return _made(name, "On", "choice" if options else "text", required=True, options=options,
                 initial=first, hint="What it is done to.")  # fmt: skip


def _called(one: Known) -> str:
    r = one.resource
    name = f"{r.group}/{r.name}" if r.group and not r.name.startswith(f"{r.group}/") else r.name
    return f"{r.kind} {name} ({one.source})"


def _field(
    offer: Offer, one: Param, given: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, Any]:
    default = "" if one.secret else _default(one)
    initial = given.get(one.name, begun(values.get(one.name, default)))
    choices = one.choices if chosen_from(one.choices) else ()
    kind = {"flag": "flag", "object": "long"}.get(one.kind, "choice" if choices else "text")
    parts = (one.help, _HINTS.get(one.kind, ""), "Shown to nobody." if one.secret else "")
    spoken = one.name.replace("_", " ")
    return _made(
        field_name(offer, one.name), spoken[:1].upper() + spoken[1:], kind,
        required=one.required and not default and kind != "flag",
        options=[(each, each) for each in choices], initial="" if one.secret else initial,
        hint=" ".join(filter(None, (p.strip() for p in parts))), secret=one.secret,
    )  # fmt: skip


def chosen_from(choices: Sequence[str]) -> bool:
    """Whether a menu holds them; others are typed."""
    return 0 < len(choices) <= _CHOICES and all(0 < len(each) <= _CHOICE for each in choices)


def begun(text: str) -> str:
    """What a field begins with; nothing where that would not fit, which leaves it as it is."""
    return text if len(text) <= _INITIAL else ""


def _default(one: Param) -> str:
    """A default as people read it; "" where its runner computes it."""
    text = filling.plain(one.default)
    return "" if any(mark in text for mark in filling.EVALUATED) else text


def _made(name: str, label: str, kind: str, **more: Any) -> dict[str, Any]:
    usual = {"required": False, "options": [], "initial": "", "hint": "", "secret": False}
    return {"name": name, "label": label, "kind": kind, **usual, **more}


# back again


def is_filled(values: Mapping[str, Any]) -> bool:
    """Whether a form with the fields of an action came back."""
    return any(name.startswith(PREFIX) for name in values)


def typed(offer: Offer, values: Mapping[str, Any], *, every: bool = False) -> dict[str, str]:
    """What was filled in, by parameter, as people would type it: not what is so anyway, unless
    ``every`` one is wanted."""
    names = (ON, MARK, *(one.name for one in asked(offer)[0]), *filter(None, (offer.dry_box,)))
    mine = {name: values.get(field_name(offer, name)) for name in names}
    if all(value is None for value in mine.values()):
        return {}
    on = str(mine.pop(ON) or "").strip()
    mine.pop(MARK)
    found = {ON: on} if offer.via == RESOURCE and on else {}
    return found | dict(_typed(offer, mine, every))


def _typed(
    offer: Offer, mine: Mapping[str, Any], every: bool
) -> Iterator[tuple[str, str]]:  # fmt: skip
    known = {one.name: one for one in offer.params}
    for name, value in mine.items():
        one = known.get(name)
        if one is None:
            if name == offer.dry_box and (value is True or _yes(value)):
                yield name, "yes"
            continue
        text = filling.plain(value is True or _yes(value)) if one.kind == "flag" else _text(value)
        if every or not as_usual(offer, one, text):
            yield name, text


def as_usual(offer: Offer, one: Param, text: str) -> bool:
    """Whether a value is what the parameter is where nobody gives any."""
    usual = _default(one) or ("no" if one.kind == "flag" else "")
    return text == usual and one.name not in offer.given


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _yes(value: Any) -> bool:
    return str(value).casefold() in {"true", "1", "yes", "on"}


def line(offer: Offer, values: Mapping[str, Any], *, every: bool = False) -> str:
    """What was filled in as one line: ``host=db-3 keep=48h``."""
    return joined(typed(offer, values, every=every))
