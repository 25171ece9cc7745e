"""Who is asked, in which order, and what happens when nobody can be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commands.errors import Conflict, Invalid
from integrations.base import Permanent
from store.model import IncidentStatus
from tests.support.world import World, alert

YAML = """
people:
  ana:
    name: Ana Petrova
    email: ana@example.eu
    roles: [admin]
    slack: U0ANA
    rules: [{after: 0, via: slack}, {after: 2, via: email}]
    important: [{after: 0, via: email}]
  omar: {name: Omar Haddad, email: omar@example.eu, slack: U0OMAR}
  mute: {name: Mute Swan}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
  web: {members: [omar], lead: omar}
  idle: {members: [mute]}
policies:
  gappy:
    steps:
      - {targets: [person:ana], delay: 5}
      - {targets: [oncall:web], delay: 5}
    repeat: 1
    fallback: [person:omar]
  critical-only:
    steps:
      - {targets: [person:ana], delay: 5, severity: [critical]}
      - {targets: [person:omar, lead:db], delay: 5, important: true}
    fallback: [person:mute]
  nobody:
    steps: [{targets: [oncall:web]}]
    repeat: 3
    fallback: [team:idle]
routes:
  - {name: gappy, match: {p: gappy}, policy: gappy, team: db, channels: ["slack:#ops"]}
  - {name: critical, match: {p: critical}, policy: critical-only, team: db}
  - {name: nobody, match: {p: nobody}, policy: nobody}
  - {name: rest, team: db}
