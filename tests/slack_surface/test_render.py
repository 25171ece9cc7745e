"""Blocks within every limit of Slack's, and strangers' words that never come alive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.cards import lists
from bot.cards.model import (
    Actions,
    Card,
    Confirm,
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
from bot.slack import modal, render
from bot.slack.escape import address, escape, link
from bot.slack.fold import fold
from bot.slack.spans import Pen
from tests.slack_surface.support import BUTTONS, HOSTILE, MORE, card, hostile, press, words
from tests.support.slack.checks import Problems, check_attachments, check_blocks, check_view
from tests.support.slack.text import attachment_folds, blocks_text, live_tokens, walk

JSON = dict[str, Any]
NASTY = [
    "<!channel> <!here|here> <!everyone>", "<@U0ANA0001> <@W12345>", "<!subteam^S123|@oncall>",
    "<https://evil.example|click>", "*bold* _it_ ~no~ `code` ```block```", ":rotating_light:",
    "&lt;!channel&gt;", "\u202egnp.exe", "zero\u200bwidth\u2060joiner", "line\nbreak\r\nmore",
    "<!date^1^{date}|x>", "> quote", "x" * 5_000, "\x00\x07\x1b[31m", "", " ", "🔴" * 200,
    "[a](javascript:alert(1))", "a|b>c<d&e",
]  # fmt: skip


def checked(body: JSON) -> JSON:
    """The body, once nothing in it breaks a limit."""
    problems = Problems()
    check_blocks(body["blocks"], "/blocks", problems, most=50)
    check_attachments(body.get("attachments", []), problems)
    assert problems.found == []
    assert len(body.get("text", "")) <= 4_000
    return body


def view_checked(view: JSON) -> JSON:
    problems = Problems()
    check_view(view, "modal", problems)
    assert problems.found == []
    return view


def test_what_is_asked_of_each_person_is_asked_once_and_after_the_press() -> None:
    asks = Confirm("Take all 2 critical?", "You have #1 and #2; their pages stop.", "Take all 2")
    pressed = [
        Press("Take", f"cmd:{verb}:7:1", confirm=asks) for verb in ("storm-take", "escalate")
    ]
    storm, incident = (
        render.body(replace(card(), actions=Actions((one,))), Pen()) for one in pressed
    )
    assert ["confirm" in str(body["blocks"]) for body in (storm, incident)] == [False, True]


def strange_card(text: str) -> Card:
    """A card in which a stranger's words stand wherever they can."""
    span = Span(text, own=False)
    asks = Confirm(text, text, text, text)
    named = Press(text, "cmd:ack:1842:7", primary=True, confirm=asks, says=text)
    return Card(
        id=1842, rev=7, color=0xE5304A,
        head=Head("🔴", text, 1842, text, f"https://pv.example.eu/{text}"),
        state=State((span, Span(" · "), replace(span, bold=True), replace(span, code=True),
                     replace(span, url="https://x.example/a?b=1&c=<d>"),
                     replace(span, person=text, mention=True))),
        actions=Actions((named, *BUTTONS[1:]), MORE),
        fold=(Value(text), Facts((
            (span, Span(" · "), span, Span(" · "), Span("team "), span, Span(" · "), span),
            (Span("3 alerts"), Span(" · "), Span("since "), Span(text, at=1_795_313_348_000,
                                                             form="since"), Span(" · "), span),
            (replace(span, url="https://wiki.example.eu/a?b=1&c=2"), Span(" · "),
             replace(span, url=text)),
        ))),
        notification=(Span("🔴 #1842 "), span, replace(span, mention=True, person=text)),
    )  # fmt: skip


def everything(body: JSON) -> Iterator[str]:
    for node in walk([*body["blocks"], *body.get("attachments", [])]):
        if node.get("type") in ("mrkdwn", "markdown"):
            yield str(node["text"])


def assert_dead(body: JSON) -> None:
    """Nothing calls anybody, and mrkdwn holds no word that a stranger wrote but a link's label."""
    live = live_tokens(body.get("text", ""), body["blocks"], body.get("attachments", []))
    assert live == []
    for text in everything(body):
        bare = text.replace("<!date^1795313348^{time} ({ago})|", "")
        assert not any(mark in bare for mark in ("<!", "<@", "<#", "*", "`", "~")), text
    for node in walk(body):
        if node.get("type") == "plain_text":
            assert node["emoji"] is False


