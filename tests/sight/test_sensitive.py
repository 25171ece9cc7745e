"""Sensitive labels and notes: hidden by role, in every channel, and never an oracle."""

from __future__ import annotations

import pytest

from commands.rules.sight import HIDDEN, Sensitive
from tests.support.world import World

VALUE = "quokkamart"
LABELS = {"team": "db", "customer": VALUE, "service": "checkout"}
WORDS = Sensitive(("customer", "user_*"), (r"\bDE\d{20}\b",))


def test_a_masked_label_shows_its_name_and_never_how_long_its_value_is() -> None:
    assert WORDS.masked({"customer": "a", "host": "db-1"}) == {"customer": HIDDEN, "host": "db-1"}
    assert WORDS.masked({"user_email": "a" * 90})["user_email"] == HIDDEN
    assert WORDS.masked({"User_Email": "x"})["User_Email"] == HIDDEN


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Checkout fails for QuokkaMart", "Checkout fails for [hidden]"),
        ("quokkamart.example.eu is slow", "[hidden].example.eu is slow"),
        ("quokkamarts are many", "quokkamarts are many"),
        ("pay to DE00000000000000000000 now", "pay to [hidden] now"),
    ],
)
def test_a_value_is_taken_out_of_sentences_where_it_stands_by_itself(text: str, shown: str) -> None:
    assert WORDS.blank(text, {VALUE}) == shown


async def test_channels_show_no_value_and_pages_show_it_to_who_may(world: World) -> None:
    await world.fires("k1", title=f"Checkout fails for {VALUE}", labels=LABELS)
    (card,) = world.pad.cards.values()
    assert VALUE not in repr(card)
    assert "Checkout fails for [hidden]" in repr(card)
    assert VALUE in repr([card for account, card in world.pad.direct if account == "U0OMAR"])


async def test_who_may_not_see_it_reads_a_marker(world: World) -> None:
    number = await world.fires("k1", title=f"Down for {VALUE}", labels=LABELS)
    seen = await world.asks("mei", "show", incident=number)
    assert seen.incident.labels["customer"] == HIDDEN
    assert seen.alerts[0].labels["customer"] == HIDDEN
    assert seen.incident.title == "Down for [hidden]"
    assert VALUE not in repr(seen)
    assert (await world.asks("omar", "show", incident=number)).incident.title == f"Down for {VALUE}"


async def test_filters_on_it_find_nothing_whatever_is_guessed(world: World) -> None:
    number = await world.fires("k1", title=f"Down for {VALUE}", labels=LABELS)
    other = await world.fires("k2", title="Other", labels={**LABELS, "customer": "emu"})
    for asked in (
        {"label": f"customer={VALUE}"}, {"filter": f"customer={VALUE}"}, {"q": VALUE},
        {"filter": f"customer={VALUE[:3]}*"},
    ):  # fmt: skip
        assert (await world.asks("mei", "list", **asked)).incidents == ()
        assert [i.id for i in (await world.asks("omar", "list", **asked)).incidents] == [number]
    both = {i.id for i in (await world.asks("mei", "list", filter=f"customer!={VALUE}")).incidents}
    assert both in ({number, other}, set())
    groups = (await world.asks("mei", "list", filter="group=customer")).groups
    assert VALUE not in repr(groups)
    assert VALUE not in repr(await world.asks("mei", "completions", text="customer="))


async def test_a_value_of_an_alert_that_joined_is_hidden_in_notes_too(world: World) -> None:
    number = await world.fires("k1", title="Down", labels={"team": "db", "service": "checkout"})
    await world.fires("k2", title="Down too", labels={**LABELS})
    await world.does("omar", "note", number, text=f"{VALUE} calls all the time")
    said = "\n".join(text for _, text in world.pad.said)
    assert VALUE not in said
    assert "[hidden] calls all the time" in said
    assert VALUE not in repr(await world.asks("mei", "show", incident=number))


async def test_a_sensitive_note_is_read_by_who_may(world: World) -> None:
    number = await world.fires("k1", labels={"team": "db"})
    await world.does("omar", "note", number, text="the code is 4711", sensitive=True)
    assert not [text for _, text in world.pad.said if "4711" in text]
    assert [text for _, text in world.pad.said if "sensitive note" in text]
    assert "4711" not in repr(await world.asks("mei", "show", incident=number))
    assert "4711" in repr(await world.asks("omar", "show", incident=number))


async def test_a_typed_note_is_sensitive_by_its_flag(world: World) -> None:
    number = await world.fires("k1", labels={"team": "db"})
    await world.app.desk.line(
        f"note {number} --sensitive the code is 4711", world.actor("omar"), "k", None
    )
    await world.settle()
    assert "4711" not in repr(await world.asks("mei", "show", incident=number))
    assert "4711" in repr(await world.asks("omar", "show", incident=number))


async def test_an_answer_in_a_thread_hides_what_its_reader_may_not_see(world: World) -> None:
    number = await world.fires("k1", title=f"Down for {VALUE}", labels=LABELS)
    answer = await world.app.desk.line(f"show {number}", world.actor("mei"), "k", None)
    assert VALUE not in repr(answer)
