"""Signing in with a provider of OpenID Connect, and every answer of one that must not count."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from store import audit
from store.clock import SystemClock
from store.model import MINUTE
from tests.support.each import each
from tests.support.oidc import (
    CLIENT,
    SECRET,
    Hostile,
    by_shared_secret,
    new_key,
    real_provider,
    unsigned,
)
from tests.support.world import YAML
from tests.web.site import Answer, Site, Visitor
from tests.web.test_signin import record, types

BACK = "/signin/oidc/sso/callback"


def yaml(issuer: str, **more: str) -> str:
    """The settings of one provider."""
    own = {
        "issuer": issuer,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "name": "Example",
        **more,
    }
    return YAML + "oidc:\n" + "".join(f"  {k}: {v}\n" for k, v in own.items())


class Rig:
    """A site, a hostile provider, and who signs in."""

    def __init__(self, site: Site, idp: Hostile) -> None:
        self.site, self.idp = site, idp
        self.visitor: Visitor = site.stranger()

    async def starts(self, into: str = "/oncall", visitor: Visitor | None = None) -> dict[str, str]:
        """Go to the provider; what it was asked."""
        self.idp.now = self.site.world.clock.at // 1000
        answer = await (visitor or self.visitor).get(
            f"/signin/oidc/sso?{urlencode({'next': into})}"
        )
        assert answer.status == 303
        assert answer.location.startswith(f"{self.idp.issuer}/authorize?")
        return {k: v[0] for k, v in parse_qs(urlsplit(answer.location).query).items()}

    async def comes_back(
        self, asked: dict[str, str], code: str = "c1", visitor: Visitor | None = None, **more: str
    ) -> Answer:
        """The browser brings the answer."""
        given = {"code": f"{code}|{asked['nonce']}", "state": asked["state"], **more}
        return await (visitor or self.visitor).get(f"{BACK}?{urlencode(given)}")

    async def signs_in(self, code: str = "c1") -> Answer:
        """All of it."""
        return await self.comes_back(await self.starts(), code)

    async def refused(self, answer: Answer, why: str) -> None:
        """Nobody was let in, and the record says why."""
        assert answer.status == 403, answer.text
        assert "pv" not in self.visitor.cookies()
        denied = [r for r in await record(self.site, "signin") if r["outcome"] == "denied"]
        assert why in str(denied[-1]["why"])


async def built(tmp_path: Path, **more: str) -> Rig:
    """A rig with these settings."""
    idp = Hostile()
    await idp.start()
    site = await Site.build(f"sqlite:///{tmp_path}/x.db", tmp_path, yaml(idp.issuer, **more))
    return Rig(site, idp)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Matched by e-mail."""
    made = await built(tmp_path)
    yield made
    await made.site.end()
    await made.idp.stop()


async def test_a_provider_lets_in_whom_it_knows_and_asks_with_all_that_protects(rig: Rig) -> None:
    assert "Continue with Example" in (await rig.visitor.get("/signin")).words
    asked = await rig.starts()
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"].endswith(BACK)
    done = await rig.comes_back(asked)
    assert (done.status, done.location) == (303, "/oncall")
    assert (await rig.visitor.get("/oncall")).status == 200
    (form,) = rig.idp.asked
    assert create_s256_code_challenge(form["code_verifier"]) == asked["code_challenge"]
    (kept,) = await record(rig.site, "signin")
    assert (kept["how"], kept["actor"], kept["outcome"]) == ("oidc:Example", "person:ana", "ok")
    assert (await rig.site.world.app.reader.read(audit.verify))[2] == []
    assert "with Example" in (await types(rig.site, "sessions", "ana"))


@each(
    ("changes", "why"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another"}, "aud"),
        ({"aud": [CLIENT, "another"]}, "azp"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"aud": None}, "aud"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"sub": None}, "sub"),
        ({"sub": 7}, "sub"),
        ({"exp": 1_000_000_000}, "exp"),
        ({"exp": None}, "exp"),
        ({"iat": None}, "iat"),
        ({"iat": 1_000_000_000}, "iat"),
        ({"iat": 4_000_000_000}, "iat"),
        ({"iat": True}, "iat"),
    ],
)
async def test_a_token_that_is_not_the_answer_to_us_lets_nobody_in(
    rig: Rig, changes: dict[str, Any], why: str
) -> None:
    rig.idp.changes = changes
    await rig.refused(await rig.signs_in(), why)


