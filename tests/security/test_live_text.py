"""Nothing a stranger typed comes alive on any surface: no mention, link, format, element, header,
line, formula or sequence of control. One list of words, one list of renderers."""

from __future__ import annotations

import ast
import dataclasses
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from bot import schedules
from bot.bridge import Words
from bot.calendars.feed import calendar
from bot.cards import bridged, model, notes, resource, text
from bot.cards.abouts import ABOUTS
from bot.cards.scene import Scene
from bot.cards.view import View
from bot.cli.terminal import guarded, harmless
from bot.discord import embed
from bot.discord import modal as discord_modal
from bot.discord import render as discord_render
from bot.discord.spans import Pen as DiscordPen
from bot.mail import updates
from bot.mail.render import Links
from bot.mail.render import page as mail_page
from bot.pages import short, spoken
from bot.redacting import one_line
from bot.slack import home
from bot.slack import modal as slack_modal
from bot.slack import render as slack_render
from bot.slack.spans import Pen as SlackPen
from commands.inventory.rows import listed, row
from commands.inventory.sources import SourceState
from integrations.twilio import twiml
from store.feeds import SCHEDULE, Feed
from store.model import Definitions, Person
from store.model.known import ResourceChange
from store.model.note import Note
from tests.cards.support import BASE, DEFINITIONS, NOW
from tests.cards.test_hostile import night
from tests.golden import resources as things
from tests.security import live
from tests.security.live import ASKED, FORM, HARMLESS, NOTE, PAGE, card, harmful, poisoned, words

Draw = Callable[[str], Any]
LINKS = Links(f"{BASE}/do/ack", f"{BASE}/do/escalate", f"{BASE}/do/open")
SLACK, DISCORD = SlackPen(), DiscordPen()


def _note(word: str) -> Note:
    return Note(1, 7, 1, NOW, "ana", "person", word, "discord", f"{word}\n{word}", quote=word,
                answers=word)  # fmt: skip


def _bridged(word: str) -> model.Note:
    return bridged.of(_note(word), DEFINITIONS, f"{BASE}/i/7", "slack")


def _letter(word: str) -> Any:
    word = word.encode("utf-8", "replace").decode()  # half characters are none on disk
    letter = updates.Letter(
        to="ana@example.eu", subject=word, lines=[word, word], key="1", thread="2",
        button=(word, f"{BASE}/x"), foot=word, leave=f"{BASE}/leave",
    )  # fmt: skip
    return updates.message(letter, "PixelView <pv@example.eu>", NOW)


def _mail(word: str) -> Any:
    word = word.encode("utf-8", "replace").decode()
    view = View(night(word).detail(), DEFINITIONS, BASE, NOW)
    return mail_page(
        poisoned(card(), word), notes.page(view, "ana", word), LINKS, to="ana@example.eu",
        sender="PixelView <pv@example.eu>", zone="UTC", now=NOW, key="77",
        subject=poisoned(card(), word).notification,
    )  # fmt: skip


def _thing(word: str) -> model.Card:
    """A resource whose every word is a stranger's."""
    word = word.encode("utf-8", "replace").decode()
    state = SourceState("prod", "openstack", word, NOW - 1, stale=True, error=word)
    sheet, it = (
        things.sheet(NOW, state),
        things.known(NOW, name=word, why=word, zone=word, type=word),
    )
    change = ResourceChange(17, NOW - 1, "event", "", word, word)
    shown = dataclasses.replace(
        sheet, known=it, row=row(it, {"prod": state}), changes=(change,), cost=None,
        above=(dataclasses.replace(sheet.above[0], name=word),),
    )  # fmt: skip
    return resource.card(shown, Scene(DEFINITIONS, BASE, NOW))


def _things(word: str) -> model.Note:
    """A list of them."""
    one = row(things.known(NOW, name=word, why=word, zone=word), {})
    found = listed([dataclasses.replace(one, whose=word)], head=(word,), foot=(word,), query=word)
    return resource.note(found, Scene(DEFINITIONS, BASE, NOW))


