"""Sessions: by hash alone, one secret after the other, ended once."""

from __future__ import annotations

import pytest

from store import sessions
from store.model import DAY, SECOND
from store.sessions import ANEW, GRACE, New, Session, Shown
from tests.store.conftest import NOW, Base


async def begun(base: Base, **more: str) -> tuple[Session, str]:
    """A session of ana's and its cookie."""
    new = New("ana", "slack", "mark", "192.0.2.7", "Firefox", **more)  # type: ignore[arg-type]
    return await base.do(lambda tx: sessions.begin(tx, NOW, new))


async def shows(base: Base, cookie: str, at: int = NOW) -> Shown | None:
    """Which secret a cookie shows."""
    found = await base.read(lambda tx: sessions.find(tx, cookie, at))
    return found[1] if found else None


async def offered(base: Base, cookie: str, at: int) -> str | None:
    """What is offered to whoever comes with a cookie."""
    found = await base.read(lambda tx: sessions.find(tx, cookie, at))
    assert found
    return await base.do(lambda tx: sessions.offer(tx, found[0], cookie, at))


async def test_a_session_is_kept_by_hash_and_says_from_where_it_is(base: Base) -> None:
    made, cookie = await begun(base)
    assert await shows(base, cookie) is Shown.NOW
    kept = await base.read(lambda tx: sessions.get(tx, made.id))
    assert kept == made
    assert (made.address, made.agent, made.how) == ("192.0.2.7", "Firefox", "slack")
    selector, secret = sessions.split(cookie) or ("", "")
    rows = await base.read(lambda tx: repr(tx.conn.exec_driver_sql("SELECT * FROM sessions").all()))
    assert selector not in rows and secret not in rows and "192.0.2.7" not in rows


@pytest.mark.parametrize("cookie", ["", "pvs_", "pvs_a", "pvs_a.", "pvs_.b", "pvl_a.b", "pvs_ä.b"])
async def test_what_is_no_cookie_of_ours_shows_nothing(base: Base, cookie: str) -> None:
    await begun(base)
    assert await shows(base, cookie) is None


async def test_a_right_selector_with_another_secret_is_foreign(base: Base) -> None:
    _, cookie = await begun(base)
    assert await shows(base, cookie[:-1] + ("A" if cookie[-1] != "A" else "B")) is Shown.FOREIGN


async def test_an_offered_secret_counts_once_it_comes_back(base: Base) -> None:
    made, old = await begun(base)
    new = await offered(base, old, NOW)
    assert new is not None and new != old
    assert await shows(base, old) is Shown.NOW
    assert await shows(base, new) is Shown.OFFERED
    assert await base.do(lambda tx: sessions.take_over(tx, made, new, NOW))
    assert await shows(base, new) is Shown.NOW
    assert await shows(base, old, NOW + GRACE) is Shown.BEFORE
    assert await shows(base, old, NOW + GRACE + 1) is Shown.FOREIGN
    assert not await base.do(lambda tx: sessions.take_over(tx, made, new, NOW))


async def test_of_two_requests_at_once_one_is_offered_a_secret(base: Base) -> None:
    made, cookie = await begun(base)
    first = await base.do(lambda tx: sessions.offer(tx, made, cookie, NOW))
    second = await base.do(lambda tx: sessions.offer(tx, made, cookie, NOW))
    assert first is not None and second is None


async def test_an_offer_that_got_lost_is_made_again(base: Base) -> None:
    _, cookie = await begun(base)
    lost = await offered(base, cookie, NOW)
    again = await offered(base, cookie, NOW + ANEW)
    assert lost and again and again != lost
    assert await shows(base, lost) is Shown.FOREIGN
    assert await shows(base, again) is Shown.OFFERED
    assert await shows(base, cookie) is Shown.NOW


async def test_a_session_ends_once_and_is_offered_nothing_then(base: Base) -> None:
    made, cookie = await begun(base)
    assert await base.do(lambda tx: sessions.end(tx, made.id, NOW, "out"))
    assert not await base.do(lambda tx: sessions.end(tx, made.id, NOW, "out"))
    assert await offered(base, cookie, NOW + SECOND) is None
    assert await base.read(lambda tx: sessions.of(tx, "ana")) == []


async def test_what_is_long_over_is_forgotten(base: Base) -> None:
    await begun(base)
    assert await base.do(lambda tx: sessions.forget(tx, NOW + 43 * DAY)) == 0
    assert await base.do(lambda tx: sessions.forget(tx, NOW + 45 * DAY)) == 1


async def test_a_browser_is_known_by_its_mark_for_one_person(base: Base) -> None:
    await begun(base)
    assert await base.read(lambda tx: sessions.knows_browser(tx, "ana", "mark"))
    assert not await base.read(lambda tx: sessions.knows_browser(tx, "omar", "mark"))
    assert not await base.read(lambda tx: sessions.knows_browser(tx, "ana", "other"))
