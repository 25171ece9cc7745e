"""Components and forms as HTML a person can press: rows, selects, containers, modals."""

from __future__ import annotations

import html
from typing import Any

from tests.support.discord.check_components import SELECT
from tests.support.discord.check_modal import CHECKBOX, CHECKBOXES, FILE_UPLOAD, RADIO, TEXT_INPUT
from tests.support.discord.markup import to_html
from tests.support.discord.modal_form import fields
from tests.support.discord.model import JSON, Message
from tests.support.discord.state import State
from tests.support.discord.wire import media_url


def esc(text: object) -> str:
    """Text for an attribute or between tags."""
    return html.escape(str(text), quote=True)


def components_html(state: State, message: Message) -> str:
    """All components of a message."""
    return "".join(one(state, message, c) for c in message.components)


def one(state: State, message: Message, component: JSON) -> str:
    """One component with what is in it."""
    drawn = _DRAW.get(component["type"])
    return drawn(state, message, component) if drawn else select(state, message, component)


def _inside(state: State, message: Message, component: JSON) -> str:
    return "".join(one(state, message, c) for c in component.get("components") or [])


def _row(state: State, message: Message, component: JSON) -> str:
    return f'<div class="row">{_inside(state, message, component)}</div>'


def _button(state: State, message: Message, component: JSON) -> str:
    emoji = (component.get("emoji") or {}).get("name") or ""
    label = f"{esc(emoji)} {esc(component.get('label') or '')}".strip()
    if component["style"] == 5:
        href = esc(component["url"])
        out = "<i>↗</i>"
        return f'<a class="b s5" href="{href}" target="_blank" rel="noopener">{label} {out}</a>'
    off = " disabled" if component.get("disabled") else ""
    act = f'data-press="{esc(component["custom_id"])}" data-message="{message.id}"'
    return f'<button class="b s{component["style"]}" {act}{off}>{label}</button>'


def select(state: State, message: Message, component: JSON) -> str:
    """A select menu of a message: choosing acts at once, several at a time need a click."""
    many = (component.get("max_values") or 1) > 1
    about = f'data-choose="{esc(component["custom_id"])}" data-message="{message.id}"'
    off = " disabled" if component.get("disabled") else ""
    shown = _options(state, component)
    if many:
        send = f'<button class="b s2" data-many{off}>Choose</button>'
        return f'<span class="many"><select multiple {about}{off}>{shown}</select>{send}</span>'
    hint = esc(component.get("placeholder") or "Make a selection")
    first = f'<option value="" disabled selected hidden>{hint}</option>'
    return f'<select {about}{off} aria-label="{hint}">{first}{shown}</select>'


def _options(state: State, component: JSON) -> str:
    kind = component["type"]
    if kind == SELECT:
        return "".join(_option(o, component) for o in component["options"])
    things: list[tuple[int, str]] = []
    if kind in (5, 7):
        things += [(u.id, f"@{u.name}") for u in state.users.values() if u.in_guild]
    if kind in (6, 7):
        things += [(r.id, f"@{r.name}") for r in state.roles.values() if r.id != state.guild_id]
    if kind == 8:
        things += [(c.id, f"#{c.name}") for c in state.channels.values() if c.guild_id]
    return "".join(f'<option value="{number}">{esc(name)}</option>' for number, name in things)


def _option(option: JSON, component: JSON) -> str:
    words = option["label"]
    if option.get("description"):
        words += f" — {option['description']}"
    chosen = " selected" if option.get("default") else ""
    return f'<option value="{esc(option["value"])}"{chosen}>{esc(words)}</option>'


def _section(state: State, message: Message, component: JSON) -> str:
    beside = one(state, message, component["accessory"])
    return f'<div class="section"><div>{_inside(state, message, component)}</div>{beside}</div>'


def _text(state: State, message: Message, component: JSON) -> str:
    return f'<div class="text">{to_html(state, component["content"])}</div>'


def _picture(state: State, message: Message, media: Any, words: str | None, kind: str) -> str:
    url = esc(media_url(state, message, media["url"]))
    alt = esc(words or "")
    return f'<img class="{kind}" src="{url}" alt="{alt}" title="{alt}">'


