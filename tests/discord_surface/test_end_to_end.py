"""A real PixelView, the real discord.py and a strict Discord: from a webhook to a press and back
again, as people see it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import App, prepare
from bot.discord import DiscordSurface
from bot.settings import parse
from commands.people import actor_of
from store import access
from store.model import IncidentDetail, IncidentStatus
from tests.discord_surface.support import Clock, hostile
from tests.support.discord import Channel, FakeDiscord, Message, Seen, User

YAML = """
people:
  ana:
    name: Ana Petrova
    email: ana@example.eu
    zone: Europe/Berlin
    roles: [admin]
    discord: {ana}
    rules: [{{after: 0, via: discord}}]
  omar:
    name: Omar Haddad
    zone: Asia/Dubai
    discord: {omar}
    rules: [{{after: 0, via: discord}}]
  mei: {{name: Mei Lin, roles: [viewer], discord: {mei}}}
teams:
  db: {{members: [ana, omar], oncall: ana, lead: omar}}
routes:
  - {{name: db, team: db, channels: ["discord:#ops"]}}
discord: {{bot_token: {token}, api_base: "{api}", gateway_url: "{gateway}", {more}}}
"""


class AppClock:
    """The service's clock, in ms, is the stand-in's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> int:
        return int(self._clock.at * 1000)


@dataclass
class House:
    """The service and the chat it is in."""

    app: App
    fake: FakeDiscord
    clock: Clock
    url: str
    token: str

    async def until(self, true: Callable[[], object]) -> None:
        """Waits; where nothing moves, the clock does, a second at a time."""
        for _ in range(60):
            try:
                await self.fake.until(true, 0.25)
                return
            except TimeoutError:
                self.clock.at += 1
                self.app.outbox.wake()
        await self.fake.until(true, 0.25)

    def person(self, name: str) -> User:
        return next(u for u in self.fake.state.users.values() if u.name == name)

    @property
    def cards(self) -> list[Message]:
        """What stands in #ops."""
        return self.fake.channel("ops").public

    def shows(self, words: str, message: Message | None = None) -> Callable[[], bool]:
        """Whether the newest card (or this message) shows these words."""

        def there() -> bool:
            found = [message] if message else self.cards[-1:]
            return any(words in self.fake.visible_text(m) for m in found)

        return there

    def says(self, words: str, place: Channel) -> Callable[[], bool]:
        """Whether anything in that place shows these words."""
        return lambda: any(words in self.fake.visible_text(m) for m in place.public)

    async def hears(self, **more: Any) -> int:
        """One alert by webhook; its incident."""
        labels = {"severity": "critical", "service": "postgres-main", "instance": "db-3"}
        alert = {
            "status": more.get("status", "firing"),
            "labels": {"alertname": "DiskFull"} | labels | more.get("labels", {}),
            "annotations": {"summary": "Disk 94 % full on db-3"} | more.get("annotations", {}),
        }
        body = {"version": "4", "status": alert["status"], "alerts": [alert]}
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession() as session:
            there = f"{self.url}/in/alertmanager"
            async with session.post(there, json=body, headers=headers) as reply:
                said = await reply.json()
                assert reply.status == 202, said
        return int(said.get("incident_id") or 0)

    async def fires(self) -> tuple[int, Message]:
        """An alert whose card stands, with its thread and Ana's page."""
        incident = await self.hears()
        await self.until(lambda: self.cards and self.cards[-1].is_v2)
        await self.until(lambda: self.cards[-1].thread and self.cards[-1].thread.public)
        await self.until(lambda: self.pages("Ana"))
        await self.until(self.shows("You are paged", self.pages("Ana")[-1]))
        return incident, self.cards[-1]

    def pages(self, name: str) -> list[Message]:
        """Direct messages to a person."""
        return self.fake.dms(self.person(name)).public

    async def press(self, name: str, message: Message, label: str) -> Seen:
        return await self.fake.press(self.person(name), message, label)

    async def detail(self, incident: int) -> IncidentDetail:
        actor = await self.app.identity.account_actor(
            "discord", str(self.person("Ana").id), "Ana", _no_email
        )
        found: IncidentDetail = await self.app.door.ask("show", {"incident": incident}, actor)
        return found

    async def timeline(self, incident: int) -> list[tuple[str, str]]:
        """What happened, and who did it."""
        return [(e.kind, e.actor) for e in (await self.detail(incident)).timeline]


