"""Words from another place stay words: readable, bounded, and nothing in them is alive."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards import bridged, words
from bot.cards.model import Note
from bot.discord import render as discord
from bot.discord.spans import Pen as DiscordPen
from bot.slack import render as slack
from bot.slack.spans import Pen as SlackPen
from store.model import Definitions, Person
from store.model import note as model
from store.model.note import File
from tests.slack_surface.support import hostile

PEOPLE = {
    "ana": Person("ana", "Ana Petrova"),
    "omar": Person("omar", "Omar Haddad"),
}
KNOWN = Definitions(1, PEOPLE, {}, (), {})
URL = "https://pv.example.eu/i/1842"


def note(text: str, **more: Any) -> model.Note:
    """What Omar wrote in Discord."""
    base: dict[str, Any] = {
        "id": 1, "incident_id": 1842, "number": 1, "at": 0, "author": "omar", "kind": "person",
        "name": "Omar Haddad", "surface": "discord", "text": text,
    }  # fmt: skip
    return model.Note(**{**base, **more})


def drawn(text: str, surface: str = "slack", **more: Any) -> Note:
    """The same as it is said in another chat."""
    return bridged.of(note(text, **more), KNOWN, URL, surface)


def read(found: Note) -> list[str]:
    """Its lines."""
    return ["".join(s.text for s in line) for line in found.lines]


def test_the_author_and_the_place_come_first() -> None:
    assert read(drawn("archive target was full")) == ["Omar (Discord): archive target was full"]
    assert drawn("x").quiet and drawn("x").mentions == ()


def test_who_is_unknown_is_called_as_the_chat_calls_them() -> None:
    stranger = {"kind": "stranger", "author": "discord:9", "name": "@everyone\u202e"}
    assert read(drawn("hi", **stranger)) == ["@everyone (Discord): hi"]


def test_where_it_was_said_is_named() -> None:
    assert read(drawn("hi", where="room")) == ["Omar (Discord, war room): hi"]
    assert read(drawn("hi", surface="slack")) == ["Omar (Discord): hi"]


def test_a_reply_names_whom_it_answers() -> None:
    said = drawn("yes", answers="Ana Petrova", quote="is it full?")
    assert read(said) == ["Omar (Discord) to Ana “is it full?”: yes"]


def test_lines_stay_lines_and_code_stays_code() -> None:
    found = drawn("look:\n\n```py\nif a:\n    b()\n```\nsee `df -h` and\u200b more")
    assert read(found) == [
        "Omar (Discord): look:", "if a:\n    b()", "see df -h and more",
    ]  # fmt: skip
    [block] = found.lines[1]
    assert block.code and not block.own
    assert [s.text for s in found.lines[2] if s.code] == ["df -h"]


def test_a_block_alone_stands_below_its_author() -> None:
    assert read(drawn("```\na\nb\n```")) == ["Omar (Discord): ", "a\nb"]
    assert read(drawn("```only one```")) == ["Omar (Discord): only one"]


def test_a_block_is_one_in_each_chat() -> None:
    found = drawn("```\na <b> `c`\n  d\n```")
    _, block = slack.note_body(found, SlackPen())["blocks"][0]["elements"]
    assert block["type"] == "rich_text_preformatted"
    assert block["elements"] == [{"type": "text", "text": "a <b> `c`\n  d"}]
    said = discord.note_body(found, DiscordPen())["content"]
    assert said.endswith("```\na <b> ˋcˋ\n  d\n```")


def test_files_are_links_by_name() -> None:
    files = (File("graph.png", "https://a.eu/1"), File("bad", "javascript:x"), File(""))
    found = drawn("", files=files)
    assert read(found) == ["Omar (Discord): Files: graph.png, bad, file"]
    assert [s.url for s in found.lines[0] if s.url] == ["https://a.eu/1"]
    assert read(drawn("look", files=files[:1])) == ["Omar (Discord): look", "File: graph.png"]


@pytest.mark.parametrize("surface", ["slack", "discord", "slack-acme"])
@pytest.mark.parametrize(
    "text",
    ["word " * 9_000, "*" * 20_000, "line\n" * 900, "```\n" + "x = 1\n" * 3_000 + "```"],
    ids=["words", "marks", "lines", "code"],
)
def test_long_words_are_cut_and_say_where_the_rest_is(surface: str, text: str) -> None:
    found = drawn(text, surface)
    *_, more = found.lines
    assert "".join(s.text for s in more) == "… more in the console"
    assert more[-1].url == URL
    if surface == "discord":
        body = discord.note_body(found, DiscordPen())
        parts = [body["content"]] if "content" in body else [body["components"][0]["content"]]
        assert len(parts[0]) <= (2_000 if "content" in body else 4_000)
        assert parts[0].endswith(f"more [in the console](<{URL}>)") and parts[0].count("…") <= 2
    else:
        from slack_sdk.models.blocks import Block

        body = slack.note_body(found, SlackPen())
        for block in body["blocks"]:
            made = Block.parse(block)
            assert made is not None
            made.validate_json()
        assert "more " in str(body["blocks"])


@pytest.mark.parametrize("nasty", hostile() or ["<!channel> @everyone [a](b) *x*"])
def test_nothing_a_stranger_wrote_is_alive(nasty: str) -> None:
    for text in (nasty, f"```\n{nasty}\n{nasty}\n```", f"`{nasty}`"):
        found = drawn(text, "discord", name=nasty, kind="stranger", quote=nasty, answers=nasty)
        body = discord.note_body(found, DiscordPen())
        assert body["allowed_mentions"] == {"parse": []}
        for line in found.lines:
            for span in line:
                assert not span.mention and span.url in (None, URL)
                if span.own:
                    assert not nasty.strip() or words.clean(nasty) not in span.text
        said = slack.note_body(found, SlackPen())
        kinds = {e["type"] for s in said["blocks"][0]["elements"] for e in s["elements"]}
        assert kinds <= {"text", "link"}
        assert not {"<!", "<@", "<#"} & {said["text"][i : i + 2] for i in range(len(said["text"]))}


def test_what_cannot_be_taken_away_says_that_it_was() -> None:
    found = bridged.taken_back(note("secret"), KNOWN)
    assert read(found) == ["What Omar wrote here was taken back."]
