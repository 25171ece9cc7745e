"""A war room from its start to its archive, in Slack and Discord at once, with the real slack_bolt
and discord.py in one service."""

from __future__ import annotations

import asyncio

import pytest

from tests.stories.test_bridge import Both, both
from tests.support.discord import Channel as DiscordChannel
from tests.support.discord import Message as DiscordMessage
from tests.support.slack import Message as SlackMessage
from tests.support.slack.model import Channel as SlackChannel

__all__ = ["both"]

pytestmark = pytest.mark.slow


def slack_rooms(both: Both) -> list[SlackChannel]:
    """The channels in Slack that are war rooms."""
    channels = both.slack.workspace.channels.values()
    return [c for c in channels if c.name.startswith("inc-")]


def discord_rooms(both: Both) -> list[DiscordChannel]:
    """The channels in Discord that are."""
    return [c for c in both.discord.state.channels.values() if c.name.startswith("inc-")]


def slack_top(both: Both) -> SlackMessage:
    """The card of the roles in Slack."""
    return next(m for m in slack_rooms(both)[0].top() if "WAR ROOM" in m.visible_text)


def discord_top(both: Both) -> DiscordMessage:
    """The card of the roles in Discord."""
    found = (m for m in discord_rooms(both)[0].public if "WAR ROOM" in both.discord.visible_text(m))
    return next(found)


def slack_says(both: Both) -> str:
    """Everything that is said in the room in Slack."""
    return "\n".join(m.visible_text for m in slack_rooms(both)[0].top())


def discord_says(both: Both) -> str:
    """Everything that is said in the room in Discord."""
    return "\n".join(both.discord.visible_text(m) for m in discord_rooms(both)[0].public)


async def recorded(both: Both, incident: int, words: str, times: int) -> dict[str, list[str]]:
    """The lines of the timeline by their kind, once these words are there so often."""
    for _ in range(200):
        found: dict[str, list[str]] = {}
        for line in (await both.record(incident)).timeline:
            found.setdefault(line.kind, []).append(line.say)
        if sum(words in say for say in found.get("room", ())) >= times:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{words} never came: {found}")


async def made(both: Both) -> int:
    """An incident with a room in each chat, filled."""
    incident = await both.fires()
    await both.slack.command("ana", "ops", f"/pv room {incident} both")
    await both.until(lambda: slack_rooms(both) and discord_rooms(both))
    await both.until(lambda: sum(m.pinned for m in slack_rooms(both)[0].posted) == 2)
    await both.until(lambda: len(discord_rooms(both)[0].pins) >= 3)
    return incident


async def test_a_war_room_from_its_start_to_its_archive(both: Both) -> None:
    incident = await made(both)
    (room,), (other,) = slack_rooms(both), discord_rooms(both)
    ana = both.slack.workspace.user("ana").id
    assert room.name == other.name == f"inc-{incident}-disk-94-full-on-db-3"
    assert ana in room.members
    assert room.topic == other.topic == f"#{incident} 🔴 Disk 94 % full on db-3 · Ana"
    assert [b["title"] for b in room.bookmarks] == [f"#{incident} in the console"]
    first, second = (m for m in room.top() if m.pinned)
    assert f"#{incident}" in first.visible_text and "Acknowledge" in first.buttons
    assert "Lead Ana · Comms nobody · Scribe nobody" in second.visible_text
    card = both.slack.channel("ops").top()[0]
    await both.until(lambda: "Slack room" in card.visible_text)

    # a role is taken in one chat and shows in the other, with private instructions
    pressed = await both.discord.press(both.omar, discord_top(both), "Take comms")
    assert "You are communications" in pressed.text
    await both.until(lambda: "Comms Omar" in slack_top(both).visible_text)
    await both.until(lambda: "Comms Omar" in both.discord.visible_text(discord_top(both)))

    # what happens is mirrored, commands in the room need no number
    await both.slack.command("ana", room, "/pv ack")
    record = await both.record(incident)
    assert record.incident.holder == "ana"
    await both.slack.command("ana", room, "/pv note archive target was full")
    await both.until(lambda: "archive target was full" in discord_says(both))

    # an update, by its form
    seen = await both.slack.press("ana", slack_top(both), "Write update…")
    assert seen.modal is not None
    assert "archive target was full" in str(seen.modal.body)
    await both.slack.submit("ana", seen.modal, {"text": "Writes are back, the cause is known"})
    words = "Writes are back, the cause is known"
    await both.until(lambda: words in slack_says(both) and words in discord_says(both))
    assert "Next update" in discord_says(both)

    # the end: a summary, then the archive
    await both.slack.command("ana", room, "/pv end-room the archive target was full")
    await both.until(lambda: room.archived)
    assert "Ana ended the war room." in slack_says(both)
    assert "the archive target was full" in discord_says(both)
    said = await recorded(both, incident, "is archived", 2)
    assert sum("is archived" in line for line in said["room"]) == 2
    assert said["update"] == ["Update by Ana Petrova: Writes are back, the cause is known"]
    assert said["note"] == ["archive target was full"]
    assert said["role"] == ["Omar Haddad is communications now."]

    # afterwards nobody writes there, and a new room has a name of its own
    await both.slack.command("ana", "ops", f"/pv note {incident} one more thing")
    await both.slack.command("ana", "ops", f"/pv room {incident} slack")
    await both.until(lambda: len(slack_rooms(both)) == 2)
    assert slack_rooms(both)[1].name == f"{room.name}-2"
    assert "one more thing" not in "\n".join(m.visible_text for m in room.top())


async def test_without_the_scope_the_thread_is_the_room_and_who_asked_is_told(both: Both) -> None:
    incident = await both.fires()
    both.slack.workspace.scopes.discard("channels:manage")
    await both.slack.command("ana", "ops", f"/pv room {incident} slack")
    await both.until(lambda: any("WAR ROOM" in m.visible_text for m in both.slack_replies()))
    assert slack_rooms(both) == []
    record = await both.record(incident)
    said = [f"{e.say} {e.why}" for e in record.timeline if e.kind == "room"]
    assert any("the thread of its card is the war room" in s for s in said)
    assert any("channels:manage" in s for s in said)
    ana = both.slack.workspace.user("ana")
    await both.until(
        lambda: any(
            "WAR ROOM" in m.visible_text
            for c in both.slack.workspace.channels.values()
            if c.im_user == ana.id
            for m in c.posted
        )
    )
