"""Cards as messages: shapes, limits, and strangers' words that stay words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import lists
from bot.cards.model import (
    Actions,
    Card,
    Facts,
    Form,
    Head,
    Input,
    Note,
    Output,
    Picture,
    Press,
    Rows,
    Span,
    State,
    Value,
)
from bot.discord import embed, look, modal, render
from bot.discord.escape import address, escape, for_lock_screen, link
from bot.discord.spans import Pen
from tests.discord_surface.support import OPENAPI, card, hostile, taken, words
from tests.support.discord.check_components import walk
from tests.support.discord.check_message import check_create, check_edit
from tests.support.discord.check_modal import check_modal
from tests.support.discord.markup import to_html
from tests.support.discord.model import Channel, Message
from tests.support.discord.state import State as World
from tests.support.discord.text import plain

PEN = Pen({"ana": "111111111111111111"}.get)
WORLD = World(lambda: 1_795_313_460.0, 1.0, "token")
NASTY = (
    "*bold* _it_ ~~no~~ ||secret|| `code` ```block```", "# head", "-# small", "> quote", "1. list",
    "- item", "[click](https://evil.example)", "[click](<https://evil.example>)", "<@1> <@&2> <#3>",
    "@everyone @here", "<t:0:R>", "<a:x:1> :smile: <:y:2>", "</pv ack:1>", "https://evil.example/x",
    "\\*tricky\\* \\", "a\nb\r\n# c", "]( [ ](", "\u202egnp.exe\u202c", "x\u200bx", "<id:home>",
)  # fmt: skip


def texts(body: dict[str, Any]) -> Iterator[str]:
    """Every text of a message."""
    if body.get("content"):
        yield body["content"]
    for part in walk(body.get("components") or []):
        if part["type"] == 10:
            yield part["content"]
    for one in body.get("embeds") or []:
        yield from (one["title"], one["description"], *(f["value"] for f in one.get("fields", ())))


def stranger(text: str) -> Card:
    """A card in which a stranger has put the same words everywhere."""
    said = Span(text, own=False)
    return replace(
        card(),
        head=Head("🔴", "CRITICAL", 1842, text, "https://pv.example.eu/i/1842"),
        state=State((Span("New. "), said, Span(" "), replace(said, bold=True))),
        fold=(
            Value(text), Facts(((said, Span(" · "), Span(text, url="https://a.example/x")),)),
            Rows(((said,),)), Output(text),
        ),
        notification=(Span("🔴 #1842 "), said, Span(" · next Omar")),
    )  # fmt: skip


def bodies(one: Card) -> list[dict[str, Any]]:
    """The card in every look."""
    new, v2 = look.edits(one, PEN, v2=False)
    whole = look.whole(one, PEN, v2=True, silent=True, maybe_copy=True)
    return [look.line(one, PEN), whole, new, v2]


def check(body: dict[str, Any]) -> None:
    """Discord would take it."""
    kept = {k: v for k, v in body.items() if v is not None}
    check_create(kept, set(), ephemeral_ok=True)


def test_the_new_card_has_the_shape_of_the_design() -> None:
    [box] = render.v2([render.container(card(), PEN)])["components"]
    top, buttons, menu, rule, fold = box["components"]
    assert (box["type"], box["accent_color"]) == (17, 0xE5304A)
    head, state = top["content"].split("\n")
    assert head == (
        "### 🔴 CRITICAL · [#1842 Disk 94 % full on db-3](<https://pv.example.eu/i/1842>)"
    )
    assert state == (
        "**New, nobody has it.** Paging <@111111111111111111> · next **Omar** <t:1795313648:R>"
    )
    assert buttons["components"][0]["custom_id"] == "cmd:ack:1842:7"
    assert [b["style"] for b in buttons["components"]] == [1, 2, 2, 2, 2]
    [select] = menu["components"]
    assert select["custom_id"] == "more:1842:7"
    assert select["placeholder"] == "More: note, snooze, why…"
    assert select["options"][0] == {
        "label": "Note…", "value": "cmd:note:1842:7", "description": "Write on the timeline.",
    }  # fmt: skip
    assert rule == {"type": 14, "divider": True, "spacing": 1}
    assert fold["content"].split("\n")[1] == r"-# postgres\-main · team db"


def test_an_edit_has_no_mention_and_takes_the_plain_line_away() -> None:
    body, _ = look.edits(card(), Pen(), v2=True)
    assert body["content"] is None
    assert body["allowed_mentions"] == {"parse": []}
    assert "<@" not in json.dumps(body)
    assert "Paging **Ana**" in json.dumps(body, ensure_ascii=False)


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_a_stranger_typed_is_live(nasty: str) -> None:
    for body in bodies(stranger(nasty)):
        check(body)
        for said in texts(body):
            html = to_html(WORLD, said)
            assert html.count("<a ") == said.count("](<https://pv.example.eu") + said.count(
                "](<https://a.example"
            )
            for tag in ("<em", "<s>", "<mark", "<code", "<blockquote", 'class="mention', "<h1"):
                assert tag not in html, (said, html)


@pytest.mark.skipif(not hostile(), reason="the hostile payloads are not on this machine")
def test_hostile_payloads_are_only_words() -> None:
    for text in hostile():
        for body in bodies(stranger(text)):
            check(body)
            assert body["allowed_mentions"]["parse"] == []
            assert body["allowed_mentions"].get("users", []) == []


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1 *_~`|>#-[]():@<.\\/\n!&t"), max_size=60))
def test_any_words_look_the_same_and_fit(text: str) -> None:
    for body in bodies(stranger(text)):
        check(body)
    shown = plain(WORLD, Pen().line((Span(f"x {text} x", own=False),)))
    assert shown == " ".join(f"x {text} x".split())


def test_titles_that_would_spoil_a_link_stand_beside_it() -> None:
    tame = link("#1 Disk 94 % full: db-3 (prod) a_b", "https://pv.example.eu/i/1")
    assert tame == "[#1 Disk 94 % full: db-3 (prod) a_b](<https://pv.example.eu/i/1>)"
    head = render.head_line(replace(card().head, title="[FIRING:1] https://x.example is down"))
    assert head.startswith(r"🔴 CRITICAL · [#1842](<https://pv.example.eu/i/1842>) \[FIRING\:1\]")


def test_the_lock_screen_shows_plain_words() -> None:
    assert for_lock_screen("Disk (94 %) on db-3: a_b > c #1") == "Disk (94 %) on db-3: a_b > c #1"
    assert for_lock_screen("*x* <@1> :s: [a](b) http://c") == (
        r"\*x\* \<\@1> \:s: [a\](b) http\://c"
    )


def test_every_special_character_is_escaped() -> None:
    special = "*_~`|>#-[]():@<\\"
    assert escape(special) == "".join(f"\\{c}" for c in special)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://", "https://a b", "ftp://a", "https://a\u202eb", "data:x"],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert address(url) is None
    assert link("go", url) == "go"


def test_an_address_can_not_break_out_of_its_link() -> None:
    assert link("go", "https://a.example/x)[b](https://c>") == (
        "[go](<https://a.example/x%29[b]%28https://c%3E>)"
    )


def test_a_card_of_the_greatest_size_fits() -> None:
    long = "*" * 400
    wide = tuple(Span(long, url="https://a.example/" + "x" * 900) for _ in range(4))
    many = tuple(Press(long, f"cmd:v{n}:1842:7") for n in range(40))
    big = replace(
        stranger(long), actions=Actions(many[:9], many),
        fold=(
            Facts((wide, wide, wide)), Output("```\n" + long * 50), Rows((wide,) * 9),
            Picture("https://a.example/p.png", long * 9),
        ),
        state=State(wide * 4),
    )  # fmt: skip
    for body in bodies(big):
        check(body)
    [box] = render.v2([render.container(big, PEN)])["components"]
    rows = [c for c in box["components"] if c["type"] == 1]
    assert [len(r["components"]) for r in rows] == [5, 1]
    assert len(rows[1]["components"][0]["options"]) == 25


def test_output_and_pictures_are_shown() -> None:
    shown = replace(taken(), fold=(Output("a\nb `x`"), Picture("https://a.example/p", "CPU 34 %")))
    [box] = render.v2([render.container(shown, PEN)])["components"]
    assert box["components"][-2]["content"] == "```\na\nb ˋxˋ\n```"
    [item] = box["components"][-1]["items"]
    assert item == {"media": {"url": "https://a.example/p"}, "description": "CPU 34 %"}
    assert embed.embed_body(shown, PEN)["embeds"][0]["image"] == {"url": "https://a.example/p"}


def test_a_long_note_fits_quiet_or_loud() -> None:
    long = tuple((Span(f"{n} " + "*" * 150, own=False),) for n in range(30))
    quiet, loud = render.note_body(Note(long), PEN), render.note_body(Note(long, quiet=False), PEN)
    assert quiet["flags"] == render.V2 | render.SILENT
    assert loud["content"].endswith("\n…")
    check(quiet)
    check(loud)


@pytest.mark.parametrize("sign", ["w", "*"])
@pytest.mark.parametrize("long", [20, 399])
@pytest.mark.parametrize("quiet", [True, False])
def test_an_answer_of_a_hundred_lines_says_how_many_are_left_and_where(
    sign: str, long: int, quiet: bool
) -> None:
    note = lists.lines((f"{n:03} ".ljust(long, sign) for n in range(100)), "prove", "https://pv.eu")
    body = render.note_body(replace(note, quiet=quiet), PEN)
    check(body)
    said = "\n".join(texts(body)).splitlines()
    shown = len(said) - 1
    assert 0 < shown <= 40 and said[shown - 1].startswith(f"{shown - 1:03} ")
    assert said[-1].startswith(f"… {100 - shown} more lines. All of it")
    assert said[-1].endswith("[Console](<https://pv.eu/>) · `pv prove`")


def test_a_repeated_note_says_so() -> None:
    assert render.note_body(words("Hi"), PEN, maybe_copy=True)["content"].startswith("-# Sent once")


def test_times_are_discords_own() -> None:
    def at(form: str) -> str:
        return Pen(now=1_500_000).line((Span("x", at=1_000_000, form=form),))

    assert at("time") == "<t:1000:t>"
    assert at("since") == "<t:1000:t> (<t:1000:R>)"
    assert at("date") == "<t:1000:F>"
    assert at("in") == "at <t:1000:t>"
    assert Pen().line((Span("x", at=1_000_000, form="in"),)) == "<t:1000:R>"
    assert Pen(stays=True).line((Span("x", at=1_000_000, form="in"),)) == "at <t:1000:t>"


LATER = (("now", "Now"), ("w", "Later"))


def test_a_form_becomes_a_modal() -> None:
    form = Form(
        "Resolve #1842", "cmd:resolve:1842:7",
        (
            Input("how", "What should happen", "choice", True, LATER, "w"),
            Input("text", "Summary", "long", initial="Cleaned"),
            Input("post", "Start a post-mortem", "flag"),
        ),
        "Resolve", intro="2 of 3 alerts still fire: *94 %*.",
    )  # fmt: skip
    body = modal.modal(form)
    check_modal(body)
    intro, how, text, post = body["components"]
    assert intro["content"] == r"2 of 3 alerts still fire\: \*94 %\*."
    assert [o.get("default", False) for o in how["component"]["options"]] == [False, True]
    assert text["component"]["value"] == "Cleaned"
    assert (how["component"]["type"], post["component"]["type"]) == (21, 23)
    back = modal.values(
        [
            {"component": {"custom_id": "how", "value": "now"}},
            {"component": {"custom_id": "post", "value": True}},
            {"components": [{"custom_id": "text", "value": "x"}]},
            {"component": {"custom_id": "who", "values": ["a", "b"]}},
        ]
    )
    assert back == {"how": "now", "post": "true", "text": "x", "who": "a\nb"}


def test_a_form_too_long_for_a_modal_comes_in_parts() -> None:
    inputs = tuple(Input(f"f{n}", "x" * 60, "text", n in (5, 6), hint="h" * 300) for n in range(7))
    form = Form("t" * 60, "cmd:x:1:1", inputs, "Go", intro="Two of them.")
    first, second = modal.modal(form), modal.modal(form, 2)
    check_modal(first)
    check_modal(second)
    assert first["components"].pop(0) == {"type": 10, "content": "Two of them."}
    names = [[r["component"]["custom_id"] for r in m["components"]] for m in (first, second)]
    assert names == [["f0", "f1", "f2", "f3"], ["f4", "f5", "f6"]]
    assert [m["title"][-5:] for m in (first, second)] == ["(1/2)", "(2/2)"]
    assert modal.part_of(first["custom_id"]) == modal.Part(1, 2, "cmd:x:1:1")
    assert modal.part_of("cmd:x:1:1").following is None


def test_more_people_than_a_menu_holds_are_told_of() -> None:
    people = tuple((f"p{n}", f"Person {n}") for n in range(40))
    body = modal.modal(
        Form("Assign", "t", (Input("who", "Who", "person_or_team", True, people),), "")
    )
    check_modal(body)
    assert body["components"][0]["description"].startswith("25 of 40 fit here")


@pytest.mark.skipif(not OPENAPI.exists(), reason="Discord's OpenAPI document is not here")
def test_requests_are_what_discords_own_document_asks_for() -> None:
    pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    from tests.support.discord.openapi import Contract

    contract = Contract(OPENAPI)
    for one in (card(), taken(), stranger("*" * 300)):
        line, whole, changed, edited = bodies(one)
        for body in (line, whole):
            assert contract.check("POST", "/channels/{channel_id}/messages", body) == []
        for body in (changed, edited):
            path = "/channels/{channel_id}/messages/{message_id}"
            assert contract.check("PATCH", path, body) == []


def test_an_old_plain_message_can_become_the_card() -> None:
    message = Message(1, Channel(1, "ops"), WORLD.bot, 0.0, content="🔴 #1842")
    check_edit(message, look.edits(card(), PEN, v2=True)[1], set())
