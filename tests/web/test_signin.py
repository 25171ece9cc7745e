"""Getting in: a link is used by its button alone, once, within 15 minutes."""

from __future__ import annotations

from pathlib import Path

from tests.web.site import PART, SAME, Site, Visitor


async def test_without_a_session_a_page_says_how_to_get_in(site: Site) -> None:
    stranger = site.stranger()
    for path in ("/", "/i/1", "/oncall", "/ask/ack?incident=1", "/events", "/suggest?q=a"):
        page = await stranger.get(path)
        assert page.status == 401
        assert "python -m bot signin" in page.words
        assert "<form" not in page.text


async def test_looking_at_a_link_uses_nothing_up_and_lets_nobody_in(site: Site) -> None:
    secret, stranger = await site.link("ana"), site.stranger()
    for _ in range(3):
        page = await stranger.get(f"/signin?link={secret}")
        assert page.status == 200
        assert "Ana Petrova" in page.words
        assert "Set-Cookie" not in page.headers
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
    assert second.cookies() == {}
    assert (await second.get(f"/signin?link={secret}")).status == 410


async def test_a_link_ends_after_15_minutes(site: Site) -> None:
    secret, stranger = await site.link("ana"), site.stranger()
    site.world.clock.at += 15 * 60_000
    assert (await stranger.get(f"/signin?link={secret}")).status == 410
    assert (await stranger.post("/signin", {"link": secret})).status == 410
    assert stranger.cookies() == {}


async def test_a_made_up_link_lets_nobody_in(site: Site) -> None:
    stranger = site.stranger()
    assert (await stranger.post("/signin", {"link": "pvl_made-up"})).status == 410
    assert (await stranger.post("/signin", {})).status == 410
    assert (await stranger.get("/signin")).status == 200


async def test_another_site_cannot_sign_anybody_in(site: Site) -> None:
    secret, victim = await site.link("ana"), site.stranger()
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        assert (await victim.post("/signin", {"link": secret}, headers)).status == 403
    assert victim.cookies() == {}
    assert (await victim.post("/signin", {"link": secret})).status == 303


async def test_signing_out_ends_the_session_on_the_server_too(site: Site, ana: Visitor) -> None:
    kept = ana.cookies()["pv"]
    gone = await ana.post("/signout", {"csrf": await ana.csrf()})
    assert gone.status == 200
    assert "You are signed out" in gone.words
    assert ana.cookies() == {}
    thief = site.stranger()
    assert (await thief.get("/", Cookie=f"pv={kept}")).status == 401


async def test_a_session_ends_after_three_idle_days(site: Site, ana: Visitor) -> None:
    site.world.clock.at += 2 * 86_400_000
    assert (await ana.get("/")).status == 200
    site.world.clock.at += 3 * 86_400_000
    assert (await ana.get("/")).status == 401


async def test_a_script_without_a_session_is_told_in_json(site: Site) -> None:
    answer = await site.stranger().get("/", **PART)
    assert (answer.status, answer.text) == (401, '{"out": true}')


async def test_the_cookie_is_for_this_host_alone_where_the_address_is_https(
    tmp_path: Path,
) -> None:
    site = await Site.build(f"sqlite:///{tmp_path}/x.db", tmp_path, address="https://pv.example.eu")
    try:
        answer = await site.stranger().post("/signin", {"link": await site.link()}, SAME)
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-pv=pvs_")
        for part in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=1209600"):
            assert part in cookie
        assert "Domain" not in cookie
    finally:
        await site.end()


async def test_the_cookie_of_a_plain_address_is_kept_from_scripts(site: Site) -> None:
    answer = await site.stranger().post("/signin", {"link": await site.link()})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("pv=pvs_")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