ALIVE: dict[str, tuple[Draw, Callable[[Any], live.Alive]]] = {
    "slack card": (lambda w: slack_render.body(poisoned(card(), w), SLACK), live.slack),
    "slack words": (lambda w: slack_render.note_body(poisoned(NOTE, w), SLACK), live.slack),
    "slack repeated words": (lambda w: slack_render.note_body(_bridged(w), SLACK), live.slack),
    "slack form": (lambda w: slack_modal.form_view(poisoned(FORM, w), {}), live.slack),
    "slack question": (
        lambda w: slack_modal.ask_view(poisoned(ASKED, w), "cmd:ack:7:1", {}), live.slack),
    "slack card as a modal": (
        lambda w: slack_modal.card_view(w, poisoned(card(), w), SLACK, {}), live.slack),
    "slack words as a modal": (
        lambda w: slack_modal.words_view(w, poisoned(NOTE, w), SLACK, {}), live.slack),
    "slack home": (lambda w: home.view_of(poisoned(PAGE, w)), live.slack),
    "slack incident": (lambda w: slack_render.body(night(w).card(), SLACK), live.slack),
    "discord card": (
        lambda w: discord_render.v2([discord_render.container(poisoned(card(), w), DISCORD)]),
        live.discord),
    "discord embed": (lambda w: embed.embed_body(poisoned(card(), w), DISCORD), live.discord),
    "discord words": (lambda w: discord_render.note_body(poisoned(NOTE, w), DISCORD), live.discord),
    "discord repeated words": (
        lambda w: discord_render.note_body(_bridged(w), DISCORD), live.discord),
    "discord question": (
        lambda w: discord_render.confirm_body(poisoned(ASKED, w), "cmd:ack:7:1"), live.discord),
    "discord form": (lambda w: discord_modal.modal(poisoned(FORM, w)), live.discord),
    "discord incident": (
        lambda w: discord_render.v2([discord_render.container(night(w).card(), DISCORD)]),
        live.discord),
    "slack resource": (lambda w: slack_render.body(_thing(w), SLACK), live.slack),
    "slack resources": (lambda w: slack_render.note_body(_things(w), SLACK), live.slack),
    "discord resource": (
        lambda w: discord_render.v2([discord_render.container(_thing(w), DISCORD)]), live.discord),
    "discord resources": (
        lambda w: discord_render.note_body(_things(w), DISCORD), live.discord),
    "mail": (_mail, live.mail),
    "mail of updates": (_letter, live.mail),
    "call": (
        lambda w: twiml.page(spoken.aloud(w), {"callback": f"{BASE}/callback"}, "k"),
        live.xml),
    "answer to an SMS": (lambda w: twiml.message(short.plain(w)), live.xml),
}  # fmt: skip
"""Every renderer: what it makes of a word, and what of that is alive."""


KEPT = {"discord repeated words": ("code", "fence"), "slack repeated words": ("format `",)}
"""Code that people write is code wherever it is repeated."""


def _more(name: str, word: str, allowed: live.Alive) -> dict[str, int]:
    """What a word adds, without our own addresses and without an address that is one."""
    draw, alive = ALIVE[name]
    more = alive(draw(word)) - allowed
    kept = KEPT.get(name, ())
    link = word.strip() if word.strip().startswith(("http://", "https://")) else "\0"
    return {
        what: count for what, count in more.items()
        if BASE not in what and link not in what and not what.startswith(kept)
    }  # fmt: skip


@pytest.mark.parametrize("name", ALIVE)
def test_nothing_a_stranger_typed_comes_alive(name: str) -> None:
    draw, alive = ALIVE[name]
    allowed = alive(draw(HARMLESS))
    for word in words():
        more = _more(name, word, allowed)
        assert not more, (name, word[:200], more)


@pytest.mark.parametrize("name", ["slack", "discord"])
def test_not_even_words_of_ours_mention_or_link_by_themselves(name: str) -> None:
    """A name that gets into a sentence of ours still reaches nobody and leads nowhere."""

    def drawn(word: str) -> live.Alive:
        whole, said = poisoned(card(), word, own=True), poisoned(NOTE, word, own=True)
        if name == "slack":
            return live.slack(slack_render.body(whole, SLACK)) + live.slack(
                slack_render.note_body(said, SLACK)
            )
        return live.discord(discord_render.v2([discord_render.container(whole, DISCORD)])) + (
            live.discord(discord_render.note_body(said, DISCORD))
        )

    allowed = drawn(HARMLESS)
    for word in words():
        reaches = ("<", "{", "kind", "all", "allowed", "label", "url", "image", "button")
        more = {
            what: count for what, count in (drawn(word) - allowed).items()
            if what.startswith(reaches) and '"type": "date"' not in what
        }  # fmt: skip
        assert not more, (word[:200], more)


def test_the_bodies_beside_the_checkout_are_tried_too() -> None:
    if not live.SHARED.is_dir():
        pytest.skip(f"{live.SHARED} is not there: only the words planted here are tried")
    assert len(list(live.shared())) > 50


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("words of a card", lambda w: "\n".join(text.lines(night(w).card(), "UTC", now=NOW))),
        ("notification", lambda w: text.line(night(w).card().notification, "UTC", now=NOW)),
        ("SMS", short.plain),
        ("call", spoken.aloud),
        ("terminal", harmless),
        ("log", one_line),
    ],
)  # fmt: skip
def test_no_word_reaches_for_a_terminal_or_turns_a_line(name: str, draw: Draw) -> None:
    for word in words():
        said = draw(word)
        assert not harmful(said.replace("\ud83d", "") if name == "terminal" else said), (name, word)