@pytest.mark.parametrize("text", NASTY)
def test_strangers_words_stay_words_everywhere_on_a_card(text: str) -> None:
    drawn = strange_card(text)
    body = checked(render.body(drawn, Pen(lambda _: "U0ANA"), note=words(text), maybe_copy=True))
    calls = [n for n in walk(body["blocks"]) if n.get("type") == "user"]
    assert [c["user_id"] for c in calls] in ([], ["U0ANA"])
    assert_dead(checked(render.body(drawn, Pen(), note=words(text))))


@pytest.mark.skipif(not HOSTILE.exists(), reason="the injection payloads are not at hand")
def test_injection_payloads_stay_words() -> None:
    for text in hostile():
        assert_dead(checked(render.body(strange_card(text), Pen(), note=words(text))))


@pytest.mark.parametrize("text", NASTY)
def test_strangers_words_stay_words_in_a_form(text: str) -> None:
    kinds = ("text", "long", "choice", "person_or_team", "when", "flag", "incident")
    options = (("a", text), ("b", "B"))
    fields = tuple(Input(k, text, k, k == "text", options, text, text) for k in kinds)
    form = Form(text, "cmd:assign:1842:7", fields, submit=text, intro=text)
    view = view_checked(modal.form_view(form, {"channel": "C1"}, {"text": text}))
    assert_dead({"blocks": view["blocks"]})
    asked = Confirm(text, text, text, text)
    view_checked(modal.ask_view(asked, "cmd:unack:1842:7", {}))
    view_checked(modal.words_view(text, words(text), Pen(), {}))
    view_checked(modal.card_view(text, strange_card(text), Pen(), {}))


@pytest.mark.parametrize(("hint", "shown"), [("", "Yes"), ("Nobody else.", "Nobody else")])
def test_a_tick_says_its_words_once(hint: str, shown: str) -> None:
    tick = Input("take", "Take it over from who has it", "flag", hint=hint)
    view = view_checked(modal.form_view(Form("Take", "cmd:ack:1:1", (tick,), "Take"), {}))
    block = next(b for b in view["blocks"] if b["block_id"] == "take")
    assert block["label"]["text"] == "Take it over from who has it"
    assert [o["text"]["text"] for o in block["element"]["options"]] == [shown]


def visible(attachment: JSON) -> str:
    return blocks_text(attachment["blocks"], {})


@pytest.mark.parametrize("length", [1, 40, 140, 4_000])
def test_the_fold_never_folds(length: int) -> None:
    [below] = fold(strange_card("w" * length), Pen())
    assert not attachment_folds(below)
    assert len(visible(below)) < 600
    assert visible(below).count("\n") <= 4


def test_what_is_too_long_goes_from_the_facts_and_the_links_stay() -> None:
    fact = Span("f" * 60, own=False)
    many = tuple(s for _ in range(12) for s in (Span(" · "), fact))[1:]
    links = (Span("Runbook", url="https://w.example/x", own=False), Span(" · "),
             Span("Open in console", url="https://pv.example.eu/i/1842"))  # fmt: skip
    drawn = replace(card(), fold=(Value("v" * 400), Facts((many, many, links))))
    [below] = fold(drawn, Pen())
    assert "Runbook · Open in console" in visible(below)
    assert len(visible(below)) < 600


def test_more_than_five_buttons_move_to_the_menu_in_order() -> None:
    many = tuple(press(f"verb{n}", f"Verb {n}") for n in range(8))
    [row] = render.actions(Actions(many, MORE[:1]), "act.7")
    *shown, menu = row["elements"]
    assert [b["text"]["text"] for b in shown] == [f"Verb {n}" for n in range(5)]
    assert [o["text"]["text"] for o in menu["options"]] == ["Verb 5", "Verb 6", "Verb 7", "Note…"]
    assert menu["type"] == "overflow"


@pytest.mark.parametrize(("entries", "kind"), [(1, "static_select"), (2, "overflow"),
                                               (5, "overflow"), (6, "static_select"),
                                               (100, "static_select")])  # fmt: skip
def test_a_menu_is_what_slack_lets_it_be(entries: int, kind: str) -> None:
    more = tuple(press(f"verb{n}", f"Verb {n}") for n in range(entries))
    drawn = replace(card(), actions=Actions((), more))
    body = checked(render.body(drawn, Pen()))
    [menu] = body["blocks"][1]["elements"]
    assert (menu["type"], len(menu["options"])) == (kind, entries)