async def _no_email() -> None:
    return None


def account_of(app: App) -> Callable[[str], str | None]:
    """A person's Discord id by handle, as the service finds it."""

    def find(handle: str) -> str | None:
        person = app.door.definitions().people.get(handle)
        return app.identity.account_of(person, "discord") if person else None

    return find


Build = Callable[..., Awaitable[House]]


@pytest.fixture
def _catalog() -> None:
    """Here the real catalog counts."""


@pytest.fixture
async def build(fake: FakeDiscord, clock: Clock, tmp_path: Path) -> AsyncIterator[Build]:
    """Starts a house with these settings of Discord's."""
    apps: list[App] = []
    fake.add_user("Mei")
    fake.add_user("Bob")

    async def make(more: str = "") -> House:
        people = {u.username: str(u.id) for u in fake.state.users.values()}
        text = YAML.format(
            **people, token=fake.token, api=fake.api_base, gateway=fake.gateway_url, more=more
        )
        keys = {"database": f"sqlite:///{tmp_path}/pv.db", "key_file": str(tmp_path / "key")}
        settings = parse(text, "test.yaml").model_copy(update=keys)
        app = App(settings, await prepare(settings), AppClock(clock))
        apps.append(app)
        assert settings.discord is not None
        surface = DiscordSurface(settings.discord, app.desk, account_of(app), now_s=clock)
        app.surfaces["discord"] = surface
        port = await app.start("127.0.0.1", 0)
        await fake.until(lambda: app.surfaces["discord"].health()[0])
        source = await app.door.system(
            lambda ctx: access.source(ctx.tx, ctx.now, "alertmanager", "alertmanager")
        )
        token = await app.door.system(
            lambda ctx: access.create_token(ctx.tx, ctx.now, "t", source_id=source.id)
        )
        return House(app, fake, clock, f"http://127.0.0.1:{port}", token)

    yield make
    for app in apps:
        await app.stop()


@pytest.fixture
async def house(build: Build) -> House:
    return await build()


async def test_an_alert_becomes_a_card_a_thread_and_a_page_and_one_press_takes_it(
    house: House,
) -> None:
    incident, card = await house.fires()
    assert card.push.startswith(f"🔴 #{incident} Disk 94 % full on db-3")
    said = house.fake.visible_text(card).replace("@", "")
    assert "New, nobody has it. Paging Ana · next Omar in " in said
    [page] = house.pages("Ana")
    assert page.push.startswith(f"🔴 #{incident} Disk 94 % full on db-3")
    seen = await house.press("Ana", card, "Acknowledge")
    assert seen.kind == "deferred"
    await house.until(house.shows("Ana has it since"))
    assert house.shows("answered from Discord")()
    await house.until(house.shows("You have it.", page))
    assert house.fake.buttons(card)[0] == "Note…"
    late = await house.press("Omar", card, "Note…")
    assert late.kind == "modal"
    found = (await house.detail(incident)).incident
    assert (found.status, found.holder, found.holder_from) == ("acknowledged", "ana", "discord")


async def test_the_page_in_the_dm_can_be_answered_there(house: House) -> None:
    _, card = await house.fires()
    [page] = house.pages("Ana")
    assert (await house.press("Ana", page, "Acknowledge")).kind == "deferred"
    await house.until(house.shows("Ana has it", card))
    await house.until(lambda: house.fake.buttons(page)[0] == "Note…")


async def test_the_late_presser_alone_is_told_who_has_it(house: House) -> None:
    _, card = await house.fires()
    stale = card.components
    await house.press("Ana", card, "Acknowledge")
    await house.until(house.shows("Ana has it"))
    house.clock.at += 4
    card.components = stale
    late = await house.press("Omar", card, "Acknowledge")
    assert "already has" in late.text and "Discord" in late.text
    assert late.message is not None and late.message.ephemeral_to is house.person("Omar")