async def test_a_token_signed_by_nobody_or_by_the_client_s_secret_lets_nobody_in(rig: Rig) -> None:
    for forge in (unsigned, by_shared_secret):
        asked = await rig.starts()
        rig.idp.token = forge(rig.idp.claims(asked["nonce"]))
        await rig.refused(await rig.comes_back(asked), "signed by")


async def test_a_token_that_was_changed_or_is_garbage_lets_nobody_in(rig: Rig) -> None:
    asked = await rig.starts()
    good = rig.idp.signed(rig.idp.claims(asked["nonce"]))
    head, body, mark = good.split(".")
    rig.idp.token = f"{head}.{body}.{mark[:-8]}AAAAAAAA"
    await rig.refused(await rig.comes_back(asked), "none of its keys")
    for garbage in ("", "a.b.c", "x" * 5_000):
        asked = await rig.starts()
        rig.idp.token = garbage
        assert (await rig.comes_back(asked)).status == 403


async def test_a_key_that_is_new_is_fetched_and_one_that_is_nobody_s_is_not_believed(
    rig: Rig,
) -> None:
    await rig.signs_in()
    looks = rig.idp.looks
    rig.site.world.clock.at += 2 * MINUTE
    rig.idp.key, rig.idp.alg = new_key("two"), "ES256"
    rig.idp.served = [*rig.idp.served, rig.idp.key]
    other = rig.site.stranger()
    assert (await rig.comes_back(await rig.starts(visitor=other), visitor=other)).status == 303
    assert rig.idp.looks == looks + 1
    rig.idp.key = new_key("three")
    rig.visitor = rig.site.stranger()
    for _ in range(3):
        await rig.refused(await rig.signs_in(), "none of its keys")
    assert rig.idp.looks == looks + 1  # at most once a minute


async def test_an_answer_counts_once(rig: Rig) -> None:
    asked = await rig.starts()
    kept = rig.visitor.cookies()
    assert (await rig.comes_back(asked)).status == 303
    rig.visitor = rig.site.stranger()
    rig.visitor.keeps(**{k: v for k, v in kept.items() if k != "pv"})
    await rig.refused(await rig.comes_back(asked), "came before")
    assert len(rig.idp.asked) == 1


async def test_a_code_the_provider_does_not_take_lets_nobody_in(rig: Rig) -> None:
    await rig.refused(await rig.signs_in(code="used"), "invalid_grant")


async def test_an_answer_nobody_asked_for_lets_nobody_in(rig: Rig) -> None:
    await rig.refused(await rig.visitor.get(f"{BACK}?code=c&state=s"), "did not ask")
    asked = await rig.starts()
    await rig.refused(await rig.comes_back({**asked, "state": "made-up"}), "state")
    victim = rig.site.stranger()
    planted = await rig.comes_back(asked, visitor=victim)
    assert planted.status == 403 and "pv" not in victim.cookies()
    assert rig.idp.asked == []


async def test_another_browser_with_the_question_gets_in_by_no_answer(rig: Rig) -> None:
    asked = await rig.starts()
    thief = rig.site.stranger()
    thief.keeps(**{"pv-oidc": rig.visitor.cookies()["pv-oidc"], "pv-browser": "t" * 43})
    assert (await rig.comes_back(asked, visitor=thief)).status == 403
    assert "pv" not in thief.cookies()


async def test_an_answer_that_comes_too_late_lets_nobody_in(rig: Rig) -> None:
    asked = await rig.starts()
    rig.site.world.clock.at += 11 * MINUTE
    await rig.refused(await rig.comes_back(asked), "too long ago")


async def test_another_provider_s_answer_is_not_mixed_up(rig: Rig) -> None:
    asked = await rig.starts()
    await rig.refused(await rig.comes_back(asked, iss="https://evil.example"), "iss")
    asked = await rig.starts()
    assert (await rig.comes_back(asked, iss=rig.idp.issuer)).status == 303


