"""A night by telephone: SMS and calls go out, answers come back, and every card shows them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cards import text
from integrations.base import Transient
from store.model import AlertStatus, IncidentStatus
from store.model.contact import Contact
from store.tables import AUDIT
from tests.channels.phones import ANA, OMAR, PEOPLE, House, house
from tests.support.world import Pad, alert


@pytest.fixture
async def night(url: str, tmp_path: Path) -> AsyncIterator[House]:
    """Ana and Omar have telephones."""
    async with house(url, tmp_path) as made:
        yield made


def cards(night: House) -> list[str]:
    """What every card in chat says now."""
    shown = night.world.pad.cards.values()
    return ["\n".join(text.lines(c, "Europe/Berlin", now=night.world.clock.at)) for c in shown]


async def lines(night: House, incident: int) -> list[str]:
    """The timeline, with its reasons."""
    found = (await night.world.detail(incident)).timeline
    return [f"{e.say} {e.why}".strip() for e in found]


async def test_a_page_by_sms_is_acknowledged_by_a_reply_and_every_card_shows_it(
    night: House,
) -> None:
    incident = await night.fires(resource="db-3", labels={"env": "prod"})
    body = night.ana.inbox[0]
    assert body.startswith(f"CRIT {incident} Disk 94% full on db-3 prod. Next Omar 03:14. Reply 1=")
    await night.twilio.report(night.ana.message, "delivered")
    assert await night.ana.texts("1") == [f"Ack {incident} done."]
    await night.world.settle()
    found = await night.world.incident(incident)
    assert (found.holder, found.holder_from) == ("ana", "sms")
    (card,) = cards(night)
    assert "Ana has it since 03:09 CET, answered by SMS" in card
    told = await lines(night, incident)
    assert "SMS to Ana Petrova was delivered." in told
    assert any(line.startswith("Ana Petrova acknowledged by SMS.") for line in told)
    states = [p.state for p in (await night.world.detail(incident)).pages]
    assert states == ["delivered"]


async def test_an_ack_by_sms_shows_on_the_cards_of_every_chat_and_in_the_pages(
    url: str, tmp_path: Path
) -> None:
    both = PEOPLE.replace('["slack:#ops"]', '["slack:#ops", "discord:#ops"]').replace(
        "{after: 2, via: voice}", "{after: 0, via: slack}"
    )
    async with house(url, tmp_path, both) as night:
        discord = Pad("discord")
        night.world.app.surfaces["discord"] = discord
        await night.fires()
        assert night.world.paged() == ["U0ANA"] and len(night.ana.inbox) == 1
        await night.ana.texts("1")
        await night.world.settle()
        shown = [*night.world.pad.cards.values(), *discord.cards.values()]
        assert len(shown) == 2
        for card in shown:
            said = "\n".join(text.lines(card, "UTC", now=night.world.clock.at))
            assert "Ana has it since 02:09 UTC, answered by SMS" in said
        assert len(night.world.pad.repages) == 1  # the page in Slack says so too


async def test_slack_is_down_and_sms_takes_over(url: str, tmp_path: Path) -> None:
    people = PEOPLE.replace(
        "rules: [{after: 0, via: sms}, {after: 2, via: voice}]",
        "rules: [{after: 0, via: slack}, {after: 5, via: sms}]",
    )
    async with house(url, tmp_path, people) as night:
        down = Transient("Slack does not answer")
        night.world.pad.refuse = dict.fromkeys(("page", "edit", "say"), down)
        incident = await night.fires()
        await night.world.advance(seconds=30)
        assert len(night.ana.inbox) == 1  # three times no: the next rule need not wait
        assert await night.ana.texts("1") == [f"Ack {incident} done."]
        night.world.pad.refuse.clear()
        await night.world.advance(seconds=10)
        (card,) = cards(night)
        assert "answered by SMS" in card


async def test_a_providers_no_lets_the_next_rule_run_at_once(night: House) -> None:
    night.twilio.refuse(ANA, 21610)
    incident = await night.fires()
    assert night.ana.inbox == [] and night.twilio.calls == []
    told = await lines(night, incident)
    assert ("Page to Ana Petrova by SMS failed. Twilio 21610: the recipient answered STOP") in told
    # The call was refused as well, so the policy need not wait five minutes.
    assert len(night.omar.inbox) == 1
    assert "Ana did not answer, you are next." in night.omar.inbox[0]


async def test_a_message_that_fails_later_is_a_no_as_well(night: House) -> None:
    incident = await night.fires()
    assert night.twilio.calls == []
    await night.twilio.report(night.ana.message, "undelivered", 30005)
    await night.world.settle()
    assert len(night.twilio.calls) == 1  # the rule of two minutes later
    told = await lines(night, incident)
    assert ("Page to Ana Petrova by SMS failed. Twilio 30005: there is no such number") in told
    await night.twilio.report(night.ana.message, "undelivered", 30005)  # told twice
    await night.world.settle()
    assert [p.state for p in (await night.world.detail(incident)).pages] == ["failed", "sent"]
    assert told == await lines(night, incident)


async def test_a_call_is_answered_by_a_key(night: House) -> None:
    incident = await night.fires()
    await night.world.advance(minutes=2)
    said = night.ana.picks_up()
    number = " ".join(str(incident))
    assert said.startswith(
        f"Critical. Incident {number}. Disk 94 percent full on d b 3. "
        "Press 1 to acknowledge, 2 to escalate, 9 to repeat."
    )
    assert "Press 1 to acknowledge" in await night.ana.presses("9")
    heard = await night.ana.presses("1")
    assert heard == f"Acknowledged. Incident {number} is yours. Goodbye."
    await night.world.settle()
    found = await night.world.incident(incident)
    assert (found.holder, found.holder_from) == ("ana", "voice")
    assert "answered by phone" in cards(night)[0]


async def test_voicemail_and_hanging_up_are_no_answer(night: House) -> None:
    incident = await night.fires()
    await night.world.advance(minutes=2)
    await night.twilio.report_call(night.ana.call, "completed", AnsweredBy="machine_start")
    await night.world.settle()
    assert await night.world.status(incident) is IncidentStatus.TRIGGERED
    assert "Ana Petrova did not pick up the call. A machine took the call." in await lines(
        night, incident
    )
    await night.world.advance(minutes=3)
    assert len(night.omar.inbox) == 1  # the policy goes on at its time


async def test_somebody_else_has_it_already(night: House) -> None:
    incident = await night.fires()
    await night.world.advance(minutes=5)
    await night.world.does("ana", "ack", incident)
    assert await night.omar.texts("1") == [
        f"Ana Petrova already has {incident} since 06:14. Nothing more to do."
    ]


async def test_an_ack_elsewhere_stops_a_telephone_that_rings(night: House) -> None:
    incident = await night.fires()
    await night.world.advance(minutes=2)
    assert night.ana.call.state == "ringing"
    await night.world.does("omar", "ack", incident)
    assert night.ana.call.state == "ended by us"
    assert len(night.ana.inbox) == 1  # nothing more to do is no reason to wake anybody


async def test_who_listens_is_not_cut_off_and_hears_that_somebody_has_it(night: House) -> None:
    incident = await night.fires()
    await night.world.advance(minutes=2)
    night.ana.picks_up()
    await night.world.does("omar", "ack", incident)
    assert night.ana.call.state == "in-progress"
    heard = await night.ana.presses("1")
    assert heard == "Omar Haddad already has it. Nothing more to do. Goodbye."
    assert (await night.world.incident(incident)).holder == "omar"


async def test_those_who_were_paged_by_sms_are_told_once_when_it_is_over(night: House) -> None:
    incident = await night.fires(resource="db-3")
    await night.world.advance(minutes=5)
    await night.world.does("omar", "ack", incident, surface="sms")
    await night.world.clears()
    over = f"OK {incident} Disk 94% full on db-3: resolved by itself 03:14 after 5 min"
    assert [b for b in night.ana.inbox if b.startswith("OK")] == [over]
    assert [b for b in night.omar.inbox if b.startswith("OK")] == [over.replace("03:14", "06:14")]


async def test_with_several_open_the_answer_says_so(night: House) -> None:
    first = await night.fires("a")
    second = await night.fires("b", labels={"service": "checkout"})
    # 1, 2 and 3 are codes before they are numbers of incidents.
    also = f"Also open: {first} (reply ack {first})"
    assert await night.ana.texts("1") == [f"Ack {second} done. {also}"]
    assert await night.ana.texts(f"ack {first}") == [f"Ack {first} done."]
    assert await night.world.status(second) is IncidentStatus.ACKNOWLEDGED


async def test_a_resolve_while_alerts_fire_has_to_be_meant(night: House) -> None:
    incident = await night.fires()
    await night.ana.texts("1")
    again = f"1 alert of {incident} still fires. Reply 3 again within 5 min to resolve it now."
    assert await night.ana.texts("3", sid="SMa") == [again]
    assert await night.ana.texts("3", sid="SMa") == [again]  # the same webhook once more
    await night.world.advance(minutes=6)
    assert await night.ana.texts("3") == [again]
    assert await night.ana.texts("3") == [f"{incident} is resolved."]
    assert await night.world.status(incident) is IncidentStatus.RESOLVED


async def test_a_reply_counts_once_however_often_it_comes(night: House) -> None:
    incident = await night.fires()
    for _ in range(3):
        assert await night.ana.texts("2", sid="SMb") == [
            f"Escalated {incident}. Paging Omar Haddad now."
        ]
    assert (await night.world.incident(incident)).step == 1


async def test_a_stranger_gets_no_answer_and_changes_nothing(night: House) -> None:
    incident = await night.fires()
    assert await night.twilio.phone("+33612345678").texts("1") == []
    assert await night.world.status(incident) is IncidentStatus.TRIGGERED


async def test_what_twilio_did_not_sign_is_refused_and_on_record(night: House) -> None:
    incident = await night.fires()
    night.twilio.sign_with = "guessed"
    assert await night.ana.texts("1") == []
    assert night.twilio.statuses == [403]
    assert await night.world.status(incident) is IncidentStatus.TRIGGERED
    denied = select(AUDIT.c.verb).where(AUDIT.c.outcome == "denied")
    rows = await night.world.app.reader.read(lambda tx: list(tx.conn.execute(denied).scalars()))
    assert rows == ["callback"]


async def test_whoever_says_stop_is_known_to(night: House) -> None:
    from store import contacts

    await night.fires()
    assert await night.ana.texts("STOP", OptOutType="STOP") == []
    known = await night.world.app.reader.read(lambda tx: contacts.get(tx, "ana", "sms", ANA))
    assert known.refused and known.failing
    await night.ana.texts("START")
    known = await night.world.app.reader.read(lambda tx: contacts.get(tx, "ana", "sms", ANA))
    assert not known.refused and known.verified_at == night.world.clock.at


async def test_a_contact_is_verified_by_the_first_answer_from_it(night: House) -> None:
    from store import contacts

    async def known() -> Contact:
        return await night.world.app.reader.read(lambda tx: contacts.get(tx, "ana", "sms", ANA))

    await night.fires()
    before = await known()
    assert before.sent_at == night.world.clock.at and before.verified_at is None
    await night.twilio.report(night.ana.message, "delivered")
    await night.world.advance(minutes=1)
    await night.ana.texts("1")
    after = await known()
    assert after.delivered_at == before.sent_at
    assert after.verified_at == after.worked_at == night.world.clock.at


async def test_a_call_back_reads_what_was_missed(night: House) -> None:
    incident = await night.fires()
    await night.world.advance(minutes=2)
    await night.twilio.report_call(night.ana.call, "no-answer")
    assert "Disk 94 percent full on d b 3. Press 1" in await night.ana.calls_back()
    assert "is yours" in await night.ana.presses("1")
    assert await night.world.status(incident) is IncidentStatus.ACKNOWLEDGED


async def test_a_send_whose_answer_was_lost_is_repeated_once_and_says_so(night: House) -> None:
    night.twilio.lose_answers = 1
    incident = await night.fires()
    await night.world.advance(seconds=10)
    assert len(night.ana.inbox) == 2 and "Sent again." in night.ana.inbox[1]
    assert any("It may be a copy." in line for line in await lines(night, incident))


async def test_what_twilio_says_to_have_arrived_is_not_repeated(night: House) -> None:
    night.twilio.lose_answers = 1
    incident = await night.fires()
    await night.twilio.report(night.ana.message, "delivered")
    await night.world.advance(minutes=1)
    assert len(night.ana.inbox) == 1
    assert [p.state for p in (await night.world.detail(incident)).pages] == ["delivered"]


async def test_the_process_dies_in_the_middle_of_a_send(night: House) -> None:
    night.twilio.hold()
    accepted = await night.world.door.intake(await night.world.source(), (alert(),))
    assert accepted.incident_id is not None
    await night.world.app.ticker.tick()
    while not night.twilio.holding:
        await night.world.app.outbox.pump()
        await asyncio.sleep(0.01)
    await night.world.die()
    night.twilio.go_on()
    await night.reborn()
    assert len(night.ana.inbox) == 2 and "Sent again." in night.ana.inbox[1]
    assert await night.ana.texts("1") == [f"Ack {accepted.incident_id} done."]
    assert await night.world.status(accepted.incident_id) is IncidentStatus.ACKNOWLEDGED


async def test_a_clear_resolves_and_nobody_is_called(night: House) -> None:
    incident = await night.fires()
    await night.world.hears(alert("k1", status=AlertStatus.RESOLVED))
    await night.world.advance(minutes=3)
    assert night.twilio.calls == []
    assert await night.world.status(incident) is IncidentStatus.RESOLVED


async def test_the_card_names_the_provider_that_refused(night: House) -> None:
    for number in (ANA, OMAR):
        night.twilio.refuse(number, 21610)
    incident = await night.fires()
    (card,) = cards(night)
    assert "Nobody could be reached:" in card
    assert "failed: Twilio 21610: the recipient answered STOP" in card
    states = {(p.via, p.state, p.error) for p in (await night.world.detail(incident)).pages}
    assert ("sms", "failed", "Twilio 21610: the recipient answered STOP") in states
