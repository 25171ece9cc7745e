"""How often somebody may ask: bounded memory, growing waits, and good tokens that get through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.token_settings import LimitSettings
from bot.web.api import Api
from bot.web.beats import Beats
from bot.web.dropins import Dropins
from bot.web.limits import MOST, Buckets, Failures, Limits, network
from bot.web.server import application, serve
from store import access
from tests.support.world import World

BODY = {"version": "4", "status": "firing", "alerts": [
    {"status": "firing", "labels": {"alertname": "A", "severity": "critical"}, "annotations": {}},
]}  # fmt: skip


class Seconds:
    """A clock in seconds that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


# the arithmetic


def test_a_bucket_lets_a_burst_through_and_then_as_many_as_come_back() -> None:
    bucket = Buckets(60)
    assert [bucket.take("a", 0.0) for _ in range(30)] == [0.0] * 30
    assert bucket.take("a", 0.0) == pytest.approx(1.0)
    assert bucket.take("b", 0.0) == 0.0
    assert bucket.take("a", 1.0) == 0.0
    assert bucket.take("a", 1.0) > 0


def test_without_a_limit_everything_passes() -> None:
    bucket = Buckets(0)
    assert not any(bucket.take("a", 0.0) for _ in range(10_000))


def test_whoever_is_wrong_waits_longer_each_time_up_to_the_longest() -> None:
    wrong, now, waits = Failures(3, 60), 0.0, []
    for _ in range(12):
        waits.append(wrong.note("a", now))
        now += waits[-1]
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert wrong.note("b", now) == 0


def test_hammering_on_does_not_make_the_wait_longer_and_rest_forgives() -> None:
    wrong = Failures(1, 10)
    wrong.note("a", 0.0)
    assert wrong.note("a", 0.0) == 1
    assert [wrong.note("a", 0.5) for _ in range(100)] == [0.5] * 100
    assert wrong.waits("a", 0.5) == 0.5
    assert wrong.waits("a", 1.5) == 0
    assert wrong.note("a", 100.0) == 0


def test_an_attack_from_many_addresses_takes_bounded_memory() -> None:
    wrong, bucket = Failures(1, 60), Buckets(10)
    for number in range(MOST + 500):
        wrong.note(number, 0.0)
        bucket.take(number, 0.0)
    assert len(wrong._known) == MOST
    assert len(bucket._levels) == MOST


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
     ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"), ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
     ("fe80::1%eth0", "fe80::/64"), ("", ""), ("x" * 500, "x" * 64)],
)  # fmt: skip
def test_of_ipv6_a_whole_network_is_one_address(address: str, counts_as: str) -> None:
    assert network(address) == counts_as


# over HTTP


