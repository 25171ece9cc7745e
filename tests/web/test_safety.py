"""What keeps a page safe: headers, tokens of forms, addresses that lead away."""

from __future__ import annotations

import io
from pathlib import Path

from store.model import IncidentStatus
from tests.support.each import each
from tests.support.world import YAML
from tests.web.site import PART, SAME, Site, Visitor

PATHS = ("/", "/signin", "/oncall", "/more", "/i/1", "/i/999", "/ask/ack?incident=1")


@each("path", PATHS)
async def test_every_page_forbids_what_it_does_not_need(
    site: Site, ana: Visitor, path: str
) -> None:
    await site.world.fires()
    page = await ana.get(path)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"


async def test_a_form_without_the_token_changes_nothing(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    right = await ana.csrf()
    other = await (await site.visitor("omar")).csrf()
    for token in ("", "wrong", other, right[:-1]):
        answer = await ana.post("/do/ack", {"incident": str(incident), "csrf": token})
        assert answer.status == 403
        assert "nothing was done" in answer.words
    typed = await ana.post("/type", {"text": f"ack {incident}"})
    assert typed.status == 403
    assert (await ana.post("/signout", {})).status == 403
    assert await site.world.status(incident) is IncidentStatus.TRIGGERED
    assert (await ana.get("/")).status == 200


@each(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {},
    ],
)
async def test_a_form_from_elsewhere_changes_nothing_even_with_the_token(
    site: Site, ana: Visitor, headers: dict[str, str]
) -> None:
    incident = await site.world.fires()
    values = {"incident": str(incident), "csrf": await ana.csrf()}
    assert (await ana.post("/do/ack", values, headers)).status == 403
    assert await site.world.status(incident) is IncidentStatus.TRIGGERED


async def test_a_browser_that_hides_its_origin_is_judged_by_the_token(
    site: Site, ana: Visitor
) -> None:
    incident = await site.world.fires()
    values = {"incident": str(incident), "csrf": await ana.csrf()}
    assert (await ana.post("/do/ack", values, {"Origin": "null"})).status == 303
    assert await site.world.status(incident) is IncidentStatus.ACKNOWLEDGED


@each("path", ["/do/ack", "/type", "/signout"])
async def test_looking_at_an_address_that_acts_is_not_possible(ana: Visitor, path: str) -> None:
    assert (await ana.get(path)).status == 405


@each(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", "", "x"]
)
async def test_after_an_act_nobody_is_sent_away_from_here(
    site: Site, ana: Visitor, back: str
) -> None:
    incident = await site.world.fires()
    answer = await ana.does("note", incident, text="x", asked="1", back=back)
    assert (answer.status, answer.location) == (303, "/")


async def test_bodies_that_are_no_form_are_refused(site: Site, ana: Visitor) -> None:
    for body, kind, status in (
        (b'{"csrf": 1}', "application/json", 415),
        (b"--x", "multipart/form-data; boundary=x", 415),
        (b"a=1&" * 200, "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * (1 << 20), "application/x-www-form-urlencoded", 413),
    ):
        headers = {"Content-Type": kind, **SAME}
        async with ana.session.post(
            site.url + "/do/ack", data=io.BytesIO(body), headers=headers
        ) as answer:
            assert answer.status == status


async def test_the_door_is_told_who_and_from_where(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    await ana.does("ack", incident)
    found = await site.world.incident(incident)
    assert (found.holder, found.holder_from) == ("ana", "web")


async def test_somebody_without_any_role_reads_nothing(tmp_path: Path) -> None:
    nobody = YAML.replace("roles: [viewer]", "roles: []")
    site = await Site.build(f"sqlite:///{tmp_path}/x.db", tmp_path, nobody)
    try:
        await site.world.fires(title="Secret of db-3")
        await (await site.visitor("ana")).get("/")
        mei = await site.visitor("mei")
        for path in ("/", "/i/1", "/oncall", "/more"):
            page = await mei.get(path)
            assert page.status == 403
            assert "Secret" not in page.text
            assert "You can't do that" in page.words
        part = await mei.get("/", **PART)
        assert part.status == 403
        assert "Secret" not in part.text
    finally:
        await site.end()
