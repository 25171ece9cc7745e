"""Text typed by strangers keeps every limit and is marked as theirs."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cards import notes
from bot.cards.model import Actions, Card, Facts, Press, Span, Value
from bot.cards.view import View, visible
from store.model import Link, NextUp
from tests.cards.support import BASE, DEFINITIONS, NOW, Night, alert, new, resolved, taken

PAYLOADS = Path(__file__).parents[3] / "shared" / "payloads" / "_hostile"
WRITTEN = {
    "slack": "<!channel> <!here> <@U123ABC> <https://evil.example|click>",
    "discord": "@everyone @here <@1> <@&2> <#3> [click](https://evil.example) ||x||",
    "markdown": "```\n# H1\n> q\n**b** _i_ ~~s~~ `x` ```",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'",
    "rtl": "invoice\u202egnp.exe\u202c \u2066isolate\u2069 \u061c",
    "zero": "a\u200b\u200c\u200d\u2060\ufeffb",
    "control": "bell\x07 esc\x1b[2J nul\x00 del\x7f c1\x9b",
    "long": "W" * 100_000,
    "zalgo": "D" + "\u0301\u0302" * 2_000,
    "lines": "a\r\nBcc: everyone@example.eu\r\n\r\nbody",
    "surrogate": "half \ud83d a pair",
    "empty": "",
}


def payloads() -> dict[str, str]:
    """Titles of the hostile webhooks that lie beside the checkout; none where they do not."""
    found = {}
    for path in sorted(PAYLOADS.glob("inject_*.json")):
        alerts = json.loads(path.read_text(encoding="utf-8"))["alerts"]
        found[path.stem] = str(alerts[0]["annotations"]["summary"])
    return found


TEXTS = {**WRITTEN, **payloads()}


def test_what_lies_beside_the_checkout_is_tried_too() -> None:
    if not PAYLOADS.is_dir():
        pytest.skip("no ../shared beside the checkout: only our own texts are tried")
    assert len(TEXTS) > len(WRITTEN)


def night(text: str, kind: str = "new") -> Night:
    fields = {
        "title": text, "value": text, "service": text, "resource": text, "team": text,
        "summary": text, "labels": {text: text, "env": text, "<!channel>": "v"},
        "tags": (text,), "links": (Link(text, "https://ok.example"), Link("x", text)),
        "source": text, "next": NextUp("page", NOW, (text,), 1, text), "asking": ("ana", text),
    }  # fmt: skip
    made = {"new": new, "taken": taken, "resolved": resolved}[kind](**fields)
    made.alerts = tuple(
        alert(n, title=text, description=text, resource=text, labels={text: text})
        for n in range(30)
    )
    return made


def spans(card: Card) -> Iterator[Span]:
    yield from card.state.spans
    yield from card.notification
    for block in card.fold:
        if isinstance(block, Facts):
            yield from (span for line in block.lines for span in line)


def texts(card: Card) -> Iterator[str]:
    yield card.head.title
    yield from (span.text for span in spans(card))
    yield from (block.text for block in card.fold if isinstance(block, Value))
    for press in _presses(card.actions):
        yield from (press.label, press.says)
        if press.confirm:
            yield from (press.confirm.title, press.confirm.text, press.confirm.yes)


def _presses(actions: Actions) -> Iterator[Press]:
    return iter((*actions.buttons, *actions.more))


def test_the_hostile_payloads_are_there() -> None:
    if not PAYLOADS.is_dir():
        pytest.skip(f"{PAYLOADS} is not there: only the texts written here are tried")
    assert len(payloads()) >= 8


@pytest.mark.parametrize("kind", ["new", "taken", "resolved"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_card_keeps_its_limits(text: str, kind: str) -> None:
    card = night(text, kind).card()
    assert 0 < len(card.head.title) <= 80
    assert len(visible(card.notification)) <= 110
    facts = [b for b in card.fold if isinstance(b, Facts)]
    assert all(len(b.lines) <= 3 for b in facts)
    assert all(len([s for s in line if s.text == " · "]) <= 3 for b in facts for line in b.lines)
    assert all(len(b.text) <= 140 for b in card.fold if isinstance(b, Value))
    assert len(card.actions.buttons) <= 5
    assert len(card.fold) <= 4
    for press in (*card.actions.buttons, *card.actions.more):
        assert len(press.says) <= 75
        assert press.confirm is None or len(press.confirm.title) <= 100
        assert press.confirm is None or len(press.confirm.text) <= 300
        assert press.confirm is None or len(press.confirm.yes) <= 30


@pytest.mark.parametrize("kind", ["new", "taken", "resolved"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_character_of_a_card_hides_turns_or_breaks(text: str, kind: str) -> None:
    for said in texts(night(text, kind).card()):
        bad = [c for c in said if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"}]
        assert not bad, (said, bad)


@pytest.mark.parametrize("text", [t for t in TEXTS.values() if len(t.strip()) > 12])
def test_a_strangers_words_are_never_ours(text: str) -> None:
    card = night(text).card()
    piece = " ".join(text.split())[:12]
    assert not [s for s in spans(card) if s.own and piece in s.text]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_only_safe_addresses_can_be_pressed(text: str) -> None:
    card = night(text).card()
    urls = {s.url for s in spans(card) if s.url}
    assert urls == {"https://ok.example", f"{BASE}/i/1842"}
    assert {s.person for s in spans(card) if s.person} <= set(DEFINITIONS.people)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_thread_note_is_bounded_and_clean(text: str) -> None:
    view = View(night(text).detail(), DEFINITIONS, BASE, NOW)
    for note in (notes.details(view), notes.note(text, text, text), notes.page(view, "ana", text)):
        said = [span.text for line in note.lines for span in line]
        assert sum(map(len, said)) < 4_000
        assert not [c for s in said for c in s if unicodedata.category(c) in {"Cc", "Cf", "Cs"}]
