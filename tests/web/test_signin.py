"""Getting in: a link works once, within 10 minutes, in the one browser it belongs to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cards.model import Account, Private
from commands.entering import Caller, letter_secret
from store import audit, signins
from store.db import Tx
from store.model import DAY, MINUTE
from store.tables import AUDIT
from tests.support.world import words
from tests.web.site import PART, SAME, Site, Visitor

OPENS = {"Sec-Fetch-Mode": "navigate", "User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/150.0"}


async def record(site: Site, verb: str) -> list[dict[str, object]]:
    """The outcomes and details of a verb on record."""

    def read(tx: Tx) -> list[dict[str, object]]:
        rows = tx.conn.execute(AUDIT.select().where(AUDIT.c.verb == verb).order_by(AUDIT.c.seq))
        return [
            {"outcome": r.outcome, "actor": r.actor}
            | tx.ring.open("audit", f"{r.writer}.{r.seq}", r.sealed)
            for r in rows
        ]

    return await site.world.app.reader.read(read)


async def told(site: Site) -> list[str]:
    """What was said directly to somebody."""
    await site.world.settle()
    return [f"{card.head.word} {card.head.title}" for _, card in site.world.pad.direct]


async def types(site: Site, line: str, handle: str) -> str:
    """What is answered to a line in chat, privately."""
    account = Account("slack", "T", f"U0{handle.upper()}", handle)
    answer = await site.world.app.desk.typed(line, account, f"{line}{site.world.clock.at}")
    assert isinstance(answer, Private) and answer.note is not None
    return words(answer.note)


async def test_without_a_session_a_page_says_how_to_get_in(site: Site) -> None:
    stranger = site.stranger()
    for path in ("/", "/i/1", "/oncall", "/ask/ack?incident=1", "/events", "/suggest?q=a"):
        page = await stranger.get(path)
        assert page.status == 401
        assert "<form" not in page.text
    assert 'href="/signin?next=%2Fi%2F1"' in (await stranger.get("/i/1")).text
    ways = await stranger.get("/signin")
    assert "python -m bot signin" in ways.words
    assert "by e-mail" not in ways.words


async def test_looking_at_a_link_uses_nothing_up_and_lets_nobody_in(site: Site) -> None:
    secret, scanner = await site.link("ana"), site.stranger()
    for _ in range(3):
        page = await scanner.get(f"/signin?link={secret}")
        assert page.status == 200
        assert "Ana Petrova" in page.words
        assert "Set-Cookie" not in page.headers
    assert (await scanner.get("/")).status == 401
    stranger = site.stranger()
    await stranger.get(f"/signin?link={secret}", **OPENS)
    assert (await stranger.get("/")).status == 401
    assert (await stranger.post("/signin", {"link": secret})).status == 303
    assert (await stranger.get("/")).status == 200


async def test_a_link_works_once(site: Site) -> None:
    secret = await site.link("ana")
    first, second = site.stranger(), site.stranger()
    assert (await first.post("/signin", {"link": secret})).location == "/"
    again = await second.post("/signin", {"link": secret})
    assert again.status == 410
    assert "does not work any more" in again.words
    assert "pv" not in second.cookies()
    assert (await second.get(f"/signin?link={secret}")).status == 410


async def test_a_link_belongs_to_the_browser_that_opened_it_and_its_owner_hears_of_another(
    site: Site,
) -> None:
    secret, mine, thief = await site.link("ana"), site.stranger(), site.stranger()
    await mine.get(f"/signin?link={secret}", **OPENS)
    looked = await thief.get(f"/signin?link={secret}", **OPENS)
    assert (looked.status, "another browser" in looked.words) == (410, True)
    assert "Ana" not in looked.words
    assert (await thief.post("/signin", {"link": secret})).status == 410
    assert "pv" not in thief.cookies()
    (heard,) = await told(site)
    assert "Your sign-in link was opened a second time" in heard
    (kept,) = [r for r in await record(site, "signin") if r["outcome"] == "denied"]
    assert (kept["why"], kept["browser"]) == ("another browser's link", "Firefox on Linux")
    assert (kept["address"], kept["surface"]) == ("127.0.0.1", "web")
    assert (await mine.post("/signin", {"link": secret})).status == 303


async def test_a_scanner_does_not_take_a_link_from_its_owner(site: Site) -> None:
    secret, scanner, mine = await site.link("ana"), site.stranger(), site.stranger()
    await scanner.get(f"/signin?link={secret}")
    await scanner.get(f"/signin?link={secret}", **OPENS, **{"Sec-Purpose": "prefetch"})
    assert (await mine.get(f"/signin?link={secret}", **OPENS)).status == 200
    assert (await mine.post("/signin", {"link": secret})).status == 303


async def test_a_link_ends_after_10_minutes(site: Site) -> None:
    secret, stranger = await site.link("ana"), site.stranger()
    site.world.clock.at += 10 * MINUTE
    assert (await stranger.get(f"/signin?link={secret}")).status == 410
    assert (await stranger.post("/signin", {"link": secret})).status == 410
    assert "pv" not in stranger.cookies()


async def test_a_made_up_link_lets_nobody_in_and_is_on_record(site: Site) -> None:
    stranger = site.stranger()
    assert (await stranger.post("/signin", {"link": "pvl_made-up"})).status == 410
    assert (await stranger.post("/signin", {})).status == 410
    assert (await stranger.get("/signin")).status == 200
    assert [r["outcome"] for r in await record(site, "signin")] == ["denied", "denied"]


async def test_another_site_cannot_sign_anybody_in(site: Site) -> None:
    secret, victim = await site.link("ana"), site.stranger()
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ):
        for path in ("/signin", "/signin/code", "/signin/code/enter", "/signin/letter"):
            assert (await victim.post(path, {"link": secret}, headers)).status == 403
    assert "pv" not in victim.cookies()
    page = await victim.get(f"/signin?link={secret}", **OPENS)
    quiet = {"link": secret, **page.fields("/signin")}
    assert (await victim.post("/signin", quiet, {"Origin": "null"})).status == 303


async def test_a_session_that_was_there_before_ends_with_a_new_sign_in(site: Site) -> None:
    omar = await site.visitor("omar")
    before = omar.cookies()["pv"]
    assert (await omar.post("/signin", {"link": await site.link("ana")})).status == 303
    assert omar.cookies()["pv"] != before
    assert (await site.stranger().get("/", Cookie=f"pv={before}")).status == 401


async def test_a_cookie_somebody_planted_is_not_made_a_session(site: Site) -> None:
    victim = site.stranger()
    planted = "pvs_planted-selector-x.planted-secret"
    victim.keeps(pv=planted)
    assert (await victim.post("/signin", {"link": await site.link("ana")})).status == 303
    assert victim.cookies()["pv"] != planted
    assert (await site.stranger().get("/", Cookie=f"pv={planted}")).status == 401


async def test_signing_out_ends_the_session_on_the_server_too(site: Site, ana: Visitor) -> None:
    kept = ana.cookies()["pv"]
    gone = await ana.post("/signout", {"csrf": await ana.csrf()})
    assert gone.status == 200
    assert "You are signed out" in gone.words
    assert "pv" not in ana.cookies()
    thief = site.stranger()
    assert (await thief.get("/", Cookie=f"pv={kept}")).status == 401
    (kept_on,) = await record(site, "signout")
    assert kept_on["actor"] == "person:ana"


async def test_a_session_ends_after_three_idle_days(site: Site, ana: Visitor) -> None:
    site.world.clock.at += 2 * DAY
    assert (await ana.get("/oncall")).status == 200
    site.world.clock.at += 3 * DAY
    assert (await ana.get("/oncall")).status == 401


async def test_a_script_without_a_session_is_told_in_json(site: Site) -> None:
    answer = await site.stranger().get("/", **PART)
    assert (answer.status, answer.text) == (401, '{"out": true}')


async def test_the_cookie_is_for_this_host_alone_where_the_address_is_https(
    tmp_path: Path,
) -> None:
    site = await Site.build(f"sqlite:///{tmp_path}/x.db", tmp_path, address="https://pv.example.eu")
    try:
        answer = await site.stranger().post("/signin", {"link": await site.link()}, SAME)
        both = answer.all("Set-Cookie")
        assert [c.partition("=")[0] for c in both] == ["__Host-pv-browser", "__Host-pv"]
        for cookie in both:
            for part in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
                assert part in cookie
            assert "Domain" not in cookie
        assert both[1].startswith("__Host-pv=pvs_") and "Max-Age=1209600" in both[1]
    finally:
        await site.end()


async def test_the_cookie_of_a_plain_address_is_kept_from_scripts(site: Site) -> None:
    answer = await site.stranger().post("/signin", {"link": await site.link()})
    both = answer.all("Set-Cookie")
    assert [c.partition("=")[0] for c in both] == ["pv-browser", "pv"]
    for cookie in both:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


# codes


def shown(text: str) -> str:
    """The code of a page."""
    found = re.search(r'class="code"[^>]*>([0-9A-Z]{4}-[0-9A-Z]{4})<', text)
    assert found, text
    return found[1]


async def test_a_code_said_in_chat_lets_the_browser_in_that_shows_it(site: Site) -> None:
    waits, other = site.stranger(), site.stranger()
    await waits.get("/signin", **OPENS)
    asked = await waits.post("/signin/code", {"next": "/oncall"})
    assert (asked.status, asked.location) == (303, "/signin/code")
    page = await waits.get("/signin/code")
    code = shown(page.text)
    assert page.headers["Refresh"] == "5"
    assert (await other.get("/signin/code")).status == 410
    question = await types(site, "signin " + code.lower(), "ana")
    assert "to be let in as you" in question
    assert "Ana" not in (await waits.get("/signin/code")).words
    assert (await waits.post("/signin/code/enter", {})).status == 410
    assert "Go on at that browser" in await types(site, f"signin {code} --sure", "ana")
    assert (await other.post("/signin/code/enter", {})).status == 410
    assert "Go on as Ana" in (await waits.get("/signin/code")).words
    entered = await waits.post("/signin/code/enter", {})
    assert (entered.status, entered.location) == (303, "/oncall")
    assert (await waits.get("/oncall")).status == 200
    assert (await waits.post("/signin/code/enter", {})).status == 410


async def test_a_code_that_is_refused_or_old_lets_nobody_in(site: Site) -> None:
    waits = site.stranger()
    await waits.post("/signin/code", {})
    code = shown((await waits.get("/signin/code")).text)
    assert "Refused" in await types(site, f"signin {code} --refuse", "omar")
    assert (await waits.get("/signin/code")).status == 410
    await waits.post("/signin/code", {})
    again = shown((await waits.get("/signin/code")).text)
    assert again != code
    site.world.clock.at += 10 * MINUTE
    assert "No browser waits" in await types(site, f"signin {again} --sure", "omar")
    assert (await waits.post("/signin/code/enter", {})).status == 410


async def test_no_secret_of_a_way_in_stands_in_the_database(site: Site) -> None:
    waits = site.stranger()
    await waits.post("/signin/code", {})
    secrets = [
        await site.link("ana"),
        shown((await waits.get("/signin/code")).text).replace("-", ""),
        waits.cookies()["pv-browser"],
    ]

    def rows(tx: Tx) -> bytes:
        found = tx.conn.exec_driver_sql("SELECT * FROM signins").all()
        kept = [tx.ring.open("signins", r[0], r[-1]) for r in found]
        return repr(([tuple(r) for r in found], kept)).encode()

    text = await site.world.app.reader.read(rows)
    assert not any(secret.encode() in text for secret in secrets)


# chat


async def test_chat_gives_a_link_to_people_alone(site: Site) -> None:
    said = await types(site, "signin", "ana")
    found = re.search(r"http://[^ ]+/signin[?]link=(pvl_[^ ]+)", said)
    assert found
    entered = await site.stranger().post("/signin", {"link": found[1]})
    assert entered.status == 303
    (kept,) = [r for r in await record(site, "signin") if "session" in r]
    assert (kept["how"], kept["outcome"]) == ("slack", "ok")
    for row in await record(site, "signin"):
        assert found[1] not in repr(row)


async def test_who_signs_in_at_a_new_browser_is_told_and_can_end_it(site: Site) -> None:
    browser = site.stranger()
    await browser.post("/signin", {"link": await site.link("ana")}, {**SAME, **OPENS})
    (heard,) = await told(site)
    assert heard == "SIGNED IN Firefox on Linux"
    (account, card) = site.world.pad.direct[0]
    assert account == "U0ANA"
    (press,) = card.actions.buttons
    await site.world.press("U0ANA", press.token)
    assert (await browser.get("/oncall")).status == 401
    await browser.post("/signin", {"link": await site.link("ana")})
    assert len(await told(site)) == 1


# letters

MAIL = """
mail: {host: 127.0.0.1, port: 9, tls: none}
people:
  ana: {name: Ana Petrova, email: ana@example.eu, roles: [admin], slack: U0ANA}