"""


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house with policies that have holes."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


async def fires(house: World, policy: str, severity: str = "critical") -> int:
    """An alert that goes to a policy."""
    return await house.fires(severity=severity, labels={"p": policy})


async def test_rules_run_from_the_instant_somebody_is_asked(house: World) -> None:
    await fires(house, "gappy")
    assert house.paged() == ["U0ANA"]
    await house.advance(minutes=1, seconds=59)
    assert house.paged() == ["U0ANA"]
    await house.advance(seconds=1)
    assert house.paged() == ["U0ANA", "ana"]


async def test_a_pass_that_paged_somebody_is_followed_by_the_next_pass(house: World) -> None:
    incident = await fires(house, "gappy")
    house.clear()
    await house.advance(minutes=5)  # nobody is on call for web: skipped at once
    assert [a for a, _ in house.pad.pages] == ["U0ANA"]
    kinds = await house.history(incident)
    assert kinds.count("skip") == 1 and "exhausted" not in kinds
    await house.advance(minutes=5)
    assert [a for a, _ in house.pad.pages] == ["U0ANA", "U0OMAR"]
    assert "exhausted" in await house.history(incident)


async def test_a_pass_that_pages_nobody_ends_the_asking_at_once(house: World) -> None:
    incident = await fires(house, "nobody")
    found = await house.incident(incident)
    assert found.next is not None and found.next.why == "nobody could be reached"
    kinds = await house.history(incident)
    assert kinds.count("skip") == 1 and kinds.count("exhausted") == 1
    assert "page_failed" not in kinds or house.paged() == []
    await house.minute()
    assert (await house.history(incident)).count("self_audit") == 0


async def test_a_step_for_another_severity_is_skipped_and_nobody_is_paged_twice(
    house: World,
) -> None:
    incident = await fires(house, "critical", "warning")
    assert house.paged() == ["U0OMAR", "omar"]
    why = "\n".join(await house.asks("ana", "why", incident=incident))
    assert "It is not for warning." in why


async def test_a_worse_alert_reaches_the_holder_by_important_rules(house: World) -> None:
    incident = await house.fires("a", severity="warning")
    await house.does("ana", "ack", incident)
    house.clear()
    await house.fires("b", severity="critical")
    assert house.paged() == ["ana"]


async def test_who_has_no_contact_can_not_be_assigned(house: World) -> None:
    incident = await house.fires()
    before = await house.incident(incident)
    with pytest.raises(Conflict, match="Mute Swan can't be paged"):
        await house.does("ana", "assign", incident, who="mute")
    with pytest.raises(Invalid, match="nobody on call and no lead"):
        await house.does("ana", "assign", incident, who="team:idle")
    with pytest.raises(Invalid, match=r"There is no team x\. Teams: db, idle, web"):
        await house.does("ana", "assign", incident, who="team:x")
    with pytest.raises(Invalid, match="I don't know zoe"):
        await house.does("ana", "assign", incident, who="zoe")
    assert await house.incident(incident) == before


async def test_a_team_without_anybody_on_call_asks_its_lead(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "assign", incident, who="web")
    assert (await house.incident(incident)).assignee == "omar"


async def test_an_assigned_person_takes_over_with_a_plain_ack(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.does("ana", "assign", incident, who="omar", text="you know it")
    found = await house.incident(incident)
    assert (found.holder, found.assignee, found.status) == ("ana", "omar", "acknowledged")
    await house.does("omar", "ack", incident)
    found = await house.incident(incident)
    assert (found.holder, found.assignee) == ("omar", None)


async def test_an_assignment_nobody_answers_leaves_it_with_its_holder(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.does("ana", "assign", incident, who="omar")
    house.clear()
    await house.advance(minutes=30)
    found = await house.incident(incident)
    assert (found.holder, found.assignee) == ("ana", None)
    assert found.next is not None and found.next.kind == "asks_again"
    assert house.paged() == []


async def test_the_assign_lease_counts_from_the_last_rule(house: World) -> None:
    incident = await house.fires()
    await house.does("omar", "assign", incident, who="ana")
    await house.advance(minutes=11, seconds=59)
    assert (await house.incident(incident)).assignee == "ana"
    await house.advance(seconds=1)
    found = await house.incident(incident)
    assert (found.assignee, found.status) == (None, IncidentStatus.TRIGGERED)


async def test_a_refused_assignment_goes_back_to_paging_at_once(house: World) -> None:
    incident = await house.fires()
    house.pad.refuse["page"] = Permanent("account_inactive")
    house.mail.refuse = True
    await house.does("ana", "assign", incident, who="omar")
    found = await house.incident(incident)
    assert found.assignee is None
    assert found.next is not None and found.next.why == "nobody could be reached"


async def test_escalate_goes_to_the_step_that_was_asked_for(house: World) -> None:
    incident = await fires(house, "critical")
    house.clear()
    await house.does("ana", "escalate", incident, step=1)
    assert house.paged() == ["U0OMAR", "omar"]
    await house.advance(seconds=1)
    house.clear()
    await house.does("ana", "escalate", incident)
    assert house.paged() == ["U0ANA"]  # after the last step it is the first again
    with pytest.raises(Invalid, match="critical-only has steps 1 to 2"):
        await house.does("ana", "escalate", incident, step=2)


async def test_the_first_page_goes_out_although_the_chat_refuses_the_card(house: World) -> None:
    house.pad.refuse["post"] = Permanent("channel_not_found")
    incident = await fires(house, "gappy")
    assert house.paged() == ["U0ANA"]
    assert "send_failed" in await house.history(incident)
    house.pad.refuse.clear()
    await house.does("ana", "ack", incident)
    assert len(house.pad.cards) == 1  # the next change heals it


async def test_those_who_were_paged_get_one_silent_edit_when_somebody_has_it(
    house: World,
) -> None:
    incident = await fires(house, "critical", "warning")
    await house.does("ana", "ack", incident)
    assert len(house.pad.repages) == 1


async def test_the_self_audit_finds_who_was_forgotten(house: World) -> None:
    from store.tables import TIMERS

    incident = await house.fires()
    await house.door.system(lambda ctx: ctx.tx.conn.execute(TIMERS.delete()))
    await house.minute()
    assert "self_audit" not in await house.history(incident)  # it changed just now
    house.clear()
    await house.advance(minutes=1)
    await house.minute()
    assert house.paged() == ["U0ANA"]
    assert "self_audit" in await house.history(incident)


async def test_every_minute_the_audit_is_anchored(house: World) -> None:
    from store import audit

    await house.fires()
    await house.minute()
    rows, anchors, flaws = await house.app.reader.read(audit.verify)
    assert rows > 0 and anchors == 1 and flaws == []


async def test_a_linked_account_is_paged_though_no_file_names_it(house: World) -> None:
    people = house.door.definitions().people
    await house.app.identity.link(people["mute"], "slack", "U0MUTE", "by hand")
    incident = await house.fires()
    house.clear()
    await house.does("ana", "assign", incident, who="mute")
    assert house.paged() == ["U0MUTE"]


async def test_a_storm_of_one_group_is_one_card_and_few_edits(house: World) -> None:
    source = await house.source()
    for n in range(20):
        storm = [alert(f"k{n}-{m}", labels={"p": "gappy"}) for m in range(10)]
        await house.door.intake(source, tuple(storm))
    await house.settle()
    assert len(house.pad.posts) == 1
    assert len(house.pad.edits) <= 3
    assert house.paged() == ["U0ANA"]
    (incident,) = (await house.asks("ana", "list")).incidents
    assert (incident.alerts_total, incident.alerts_firing) == (200, 200)


async def test_a_group_is_full_at_five_hundred_and_its_keys_stay(house: World) -> None:
    many = tuple(alert(f"k{n}", labels={"p": "gappy"}) for n in range(501))
    accepted = await house.hears(*many)
    first, second = accepted.incidents
    assert (await house.incident(first)).alerts_total == 500
    assert (await house.incident(second)).alerts_total == 1
    assert await house.fires("k0", labels={"p": "gappy"}) == first
    assert await house.fires("new", labels={"p": "gappy"}) == second


async def test_groups_never_cross_routes(house: World) -> None:
    one = await house.fires("a", labels={"p": "gappy"})
    two = await house.fires("b", labels={"p": "critical"})
    assert one != two
    assert (await house.incident(one)).service == (await house.incident(two)).service
