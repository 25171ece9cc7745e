"""PagerDuty and PixelView stay in step: what is done on one side is done on the other, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.model import IncidentStatus
from tests.channels.night import Night, night
from tests.support.pagers import FakePagerDuty

ACKNOWLEDGED, RESOLVED = IncidentStatus.ACKNOWLEDGED, IncidentStatus.RESOLVED
TRIGGERED = IncidentStatus.TRIGGERED
ANA, OMAR = "a" * 32, "o" * 32


def yaml(duty: FakePagerDuty) -> str:
    return f"""
people:
  ana: {{name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin],
        contacts: {{pagerduty: {ANA}}}, rules: [{{via: pagerduty}}]}}
  omar: {{name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai,
         contacts: {{pagerduty: {OMAR}}}, rules: [{{via: pagerduty}}]}}
teams:
  db: {{members: [ana, omar], oncall: ana, lead: omar}}
routes:
  - {{name: db, team: db}}
pagerduty:
  base_url: {duty.url}
  api_url: {duty.url}
  api_token: "{duty.token}"
  webhook_secrets: ["{duty.secrets[0]}"]
"""


@pytest.fixture
async def duty() -> AsyncIterator[FakePagerDuty]:
    async with FakePagerDuty() as fake:
        fake.keys |= {ANA, OMAR}
        fake.add_user("PANA01", "Ana Petrova", "ana@example.eu")
        fake.add_user("POMAR1", "Omar H.", "omar@example.eu")
        yield fake


@pytest.fixture
async def here(duty: FakePagerDuty, tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path, yaml(duty)) as made:
        yield made


async def theirs(here: Night, duty: FakePagerDuty, what: str, incident: int, by: str) -> int:
    """Somebody does something at PagerDuty, which tells us."""
    posted = duty.tells(what, f"pixelview-{incident}", by)
    return await here.post("/callback/pagerduty", posted)


async def test_a_page_opens_an_incident_there(here: Night, duty: FakePagerDuty) -> None:
    incident = await here.world.fires()
    alert = duty.alert(f"pixelview-{incident}", ANA)
    assert (alert.state, alert.event["payload"]["severity"]) == ("triggered", "critical")
    assert duty.violations == []


async def test_what_is_acknowledged_and_resolved_here_is_so_there(
    here: Night, duty: FakePagerDuty
) -> None:
    incident = await here.world.fires()
    alert = duty.alert(f"pixelview-{incident}", ANA)
    await here.world.does("omar", "ack", incident)
    assert alert.state == "acknowledged"
    await here.world.clears()
    assert (alert.state, alert.log) == ("resolved", ["trigger", "acknowledge", "resolve"])


async def test_an_acknowledgement_there_is_the_persons_here(
    here: Night, duty: FakePagerDuty
) -> None:
    incident = await here.world.fires()
    assert await theirs(here, duty, "acknowledged", incident, "PANA01") == 200
    found = await here.world.incident(incident)
    assert (found.status, found.holder, found.holder_from) == (ACKNOWLEDGED, "ana", "pagerduty")


async def test_it_is_no_echo(here: Night, duty: FakePagerDuty) -> None:
    incident = await here.world.fires()
    await theirs(here, duty, "acknowledged", incident, "PANA01")
    assert duty.alert(f"pixelview-{incident}").log == ["trigger"]
    await here.world.clears()
    again = duty.asked
    await theirs(here, duty, "resolved", incident, "PANA01")
    assert duty.asked <= again + 1, "only the look-up of who it was"


async def test_our_own_events_coming_back_change_nothing(here: Night, duty: FakePagerDuty) -> None:
    incident = await here.world.fires()
    machine = {"type": "inbound_integration_reference", "id": "PINT", "summary": "PixelView"}
    posted = duty.tells("acknowledged", f"pixelview-{incident}", agent=machine)
    assert await here.post("/callback/pagerduty", posted) == 200
    assert await here.world.status(incident) is TRIGGERED


async def test_the_other_service_hears_what_was_done_at_the_first(
    here: Night, duty: FakePagerDuty
) -> None:
    incident = await here.world.fires()
    await here.world.advance(minutes=5)
    assert duty.alert(f"pixelview-{incident}", OMAR).state == "triggered"
    await theirs(here, duty, "acknowledged", incident, "PANA01")
    assert duty.alert(f"pixelview-{incident}", OMAR).state == "acknowledged"
    assert duty.alert(f"pixelview-{incident}", ANA).log == ["trigger"]


async def test_a_colleague_who_answers_there_is_known_by_the_e_mail(
    here: Night, duty: FakePagerDuty
) -> None:
    incident = await here.world.fires()
    await theirs(here, duty, "acknowledged", incident, "POMAR1")
    assert (await here.world.incident(incident)).holder == "omar"


async def test_without_the_rest_api_the_name_tells_else_who_was_paged(
    here: Night, duty: FakePagerDuty
) -> None:
    duty.token = "another"
    duty.add_user("PX", "Omar Haddad", "")
    first = await here.world.fires()
    await theirs(here, duty, "acknowledged", first, "PX")
    assert (await here.world.incident(first)).holder == "omar"
    second = await here.world.fires("k2", labels={"service": "other"})
    await theirs(here, duty, "acknowledged", second, "PNOBODY")
    assert (await here.world.incident(second)).holder == "ana"


async def test_the_same_webhook_twice_counts_once(here: Night, duty: FakePagerDuty) -> None:
    incident = await here.world.fires()
    posted = duty.tells("acknowledged", f"pixelview-{incident}", "PANA01")
    for _ in range(2):
        assert await here.post("/callback/pagerduty", posted) == 200
    assert (await here.world.history(incident)).count("ack") == 1


async def test_a_resolve_there_waits_for_what_still_fires(here: Night, duty: FakePagerDuty) -> None:
    incident = await here.world.fires()
    await theirs(here, duty, "resolved", incident, "PANA01")
    found = await here.world.incident(incident)
    assert (found.holder, found.resolve_when_clear) == ("ana", True)
    await here.world.clears()
    assert await here.world.status(incident) is RESOLVED


async def test_what_is_given_back_here_rings_there_again(here: Night, duty: FakePagerDuty) -> None:
    incident = await here.world.fires()
    await theirs(here, duty, "acknowledged", incident, "PANA01")
    first = duty.alert(f"pixelview-{incident}", ANA)
    first.state = "acknowledged"
    await here.world.does("ana", "unack", incident)
    again = duty.alert(f"pixelview-{incident}", ANA)
    assert again is not first and again.state == "triggered"


async def test_a_forged_webhook_changes_nothing(here: Night, duty: FakePagerDuty) -> None:
    incident = await here.world.fires()
    forged = duty.tells("acknowledged", f"pixelview-{incident}", "PANA01", secret="guessed")
    assert await here.post("/callback/pagerduty", forged) == 403
    assert await here.world.status(incident) is TRIGGERED


async def test_a_refused_page_makes_the_next_rule_run(here: Night, duty: FakePagerDuty) -> None:
    duty.keys.discard(ANA)
    incident = await here.world.fires()
    assert duty.alert(f"pixelview-{incident}", OMAR).state == "triggered"
    assert any("Invalid routing key" in e.why for e in (await here.world.detail(incident)).timeline)


async def test_a_routing_key_stands_nowhere_in_the_open(here: Night, tmp_path: Path) -> None:
    incident = await here.world.fires()
    await here.world.does("omar", "ack", incident)
    words = " ".join(await here.says(incident))
    assert ANA not in words
    for name in ("pixelview.db", "pixelview.db-wal"):
        assert ANA.encode() not in await asyncio.to_thread((tmp_path / name).read_bytes)
