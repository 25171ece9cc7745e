"""War rooms as people type them, and as the settings say them."""

from __future__ import annotations

import pytest

from bot.settings import BadSettings, parse
from commands.rules.rooms import channel_name, slug
from commands.typed import read_line
from store.model import Definitions, Person, Severity, Team

KNOWN = Definitions(
    1,
    {"ana": Person("ana", "Ana Petrova"), "mei": Person("mei", "Mei Lin")},
    {"web": Team("web", ("mei",))},
    (),
    {},
)


@pytest.mark.parametrize(
    ("line", "verb", "args"),
    [
        ("room 1842", "room", {"incident": 1842}),
        ("room 1842 private @mei", "room", {"incident": 1842, "private": True, "people": "@mei"}),
        ("room 1842 both thread", "room", {"incident": 1842, "thread": True, "chat": "both"}),
        ("room 1842 name=db-trouble", "room", {"incident": 1842, "name": "db-trouble"}),
        ("room 1842 discord @mei team:web", "room",
         {"incident": 1842, "chat": "discord", "people": "@mei team:web"}),
        ("role 1842 comms @mei", "role", {"incident": 1842, "role": "comms", "who": "mei"}),
        ("role 1842 lead nobody", "role", {"incident": 1842, "role": "lead", "nobody": True}),
        ("update 1842 room temperature is fine, 30 hosts are back", "update",
         {"incident": 1842, "text": "room temperature is fine, 30 hosts are back"}),
        ("update 1842 1h still looking", "update",
         {"incident": 1842, "next": "1h", "text": "still looking"}),
        ("update 1842 none of the hosts answers", "update",
         {"incident": 1842, "text": "none of the hosts answers"}),
        ("end room 1842 target was full", "end-room",
         {"incident": 1842, "text": "target was full"}),
        ("invite 1842 mei team web", "invite", {"incident": 1842, "people": "mei team web"}),
        ("declare server room is hot war room", "declare",
         {"text": "server room is hot", "war_room": True}),
    ],
)  # fmt: skip
def test_a_line_is_read(line: str, verb: str, args: dict[str, object]) -> None:
    found, given = read_line(line, KNOWN)
    assert (found.name, given) == (verb, args)


@pytest.mark.parametrize("line", ["update all is well", "role lead", "room private", "end-room"])
def test_in_the_room_the_number_may_be_left_out(line: str) -> None:
    _, given = read_line(line, KNOWN, 1842)
    assert given["incident"] == 1842


@pytest.mark.parametrize(
    ("pattern", "title", "name"),
    [
        ("inc-{id}-{title}", "Disk 94 % full on db-3", "inc-7-disk-94-full-on-db-3"),
        ("{severity}-{title}-{id}", "Größe & Maß", "critical-grosse-and-mass-7"),
        ("{title}", "磁盘已满", "inc-7"),
        ("inc-{id}-{title}", "", "inc-7"),
        ("War Room {id}", "x", "war-room-7"),
        ("inc-{id}-{title}", "a" * 200, "inc-7-" + "a" * 74),
        ("inc-{id}-{title}", "checkout " * 30, ("inc-7-" + "checkout-" * 8)[:-1]),
    ],
)
def test_a_name_is_one_that_chats_take(pattern: str, title: str, name: str) -> None:
    made = channel_name(pattern, {"id": 7, "title": title, "severity": "critical"})
    assert made == name
    assert len(made) <= 80
    assert slug(made) == made


def test_a_team_or_route_wants_it_otherwise() -> None:
    rules = parse(
        "teams: {db: {members: [ana], oncall: ana}}\npeople: {ana: {name: Ana}}\n"
        "rooms:\n  open: critical\n  rhythm: {critical: 20}\n"
        "  teams: {db: {open: error, where: threads}}\n",
        "x.yaml",
        {},
    ).rooms.rules(("slack",))
    usual, own = rules.of("r", None), rules.of("r", "db")
    assert (usual.opens, usual.where) == (Severity.CRITICAL, "channel")
    assert (own.opens, own.where, own.every(Severity.CRITICAL)) == (Severity.ERROR, "thread", 20)
    assert rules.by_themselves


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{open: bad}", "bad is none of critical, error, warning, info, or off"),
        ('{name: "{x}"}', "is none of what a pattern may hold"),
        ("{call: meet}", "not an address that begins with https://"),
        ("{rhythm: {critical: 1}}", "not between 5 and 1440 minutes"),
        ("{invite: [zoe]}", "zoe is nobody"),
        ("{teams: {net: {}}}", "there is no team net"),
        ("{routes: {net: {}}}", "there is no route net"),
        ("{surfaces: [irc]}", "irc is none of the chats"),
    ],
)
def test_mistakes_in_the_settings_are_named(text: str, wrong: str) -> None:
    with pytest.raises(BadSettings, match=wrong):
        parse(f"rooms: {text}\n", "x.yaml", {})


def test_without_settings_no_room_opens_by_itself() -> None:
    rules = parse("", "x.yaml", {}).rooms.rules(())
    assert not rules.by_themselves
    assert parse("rooms: {open: off}", "x.yaml", {}).rooms.rules(()).usual.opens is None