async def test_a_provider_that_must_say_who_it_is_and_does_not_is_refused(rig: Rig) -> None:
    rig.idp.metadata = {"authorization_response_iss_parameter_supported": True}
    await rig.refused(await rig.signs_in(), "does not say who answers")


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_provider_that_is_not_what_it_should_be_is_not_gone_to(
    rig: Rig, metadata: dict[str, str]
) -> None:
    rig.idp.metadata = metadata
    answer = await rig.visitor.get("/signin/oidc/sso")
    assert (answer.status, "does not answer" in answer.words) == (502, True)


@pytest.mark.parametrize("into", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_nobody_is_sent_away_from_here(rig: Rig, into: str) -> None:
    done = await rig.comes_back(await rig.starts(into))
    assert (done.status, done.location) == (303, "/")


async def test_another_site_can_not_begin_a_sign_in(rig: Rig) -> None:
    answer = await rig.visitor.get("/signin/oidc/sso", **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403
    assert (await rig.visitor.get("/signin/oidc/nobody")).status == 404


async def test_a_no_of_the_provider_is_told(rig: Rig) -> None:
    asked = await rig.starts()
    given = {"error": "access_denied", "state": asked["state"]}
    answer = await rig.visitor.get(f"{BACK}?{urlencode(given)}")
    await rig.refused(answer, "access_denied")
    assert "did not let you in: access_denied" in answer.words


# who it is


@each(
    ("changes", "why"),
    [
        ({"email_verified": False}, "does not say that your e-mail address is yours"),
        ({"email_verified": None}, "does not say that your e-mail address is yours"),
        ({"email_verified": 1}, "does not say that your e-mail address is yours"),
        ({"email": "zoe@example.eu"}, "Nobody here has your e-mail address"),
    ],
)
async def test_only_a_verified_address_makes_somebody_one_of_ours(
    rig: Rig, changes: dict[str, Any], why: str
) -> None:
    rig.idp.changes = changes
    await rig.refused(await rig.signs_in(), why)
    assert len(rig.site.world.door.definitions().people) == 3


async def test_an_address_that_changes_hands_there_hands_nothing_over_here(rig: Rig) -> None:
    assert (await rig.signs_in()).status == 303
    rig.visitor, rig.idp.changes = rig.site.stranger(), {"sub": "s-thief"}
    await rig.refused(await rig.signs_in(), "another account there")
    rig.idp.changes = {"email": "ana-new@example.eu"}
    rig.visitor = rig.site.stranger()
    assert (await rig.signs_in()).status == 303
    assert "Ana Petrova" in (await rig.visitor.get("/oncall")).text


async def test_people_are_made_only_where_that_is_set_and_only_as_viewers(tmp_path: Path) -> None:
    rig = await built(tmp_path, create="viewer")
    try:
        rig.idp.changes = {"sub": "s-zoe", "email": "zoe.b@example.eu", "name": "Zoe B"}
        assert (await rig.signs_in()).status == 303
        made = rig.site.world.door.definitions().people["zoe-b"]
        assert (made.name, made.email, made.roles) == ("Zoe B", "zoe.b@example.eu", ("viewer",))
        incident = await rig.site.world.fires()
        assert (await rig.visitor.does("ack", incident)).status == 403
        rig.visitor = rig.site.stranger()
        rig.idp.changes = {"sub": "s-x", "email": "x@example.eu", "email_verified": False}
        await rig.refused(await rig.signs_in(), "does not say")
    finally:
        await rig.site.end()
        await rig.idp.stop()


async def test_a_claim_can_hold_the_handle(tmp_path: Path) -> None:
    rig = await built(tmp_path, match="claim", claim="login")
    try:
        rig.idp.changes = {"login": "omar", "sub": "s-omar", "email": None}
        assert (await rig.signs_in()).status == 303
        assert "Omar Haddad" in (await rig.visitor.get("/oncall")).text
    finally:
        await rig.site.end()
        await rig.idp.stop()


async def test_claims_give_roles_and_take_them_with_the_next_sign_in(tmp_path: Path) -> None:
    idp = Hostile()
    await idp.start()
    lent = "access: {from: {oidc: {groups: {sre: [admin]}}}}\n"
    site = await Site.build(f"sqlite:///{tmp_path}/x.db", tmp_path, yaml(idp.issuer) + lent)
    rig = Rig(site, idp)
    try:
        idp.changes = {"sub": "s-mei", "email": "mei@example.eu", "groups": ["sre", "x"]}
        assert (await rig.signs_in()).status == 303
        assert "admin" in site.world.door.definitions().people["mei"].roles
        assert (await rig.visitor.get("/oncall")).status == 200
        idp.changes = {**idp.changes, "groups": ["x"]}
        assert (await rig.signs_in()).status == 303
        assert site.world.door.definitions().people["mei"].roles == ("viewer",)
        given = await record(site, "roles.oidc")
        assert [(r["given"], r["taken"]) for r in given] == [(["admin@"], []), ([], ["admin@"])]
    finally:
        await site.end()
        await idp.stop()


# out


async def test_signing_out_here_leads_to_signing_out_there(rig: Rig) -> None:
    await rig.signs_in()
    gone = await rig.visitor.post("/signout", {"csrf": await rig.visitor.csrf()})
    assert f'href="{rig.idp.issuer}/bye?id_token_hint=' in gone.text
    assert "sign out there too" in gone.words


EVENT: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}


async def says_out(rig: Rig, **changes: Any) -> int:
    """The provider says that somebody signed out."""
    claims = {
        "iss": rig.idp.issuer, "aud": CLIENT, "iat": rig.idp.now, "exp": rig.idp.now + 120,
        "jti": "j1", "sub": "s-ana", "events": EVENT, **changes,
    }  # fmt: skip
    token = rig.idp.signed({k: v for k, v in claims.items() if v is not None})
    path = "/signin/oidc/sso/logout"
    return (await rig.site.stranger().post(path, {"logout_token": token}, {})).status


async def test_who_signs_out_there_is_signed_out_here(rig: Rig) -> None:
    await rig.signs_in()
    for wrong in ({"events": None}, {"nonce": "n"}, {"aud": "x"}, {"jti": None}, {"sub": None}):
        assert await says_out(rig, **wrong) == 400
    assert await says_out(rig, sub="s-omar") == 200
    assert (await rig.visitor.get("/oncall")).status == 200
    assert await says_out(rig) == 200
    assert (await rig.visitor.get("/oncall")).status == 200  # j1 came before
    assert await says_out(rig, jti="j2") == 200
    assert (await rig.visitor.get("/oncall")).status == 401


# a real one


@pytest.mark.slow
async def test_a_real_provider_lets_somebody_in(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with real_provider(port) as issuer, aiohttp.ClientSession() as browser:
        site = await Site.build(f"sqlite:///{tmp_path}/x.db", tmp_path, yaml(issuer))
        site.world.clock.at = SystemClock().now()
        try:
            claims = {"sub": "ana-there", "email": "ana@example.eu", "email_verified": True}
            async with browser.put(f"{issuer}/users/ana-there", json=claims) as put:
                assert put.status in (200, 204)
            visitor = site.stranger()
            there = (await visitor.get("/signin/oidc/sso?next=/oncall")).location
            back = await _says_yes(browser, there, "ana-there")
            done = await visitor.get(back)
            assert (done.status, done.location) == (303, "/oncall"), done.text
            assert "Ana Petrova" in (await visitor.get("/oncall")).text
            assert (await visitor.get(back)).status == 403
            stranger = site.stranger()
            there = (await stranger.get("/signin/oidc/sso")).location
            refused = await stranger.get(await _says_yes(browser, there, "zoe@example.eu"))
            assert refused.status == 403 and "does not say" in refused.words
            gone = await visitor.post("/signout", {"csrf": await visitor.csrf()})
            (end,) = re.findall(r'href="(http://localhost[^"]+)"', gone.text)
            async with browser.get(end.replace("&amp;", "&")) as page:
                assert page.status == 200
        finally:
            await site.end()


async def _says_yes(browser: aiohttp.ClientSession, there: str, sub: str) -> str:
    async with browser.post(there, data={"sub": sub}, allow_redirects=False) as answer:
        assert answer.status in (302, 303), await answer.text()
        found = urlsplit(answer.headers["Location"])
    return f"{found.path}?{found.query}"