@pytest.mark.parametrize("name", ["SMS", "call", "log"])
def test_what_is_one_line_stays_one(name: str) -> None:
    drawing: dict[str, Draw] = {"SMS": short.plain, "call": spoken.aloud, "log": one_line}
    draw = drawing[name]
    for word in words():
        assert len(draw(word).splitlines()) <= 1, word


def test_no_command_of_the_line_prints_what_reaches_for_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with guarded():
        for word in words():
            print(word.encode("utf-8", "replace").decode())
        sys.stderr.writelines(["\x1b[31m", "a\tb\n"])
    told = capsys.readouterr()
    assert not harmful(told.out.replace("\t", ""))
    assert told.err == "\ufffd[31ma\tb\n"
    print("\x1b", end="")
    assert capsys.readouterr().out == "\x1b"


# ---- nothing can be left out ---------------------------------------------------------------------


def test_every_noun_that_cards_are_made_of_is_poisoned() -> None:
    """A new block, or a new field with text, is tried by itself; a new noun has to be named."""
    seen: set[str] = set()

    def look(noun: Any) -> None:
        if dataclasses.is_dataclass(noun) and not isinstance(noun, type):
            seen.add(type(noun).__name__)
            for field in dataclasses.fields(noun):
                look(getattr(noun, field.name))
        elif isinstance(noun, tuple):
            for each in noun:
                look(each)

    for noun in (card(), NOTE, FORM, ASKED, PAGE):
        look(noun)
    made = {
        name for name, kind in vars(model).items()
        if dataclasses.is_dataclass(kind) and kind.__module__ == model.__name__
    }  # fmt: skip
    assert made - seen - live.NOT_DRAWN == set()
    assert set(live.BLOCKS) == set(get_args(model.Block))


def test_every_text_of_a_noun_is_poisoned() -> None:
    marked = repr(poisoned(card(), "PLANTED"))
    for noun in (poisoned(card(), "PLANTED"), poisoned(NOTE, "PLANTED"), poisoned(FORM, "PLANTED")):
        for field in dataclasses.fields(noun):
            value = getattr(noun, field.name)
            ours = field.name in live.OURS.get(type(noun), set()) | {"mentions"}
            if isinstance(value, str) and value and not ours:
                assert "PLANTED" in value, (type(noun).__name__, field.name)
    assert marked.count("PLANTED") > 40


CARDS = Path(model.__file__).parent
MARKUP = ("<!", "<@", "<#", "](", "@everyone", "@here", "<http", "```", "<t:", "<b", "<a ", "**",
          "&lt;", "~~", "||")  # fmt: skip


@pytest.mark.parametrize("path", sorted(CARDS.glob("*.py")), ids=lambda p: p.stem)
def test_no_kind_of_card_writes_markup_of_a_platform(path: Path) -> None:
    """Cards are made of nouns that renderers escape: whoever adds a kind can't pass them by."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    }
    bare = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value in documented or id(node) in bare or _names_a_pattern(node.value):
                continue
            known = READS.get(path.stem, ())
            found = [mark for mark in MARKUP if mark in node.value and mark not in known]
            assert not found, (path.name, node.lineno, found)


READS = {"bridged": ("```",), "here": ("@here",)}
"""What a module reads in the words of chats, or names in a sentence (a span that may call)."""


def _names_a_pattern(value: str) -> bool:
    """Regular expressions and tables by which words of chats are read."""
    return "(?" in value or "[^" in value


def test_every_kind_of_card_is_made_of_these_nouns() -> None:
    """A kind is a function in bot/cards that returns a Card: each stands in one of its modules."""
    assert len(ABOUTS) > 25
    for kind, about in ABOUTS.items():
        assert about.card.__module__.startswith("bot.cards."), kind


# ---- calendars, the record -----------------------------------------------------------------------


ROTA = {
    "zone": "UTC",
    "layers": [
        {
            "name": "all",
            "start": "2026-11-16T09:00",
            "rotation": {"kind": "daily", "people": ["ana"]},
        }
    ],
}


def _calendar(word: str) -> str:
    people: Mapping[str, Person] = {"ana": Person("ana", word, zone="UTC")}
    known = Definitions(1, dict(people), {}, (), {}, {word: schedules.read(word, ROTA)})
    feed = Feed(1, SCHEDULE, word, "ana", NOW)
    return calendar(feed, [(NOW, known)], NOW, BASE) or ""


def test_a_calendar_gets_no_line_from_a_name() -> None:
    allowed = live.calendar(_calendar(HARMLESS))
    assert allowed["BEGIN"] > 1
    for word in words():
        if (len(word) < 300 and word.isprintable()) or "\n" in word:
            assert live.calendar(_calendar(word)) == allowed, word


def test_the_bridge_draws_what_is_tried_here() -> None:
    assert Words._drawn.__module__ == "bot.bridge"