class Site:
    """Hooks and API behind limits, on loopback."""

    def __init__(self, world: World, limits: Limits, now: Seconds, url: str) -> None:
        self.world, self.limits, self.now = world, limits, now
        self.http = httpx.AsyncClient(base_url=url, trust_env=False)

    async def intake(self, secret: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {secret}"}
        return await self.http.post("/in/alertmanager", json=BODY, headers=headers)

    async def api(self, secret: str) -> httpx.Response:
        return await self.http.get("/api/oncall", headers={"Authorization": f"Bearer {secret}"})

    async def token(self, **opens: Any) -> str:
        def make(ctx: Any) -> str:
            if not opens:
                source = access.source(ctx.tx, ctx.now, "am", "alertmanager")
                return access.create_token(ctx.tx, ctx.now, "am", source_id=source.id)
            return access.create_token(ctx.tx, ctx.now, "t", **opens)

        return await self.world.door.system(make)


@pytest.fixture
async def site(world: World) -> AsyncIterator[Site]:
    now = Seconds()
    wanted = LimitSettings(api=20, intake=10, sign_in=6, failures=3, longest=60)
    limits, app = Limits(wanted, now), world.app
    app.hooks.limit = limits.intake
    app.health.limits = limits
    routes = [
        *app.hooks.routes(), *Dropins(app.hooks, app.door).routes(), *Beats(app.door).routes(),
        *Api(app.door, app.identity, app.settings.url, limits.api).routes(), *app.health.routes(),
    ]  # fmt: skip
    served = application(routes, 1 << 20)
    served.middlewares.append(limits.guard)
    from bot.web.console import connect

    connect(served, app)
    runner, port = await serve(served, "127.0.0.1", 0)
    made = Site(world, limits, now, f"http://127.0.0.1:{port}")
    yield made
    await made.http.aclose()
    await runner.cleanup()


async def test_wrong_tokens_wait_and_a_good_one_always_gets_through(site: Site) -> None:
    good = await site.token()
    answers = [await site.intake(f"pvi_{'x' * 43}") for _ in range(5)]
    assert [a.status_code for a in answers] == [401, 401, 401, 429, 429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert answers[-1].json()["where"] == "token"
    assert (await site.intake(good)).status_code == 202
    site.now.at += 1
    assert (await site.intake("nonsense")).status_code == 429
    assert site.limits.refused["failures"] == 3


@pytest.mark.parametrize("path", ["/api/oncall", "/beat/" + "x" * 20, "/v2/alerts/requests/1"])
async def test_every_door_of_machines_counts_wrong_secrets(site: Site, path: str) -> None:
    answers = [(await site.http.get(path)).status_code for _ in range(5)]
    assert answers[0] in (401, 404) and answers[3:] == [429, 429]


async def test_intake_over_its_limit_is_told_when_to_come_again_and_nothing_is_lost(
    site: Site,
) -> None:
    secret = await site.token()
    answers = [await site.intake(secret) for _ in range(6)]
    assert [a.status_code for a in answers] == [202] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) == 6
    site.now.at += 6
    assert (await site.intake(secret)).status_code == 202


async def test_an_old_tool_hears_it_in_its_own_way(site: Site) -> None:
    def make(ctx: Any) -> str:
        source = access.source(ctx.tx, ctx.now, "pd", "pagerduty_events")
        return access.create_token(ctx.tx, ctx.now, "pd", source_id=source.id)

    key = await site.world.door.system(make)
    body = {"routing_key": key, "event_action": "trigger", "dedup_key": "d",
            "payload": {"summary": "s", "source": "h", "severity": "error"}}  # fmt: skip
    answers = [await site.http.post("/v2/enqueue", json=body) for _ in range(6)]
    assert [a.status_code for a in answers] == [202] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


async def test_a_program_asks_within_its_limit(site: Site) -> None:
    secret = await site.token(role="viewer")
    answers = [await site.api(secret) for _ in range(11)]
    assert [a.status_code for a in answers] == [200] * 10 + [429]
    assert answers[-1].headers["Retry-After"] == "3"
    site.now.at += 3
    assert (await site.api(secret)).status_code == 200


async def test_signing_in_is_tried_a_few_times(site: Site) -> None:
    answers = [(await site.http.get("/signin?link=pvl_x")).status_code for _ in range(4)]
    assert answers[-1] == 429
    site.now.at += 120
    assert (await site.http.get("/signin")).status_code == 200


async def test_a_page_that_looks_again_by_itself_is_not_held_up(site: Site) -> None:
    answers = {(await site.http.get("/signin/code")).status_code for _ in range(12)}
    assert 429 not in answers


async def test_links_that_answer_a_page_work_for_a_whole_office(site: Site) -> None:
    answers = {(await site.http.get("/l/too-old")).status_code for _ in range(40)}
    assert 429 not in answers


async def test_metrics_count_what_was_refused(site: Site) -> None:
    for _ in range(5):
        await site.intake("nonsense")
    text = (await site.http.get("/metrics")).text
    assert 'pixelview_rate_limited_total{limit="failures"} 2.0' in text


async def test_a_token_is_in_no_log_and_no_answer(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    secret = await site.token()
    for path in (f"/in/alertmanager/{secret}", f"/in/alertmanager?token={secret}",
                 f"/in/nothing/{secret}", f"/in/alertmanager/{secret}/more"):  # fmt: skip
        for content in (b"{", b"[]"):
            answer = await site.http.post(path, content=content)
            assert secret not in answer.text and secret not in str(answer.headers)
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("pixelview")]
    assert not any(secret in line for line in ours)