async def test_escalate_asks_first_and_mentions_once(house: House) -> None:
    incident, card = await house.fires()
    asked = await house.press("Ana", card, "Escalate")
    assert asked.text.startswith("Page Omar now?")
    assert "for Omar" in asked.text
    assert (await house.detail(incident)).incident.step == 0
    assert asked.message is not None
    await house.press("Ana", asked.message, "Page Omar")
    await house.until(lambda: house.pages("Omar"))
    await house.until(house.shows("Now paging Omar"))
    thread = card.thread
    assert thread is not None
    omar = house.person("Omar")
    await house.until(lambda: [m for m in thread.public if omar in m.mentions])
    assert card.edit_mentions == [] and omar not in card.highlights


async def test_resolving_while_it_fires_asks_what_should_happen(house: House) -> None:
    incident, card = await house.fires()
    form = await house.press("Ana", card, "Resolve…")
    assert form.kind == "modal" and form.modal is not None
    assert "still fires" in json.dumps(form.modal)
    done = await house.fake.submit(house.person("Ana"), form, {"how": "now", "text": "cleaned"})
    assert done.kind == "deferred"
    await house.until(house.shows("RESOLVED"))
    assert house.shows("Ana resolved it")() and house.shows("cleaned")()
    assert (await house.detail(incident)).incident.status is IncidentStatus.RESOLVED


async def test_the_monitor_resolves_and_the_firing_value_stays(house: House) -> None:
    value = {"description": "94.2 % of 2.0 TB"}
    await house.hears(annotations=value)
    await house.until(house.shows("94.2 %"))
    await house.hears(status="resolved", annotations=value)
    await house.until(house.shows("RESOLVED"))
    assert house.shows("By itself")() and house.shows("94.2 %")()


async def test_a_stranger_changes_nothing_and_is_told_how_to_be_known(house: House) -> None:
    incident, card = await house.fires()
    seen = await house.press("Bob", card, "Acknowledge")
    assert "I don't know you yet" in seen.text
    assert "Link my account" in seen.text
    assert seen.message is not None and seen.message.ephemeral_to is house.person("Bob")
    assert (await house.detail(incident)).incident.status is IncidentStatus.TRIGGERED
    form = await house.press("Bob", card, "Resolve…")
    assert form.kind == "message" and "I don't know you yet" in form.text


async def test_a_stranger_sees_nothing_by_any_way_until_a_code_links_them(house: House) -> None:
    incident, card = await house.fires()
    fake, bob, ops = house.fake, house.person("Bob"), house.fake.channel("ops")
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("pv list", {}), ("pv show", {"incident": str(incident)}), ("oncall who", {}),
        ("pv ack", {"incident": str(incident)}), ("pvaccess tokens", {}),
    )  # fmt: skip
    for line, options in asked:
        seen = await fake.command(bob, ops, line, options)
        assert "I don't know you yet" in seen.text and "Disk" not in seen.text, line
    assert await fake.autocomplete(bob, ops, "pv ack", "incident", "") == []
    for name in ("Make an incident of this", "Add to the timeline"):
        assert "I don't know you yet" in (await fake.menu(bob, card, name)).text
    assert (await house.detail(incident)).incident.status is IncidentStatus.TRIGGERED
    mei = actor_of(house.app.door.definitions().people["mei"], "web")
    code = (await house.app.door.do("link", {}, mei)).say.rpartition(" ")[2]
    seen = await fake.command(bob, ops, "pvaccess link", {"what": code})
    assert "you are Mei" in seen.text
    assert "You can't" in (await house.press("Bob", card, "Acknowledge")).text


async def test_who_may_not_is_told_what_is_missing_and_who_can(house: House) -> None:
    incident, card = await house.fires()
    seen = await house.press("Mei", card, "Acknowledge")
    assert (
        "🚫 You can't acknowledge" in seen.text
        and "viewer" in seen.text
        and "Ana Petrova" in seen.text
    )
    assert (await house.detail(incident)).incident.holder is None