"""


async def test_a_letter_is_answered_the_same_whether_the_address_is_known(tmp_path: Path) -> None:
    site = await Site.build(f"sqlite:///{tmp_path}/x.db", tmp_path, MAIL)
    try:
        asks, other = site.stranger(), site.stranger()
        known = await asks.post("/signin/letter", {"email": " Ana@Example.eu "})
        unknown = await other.post("/signin/letter", {"email": "zoe@example.eu"})
        assert (known.status, known.text) == (unknown.status, unknown.text)
        one = await site.world.app.reader.read(
            lambda tx: signins.at_browser(tx, signins.LETTER, asks.cookies()["pv-browser"])
        )
        assert one is not None and one.person == "ana"
        found = await site.world.door.system(lambda ctx: letter_secret(ctx, one.id))
        assert found is not None
        secret = found[0]
        assert (await other.get(f"/signin?link={secret}", **OPENS)).status == 410
        assert (await other.post("/signin", {"link": secret})).status == 410
        page = await asks.get(f"/signin?link={secret}", **OPENS)
        assert "Ana Petrova" in page.words
        assert (await asks.post("/signin", {"link": secret})).status == 303
        assert await site.world.door.system(lambda ctx: letter_secret(ctx, one.id)) is None
    finally:
        await site.end()


@pytest.mark.parametrize("into", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_after_a_sign_in_nobody_is_sent_away_from_here(site: Site, into: str) -> None:
    waits = site.stranger()
    await waits.post("/signin/code", {"next": into})
    code = shown((await waits.get("/signin/code")).text)
    await types(site, f"signin {code} --sure", "ana")
    assert (await waits.post("/signin/code/enter", {})).location == "/"


async def test_the_record_of_sign_ins_verifies(site: Site) -> None:
    await site.stranger().post("/signin", {"link": await site.link("ana")})
    await site.stranger().post("/signin", {"link": "pvl_made-up"})
    assert (await site.world.app.reader.read(audit.verify))[2] == []


async def test_a_caller_without_a_mark_enters_by_no_code(site: Site) -> None:
    assert await site.world.app.identity.entrance.enter_by_code(Caller("192.0.2.1")) is None