def _thumbnail(state: State, message: Message, component: JSON) -> str:
    about = component.get("description")
    return _picture(state, message, component["media"], about, "thumbnail")


def _gallery(state: State, message: Message, component: JSON) -> str:
    items = [(i["media"], i.get("description")) for i in component["items"]]
    shown = "".join(_picture(state, message, media, words, "picture") for media, words in items)
    return f'<div class="gallery">{shown}</div>'


def _file(state: State, message: Message, component: JSON) -> str:
    url = media_url(state, message, component["file"]["url"])
    return f'<a class="file" href="{esc(url)}">📄 {esc(url.rsplit("/", 1)[-1])}</a>'


def _separator(state: State, message: Message, component: JSON) -> str:
    line = "" if component.get("divider", True) is False else "<hr>"
    size = component.get("spacing") or 1
    return f'<div class="separator gap{size}">{line}</div>'


def _container(state: State, message: Message, component: JSON) -> str:
    color = component.get("accent_color")
    bar = f' style="--bar:#{color:06x}"' if color is not None else ""
    hidden = " spoiler" if component.get("spoiler") else ""
    inside = _inside(state, message, component)
    return f'<div class="container{hidden}"{bar}>{inside}</div>'


_DRAW = {
    1: _row, 2: _button, 9: _section, 10: _text, 11: _thumbnail, 12: _gallery, 13: _file,
    14: _separator, 17: _container,
}  # fmt: skip


def modal_html(state: State, modal: JSON, key: str) -> str:
    """A modal as a form; `key` finds the interaction again when it is sent."""
    rows = [_form_row(state, row) for row in modal["components"]]
    foot = '<footer><button type="button" class="b s2" data-cancel>Cancel</button>'
    foot += '<button class="b s1">Submit</button></footer>'
    head = f"<h2>{esc(modal['title'])}</h2>"
    return f'<form class="modal" data-submit="{esc(key)}">{head}{"".join(rows)}{foot}</form>'


def _form_row(state: State, row: JSON) -> str:
    if row["type"] == 10:
        return f'<div class="text">{to_html(state, row["content"])}</div>'
    parts = []
    for field in fields({"components": [row]}):
        needed = field.component.get("required", True) is not False
        star = ' <b class="star">*</b>' if needed and field.component["type"] != CHECKBOX else ""
        hint = f"<em>{esc(field.description)}</em>" if field.description else ""
        control = _control(state, field.component, needed)
        parts.append(f"<label><span>{esc(field.label)}{star}</span>{hint}{control}</label>")
    return "".join(parts)


def _control(state: State, field: JSON, needed: bool) -> str:
    kind, name = field["type"], f'name="{esc(field["custom_id"])}"'
    must = " required" if needed else ""
    if kind == TEXT_INPUT:
        limit = f'maxlength="{field.get("max_length") or 4000}"'
        limit += f' minlength="{field.get("min_length") or 0}"'
        hint = f'placeholder="{esc(field.get("placeholder") or "")}"'
        value = esc(field.get("value") or "")
        if field["style"] == 2:
            return f"<textarea {name} {limit} {hint}{must} rows=4>{value}</textarea>"
        return f'<input {name} {limit} {hint}{must} value="{value}">'
    if kind == CHECKBOX:
        on = " checked" if field.get("default") else ""
        return f'<input type="checkbox" {name} data-flag{on}>'
    if kind in (RADIO, CHECKBOXES):
        box = "radio" if kind == RADIO else "checkbox"
        return "".join(_choice(option, box, name) for option in field["options"])
    if kind == FILE_UPLOAD:
        return "<em>Files can't be sent from this page.</em>"
    many = " multiple" if (field.get("max_values") or 1) > 1 else ""
    hint = esc(field.get("placeholder") or "Make a selection")
    first = "" if many else f'<option value="">{hint}</option>'
    return f"<select {name}{many}{must}>{first}{_options(state, field)}</select>"


def _choice(option: JSON, box: str, name: str) -> str:
    on = " checked" if option.get("default") else ""
    about = f"<em>{esc(option['description'])}</em>" if option.get("description") else ""
    value = f'value="{esc(option["value"])}"'
    words = f"{esc(option['label'])}{about}"
    return f'<span class="choice"><input type="{box}" {name} {value}{on}> {words}</span>'