async def test_every_verb_is_a_command_with_suggestions(house: House) -> None:
    incident, card = await house.fires()
    ops, ana = house.fake.channel("ops"), house.person("Ana")
    found = await house.fake.autocomplete(ana, ops, "pv ack", "incident", "disk")
    assert [c["value"] for c in found] == [str(incident)]
    lists = await house.fake.autocomplete(ana, ops, "pv list", "filter", "critical team=")
    assert [one["value"] for one in lists] == ["critical team=db"]
    people = await house.fake.autocomplete(ana, ops, "pv assign", "who", "om")
    assert "omar" in [c["value"] for c in people]
    listed = await house.fake.command(ana, ops, "pv list")
    assert f"#{incident} Disk 94 % full on db-3" in listed.text
    shown = await house.fake.command(ana, ops, "pv show", {"incident": str(incident)})
    assert shown.message is not None and shown.message.is_v2 and shown.message.ephemeral
    helped = await house.fake.command(ana, ops, "pv help")
    assert "ack" in helped.text and len(helped.text.splitlines()) <= 9
    await house.fake.command(ana, ops, "pv ack", {"incident": str(incident)})
    await house.until(house.shows("Ana has it", card))
    thread = card.thread
    assert thread is not None
    why = await house.fake.command(ana, thread, "pv why")
    assert why.kind == "message" and why.text


async def test_words_in_the_thread_are_notes_where_they_may_be_read(
    fake: FakeDiscord, build: Build
) -> None:
    fake.state.enabled_intents.add("message_content")
    house = await build("message_content: true")
    incident, card = await house.fires()
    assert card.thread is not None
    assert house.shows("Words here go on the record", card.thread.public[0])()
    await fake.say(house.person("Omar"), card.thread, "archive target was full")

    async with asyncio.timeout(5):
        while ("note", "omar") not in await house.timeline(incident):
            await asyncio.sleep(0.02)


async def test_without_the_intent_nothing_says_that_words_count(house: House) -> None:
    _, card = await house.fires()
    everything = [card, *house.pages("Ana"), *(card.thread.public if card.thread else [])]
    texts = [house.fake.visible_text(m) for m in everything]
    assert not any("Words here go" in text for text in texts)
    assert any("Words here stay here." in text for text in texts)
    assert "Add note…" in str([m.components for m in everything])
    form = await house.fake.choose(house.person("Ana"), card, "Note…")
    await house.fake.submit(house.person("Ana"), form, {"text": "looking at it"})
    thread = card.thread
    assert thread is not None
    await house.until(house.says("looking at it", thread))


async def test_a_warning_comes_without_a_sound(house: House) -> None:
    await house.hears(labels={"severity": "warning"})
    await house.until(lambda: house.cards and house.cards[-1].is_v2)
    assert house.cards[0].silent


async def test_nothing_a_monitor_says_is_live(house: House) -> None:
    words = [*hostile(), "@everyone <@1> [x](https://evil.example) **b** \u202ex\u200by"]
    for n, nasty in enumerate(words[:20]):
        house.clock.at += 6
        labels = {"alertname": f"A{n}", "service": f"s{n}", "note": nasty[:200]}
        notes = {"summary": nasty[:300] or "x", "description": nasty[:500]}
        await house.hears(labels=labels, annotations=notes)
    wanted = min(20, len(words))
    await house.until(lambda: len([m for m in house.cards if m.is_v2]) == wanted)
    ana = house.person("Ana")
    for message in house.cards:
        assert set(message.mentions) <= {ana}
        assert not message.mention_everyone and message.edit_mentions == []


async def test_what_changed_during_an_outage_is_shown_after_it(house: House) -> None:
    incident, card = await house.fires()
    house.fake.outage(True)
    await house.until(lambda: not house.app.surfaces["discord"].health()[0])
    actor = await house.app.identity.account_actor(
        "discord", str(house.person("Ana").id), "Ana", _no_email
    )
    await house.app.door.do("ack", {"incident": incident}, actor, key="k")
    house.fake.outage(False)
    await house.until(house.shows("Ana has it", card))
    assert len(house.cards) == 1


async def test_the_severity_colours_the_card(house: House) -> None:
    await house.fires()
    assert house.cards[0].components[0]["accent_color"] == 0xE5304A
    assert house.shows("CRITICAL")()