def test_buttons_say_which_incident_they_are_for() -> None:
    [row] = render.actions(card().actions, "act.7")
    labels = [b["accessibility_label"] for b in row["elements"][:5]]
    assert all("1842" in label and len(label) <= 75 for label in labels)


def test_values_and_ids_carry_the_token() -> None:
    [row] = render.actions(card().actions, "act.7")
    first, menu = row["elements"][0], row["elements"][-1]
    assert (first["action_id"], first["value"]) == ("cmd:ack", "cmd:ack:1842:7")
    assert menu["action_id"] == "more"
    assert menu["options"][0]["value"] == "cmd:note:1842:7"
    assert [b.get("style") for b in row["elements"][:5]] == ["primary", None, None, None, None]


def test_rows_output_and_pictures_fit_too() -> None:
    rows = Rows(tuple((Span("🔴 "), Span("x" * 300, own=False)) for _ in range(9)))
    drawn = replace(card(), fold=(
        rows, Output("\n".join(f"line {n} " + "y" * 300 for n in range(30))),
        Picture("https://x.example/p.png", "z" * 3_000), Picture("javascript:x", "no"),
    ))  # fmt: skip
    [below] = checked(render.body(drawn, Pen()))["attachments"]
    kinds = [b["type"] for b in below["blocks"]]
    assert kinds == ["rich_text", "rich_text", "image"]
    assert len(below["blocks"][0]["elements"]) == 5
    out = below["blocks"][1]["elements"][0]["elements"][0]["text"]
    assert out.count("\n") == 5 and "line 29" in out


def test_instants_are_in_the_readers_own_clock() -> None:
    at = 1_795_313_648_000
    line = tuple(Span("at 02:14 UTC", at=at, form=form) for form in ("time", "in", "since", "date"))
    elements = Pen().elements(line)
    formats = [e["format"] for e in elements if e["type"] == "date"]
    assert formats == ["{time}", "{time}", "{time} ({ago})", "{date_long}, {time}"]
    assert [e["text"] for e in elements if e["type"] == "text"] == ["at "]
    assert all(e["timestamp"] == at // 1000 for e in elements if e["type"] == "date")


def test_our_signs_are_drawn_by_every_client_and_strangers_signs_stay_text() -> None:
    ours, theirs = Pen().elements((Span("⚠️ careful"),)), Pen().elements((Span("⚠️", own=False),))
    assert ours[0] == {"type": "emoji", "name": "warning"}
    assert [e["type"] for e in theirs] == ["text"]


def test_a_very_long_note_ends_in_dots() -> None:
    note = Note(tuple((Span("w" * 400, own=False),) for _ in range(40)))
    body = checked(render.note_body(note, Pen()))
    assert body["blocks"][0]["elements"][-1]["elements"][0]["text"] == "…"
    assert len(body["text"]) <= 300


@pytest.mark.parametrize(("long", "shown"), [(20, 40), (399, 7)])
def test_an_answer_of_a_hundred_lines_says_how_many_are_left_and_where(
    long: int, shown: int
) -> None:
    note = lists.lines((f"{n:03} ".ljust(long, "w") for n in range(100)), "prove", "https://pv.eu")
    body = checked(render.note_body(note, Pen()))
    said = blocks_text(body["blocks"], {}).splitlines()
    assert len(said) == shown + 1 and said[shown - 1].startswith(f"{shown - 1:03} ")
    assert said[-1].startswith(f"… {100 - shown} more lines. All of it: ")
    assert "https://pv.eu/" in str(body["blocks"]) and said[-1].endswith("pv prove")


def test_an_empty_note_is_still_a_message() -> None:
    checked(render.note_body(Note(()), Pen()) | {"attachments": []})


@pytest.mark.parametrize("url", ["javascript:x", "http://", "//x", "https://a b", "ftp://x", "",
                                 "https://[::1", "data:text/html,x", "x" * 4000])  # fmt: skip
def test_only_addresses_that_can_be_pressed_become_links(url: str) -> None:
    assert address(url) is None
    assert link("Runbook", url) == "Runbook"


def test_an_address_ends_no_link() -> None:
    assert address("https://x.example/a|b>c<d") == "https://x.example/a%7Cb%3Ec%3Cd"
    two = "https://x.example/?a=1&b=2"
    assert link("a|b>c *d*", two) == "<https://x.example/?a=1&amp;b=2|a b c d>"
    assert escape("<a> & b") == "&lt;a&gt; &amp; b"
