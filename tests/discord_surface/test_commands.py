"""Commands with the real discord.py: forms of their own, questions, hints and times, as people see
them in Discord."""

from __future__ import annotations

from tests.discord_surface.test_end_to_end import House, _catalog, build, house

__all__ = ["_catalog", "build", "house"]


async def test_a_command_without_its_options_is_filled_in_in_a_modal(house: House) -> None:
    incident, _ = await house.fires()
    omar, ops, fake = house.person("Omar"), house.fake.channel("ops"), house.fake
    form = await fake.command(omar, ops, "pv snooze")
    assert form.modal is not None and form.modal["title"] == "Snooze"
    wrong = await fake.submit(omar, form, {"incident": str(incident), "until": "sat 25:00"})
    assert "sat 25:00 is not a time. Try: sat 20:00, tomorrow 9am, in 2h." in wrong.text
    assert wrong.message is not None
    again = await fake.press(omar, wrong.message, "Open the form again")
    done = await fake.submit(omar, again, {"until": "in a fortnight"})
    until = (await house.detail(incident)).incident.snoozed_until
    assert until is not None and done.message is not None
    assert f"<t:{until // 1000}:F>" in str(done.message.content) + str(done.message.components)


async def test_a_time_is_echoed_while_it_is_typed(house: House) -> None:
    omar, ops = house.person("Omar"), house.fake.channel("ops")
    found = await house.fake.autocomplete(omar, ops, "pv snooze", "until", "übermorgen 9 uhr")
    [choice] = found
    assert choice["value"] == "übermorgen 9 uhr"
    assert choice["name"].startswith("übermorgen 9 uhr → ") and "09:00 Dubai" in choice["name"]


async def test_questions_and_help_have_buttons_that_work(house: House) -> None:
    incident, _ = await house.fires()
    ana, ops, fake = house.person("Ana"), house.fake.channel("ops"), house.fake
    asked = await fake.command(ana, ops, "pv escalate", {"incident": str(incident)})
    assert asked.message is not None and "Page Omar now?" in asked.text
    await fake.press(ana, asked.message, "Page Omar")
    assert (await house.detail(incident)).incident.step == 1
    helped = await fake.command(ana, ops, "pv help", {"verb": "override"})
    assert helped.message is not None
    assert helped.text.startswith("/oncall override [how] <who>")
    form = await fake.press(ana, helped.message, "override…")
    assert form.modal is not None and str(form.modal["title"]).startswith("Override")
