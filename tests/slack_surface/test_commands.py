"""Commands with the real slack-bolt: forms of their own, questions, hints and times, as people see
them in Slack."""

from __future__ import annotations

from bot.slack import SlackSurface
from tests.slack_surface.support import Desk
from tests.slack_surface.test_whole_service import Service, service
from tests.support.slack import FakeSlack, User

__all__ = ["service"]


async def test_a_command_without_its_words_is_filled_in_in_a_modal(service: Service) -> None:
    await service.fires()
    slack = service.slack
    form = (await slack.command("omar", service.ops, "/pv snooze")).modal
    assert form is not None and form.title == "Snooze"
    [one] = await slack.suggest("omar", form, "incident", "1")
    assert str(one).count("#1 Disk 94 % full on db-3")
    wrong = await slack.submit("omar", form, {"incident": one, "until": "sat 25:00"})
    assert wrong.errors == {
        "until": "sat 25:00 is not a time. Try: sat 20:00, tomorrow 9am, in 2h."
    }
    done = await slack.submit("omar", form, {"incident": one, "until": "in a fortnight"})
    assert done.modal is not None
    assert "“in a fortnight” is read as" in done.modal.visible_text
    [date] = [e for e in _elements(done.modal.blocks) if e.get("type") == "date"]
    until = (await service.record()).incident.snoozed_until
    assert until is not None
    assert abs(int(str(date["timestamp"])) - until // 1000) <= 60, "to the minute"


async def test_a_query_that_needs_words_has_a_modal_too(service: Service) -> None:
    await service.fires()
    form = (await service.slack.command("omar", service.ops, "/pv why")).modal
    assert form is not None
    answer = await service.slack.submit("omar", form, {})
    assert answer.modal is not None and "Route db" in answer.modal.visible_text


async def test_hints_questions_and_help_have_buttons_that_work(service: Service) -> None:
    card = await service.fires()
    slack = service.slack
    asked = await slack.command("ana", service.ops, "/pv escalate 1")
    assert "Page Omar now?" in asked.text and "for Omar." in asked.text
    await slack.press("ana", asked.ephemeral[0], "Page Omar")
    await service.says(card, "step 2")
    hint = await slack.command("ana", service.ops, "/pv asign 1 omar")
    await slack.press("ana", hint.ephemeral[0], "/pv assign 1 omar")
    assert (await service.record()).incident.assignee == "omar"
    helped = await slack.command("ana", service.ops, "/pv help override")
    form = (await slack.press("ana", helped.ephemeral[0], "override…")).modal
    assert form is not None and form.title == "Override"


def _elements(found: object) -> list[dict[str, object]]:
    if isinstance(found, list):
        return [e for one in found for e in _elements(one)]
    if isinstance(found, dict):
        return [found, *(e for one in found.values() for e in _elements(one))]
    return []


async def test_in_a_war_room_a_command_needs_no_number(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    desk.places[""] = 1842
    await fake.command(ana, "ops", "/pv ack")
    [(text, _, _, incident)] = desk.named("typed")
    assert (text, incident) == ("ack", 1842)
