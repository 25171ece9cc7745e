"""Saved views as rows, on every engine."""

from __future__ import annotations

from store import views
from store.views import EVERYBODY
from tests.store.conftest import NOW, Base


async def test_a_view_has_one_name_for_each_owner(base: Base) -> None:
    await base.do(lambda tx: views.put(tx, NOW, "ana", "Pay", "critical", "ana"))
    await base.do(lambda tx: views.put(tx, NOW, EVERYBODY, "pay", "warning", "ana"))
    again = await base.do(lambda tx: views.put(tx, NOW + 5, "ana", "PAY", "error", "ana"))
    assert (again.name, again.made_at, again.changed_at) == ("PAY", NOW, NOW + 5)
    found = await base.read(lambda tx: views.of(tx, ("ana", EVERYBODY)))
    assert sorted((v.owner, v.name, v.words) for v in found) == [
        (EVERYBODY, "pay", "warning"), ("ana", "PAY", "error"),
    ]  # fmt: skip
    assert await base.read(lambda tx: views.count(tx, "ana")) == 1
    assert await base.read(lambda tx: views.named(tx, "omar", "pay")) is None


async def test_a_view_is_renamed_and_begins_a_day_until_it_is_gone(base: Base) -> None:
    made = await base.do(lambda tx: views.put(tx, NOW, "team:db", "pay", "critical", "ana"))
    assert made.team == "db"
    await base.do(lambda tx: views.begin_with(tx, "omar", made))
    await base.do(lambda tx: views.rename(tx, NOW, made, "billing"))
    first = await base.read(lambda tx: views.first(tx, "omar"))
    assert first is not None
    assert (first.id, first.name, first.words) == (made.id, "billing", "critical")
    assert await base.read(lambda tx: views.named(tx, "team:db", "pay")) is None
    await base.do(lambda tx: views.begin_with(tx, "omar", None))
    assert await base.read(lambda tx: views.first(tx, "omar")) is None
    await base.do(lambda tx: views.begin_with(tx, "omar", made))
    await base.do(lambda tx: views.remove(tx, made))
    assert await base.read(lambda tx: views.first(tx, "omar")) is None
    assert await base.read(lambda tx: views.of(tx, ("team:db",))) == []
