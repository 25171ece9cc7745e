"""Clusters and clouds that mean harm: bodies without end, pages in circles, addresses elsewhere."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from integrations._cloud import rest
from integrations._cloud.rest import Rest
from integrations._cloud.tokens import Tokens, lasting
from integrations.azure.arm import Arm
from integrations.azure.settings import read as azure_settings
from integrations.base import Misconfigured, Permanent, Transient
from integrations.kubernetes import api
from integrations.kubernetes.api import Api, Refused, Unreachable
from integrations.kubernetes.settings import Source
from integrations.openstack import reach, settings
from integrations.openstack.reach import Reach, Unanswered
from tests.support.world import ObedientClock

SECRET = "pv-secret-token-of-the-cloud"


class Hostile(ThreadingHTTPServer):
    """Answers by path what a test wants, and remembers what it was asked with."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.says: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str]] = []
        self.open = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: Hostile

    def do_GET(self) -> None:
        token = self.headers.get("X-Auth-Token") or self.headers.get("Authorization") or ""
        self.server.asked.append((self.path, token))
        status, headers, body = self.server.says.get(self.path.partition("?")[0], (404, {}, b"{}"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def _serving() -> Iterator[Hostile]:
    made = Hostile()
    thread = threading.Thread(target=partial(made.serve_forever, poll_interval=0.02))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    yield from _serving()


@pytest.fixture
def elsewhere() -> Iterator[Hostile]:
    """Another host: whoever is sent here must bring nothing."""
    yield from _serving()


# a cluster


@pytest.fixture
def cluster(hostile: Hostile) -> Iterator[Api]:
    made = Api(Source("prod", api_server=hostile.url, token=SECRET, read_timeout=5.0))
    yield made
    made.close()


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"items":' * 50_000, b'{"a": 1', b"\xff\xfe"])
def test_what_a_cluster_answers_is_an_object_or_no_answer(
    cluster: Api, hostile: Hostile, body: bytes
) -> None:
    hostile.says["/x"] = (200, {}, body)
    with pytest.raises(Unreachable):
        cluster.get("/x")
    hostile.says["/x"] = (500, {}, body)
    with pytest.raises(Refused):
        cluster.get("/x")


def test_a_cluster_that_unpacks_to_more_than_fits_is_read_no_further(
    cluster: Api, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_MOST", 1 << 20)
    bomb = gzip.compress(b" " * (8 << 20))
    hostile.says["/x"] = (200, {"Content-Encoding": "gzip"}, bomb)
    with pytest.raises(Unreachable):
        cluster.get("/x")


def test_pages_in_a_circle_and_lines_without_end_are_an_end(
    cluster: Api, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_LINE", 100_000)
    page = {"items": [], "metadata": {"continue": "again"}}
    hostile.says["/x"] = (200, {}, json.dumps(page).encode())
    with pytest.raises(Unreachable, match="pages without end"):
        cluster.everything("/x")
    assert len(hostile.asked) == 2
    hostile.says["/w"] = (200, {}, b"x" * 1_000_000)
    _, lines = cluster.watch("/w", (), accept="", wait=5.0)
    with pytest.raises(Unreachable, match="no end"):
        list(lines)


def test_a_cluster_that_sends_us_elsewhere_sends_no_token_there(
    cluster: Api, hostile: Hostile, elsewhere: Hostile
) -> None:
    hostile.says["/x"] = (307, {"Location": f"{elsewhere.url}/x"}, b"")
    with pytest.raises(Refused):
        cluster.get("/x")
    assert elsewhere.asked == []


# a cloud by REST


@pytest.fixture
async def cloud(hostile: Hostile) -> AsyncIterator[Rest]:
    clock = ObedientClock()

    async def token(_: str) -> Any:
        return lasting(SECRET, 3600, clock.now())

    made = Rest("Cloud", Tokens(token, clock), sleep=_at_once)
    yield made
    await made.close()


async def _at_once(_: float) -> None:
    await asyncio.sleep(0)


async def test_a_cloud_that_unpacks_to_more_than_fits_is_read_no_further(
    cloud: Rest, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "LARGEST", 1 << 20)
    bomb = gzip.compress(b" " * (8 << 20))
    hostile.says["/x"] = (200, {"Content-Encoding": "gzip"}, bomb)
    with pytest.raises(Transient, match="without end"):
        await cloud.ask("GET", f"{hostile.url}/x")
    hostile.says["/x"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b'{"a": 1}'))
    assert await cloud.ask("GET", f"{hostile.url}/x") == {"a": 1}


@pytest.fixture
async def arm(hostile: Hostile) -> AsyncIterator[Arm]:
    hostile.says["/t/oauth2/v2.0/token"] = (
        200, {}, json.dumps({"access_token": SECRET, "expires_in": 3600}).encode()
    )  # fmt: skip
    given = {
        "tenant": "t", "client_id": "c", "client_secret": "s", "login_url": hostile.url,
        "management_url": hostile.url, "imds_url": hostile.url,
        "metrics_url": "https://{region}.metrics.example.eu",
    }  # fmt: skip
    made = Arm(azure_settings(given), ObedientClock(), _at_once)
    yield made
    await made.close()


async def test_azure_s_token_goes_to_no_other_host_whatever_a_page_says(
    arm: Arm, hostile: Hostile, elsewhere: Hostile
) -> None:
    place = elsewhere.url.removeprefix("http://")
    hostile.says["/list"] = (
        200, {}, json.dumps({"value": [], "nextLink": f"{elsewhere.url}/more"}).encode()
    )  # fmt: skip
    hostile.says["/more"] = (200, {}, b'{"value": []}')
    assert [page async for page in arm.listed("/list", "1")] == [[], []]
    for path in (f"@{place}/x", f".{place}/x", f"//{place}/x"):
        with suppress(Permanent, Transient):
            await arm.get(path, "1")
    for region in ("x.evil.eu/", "@evil.eu#", "", "a b"):
        with pytest.raises(Permanent):
            await arm.metrics(region, "/x", {})
    assert elsewhere.asked == []


# OpenStack


@pytest.fixture
def keystone(hostile: Hostile) -> Iterator[Reach]:
    pytest.importorskip("openstack")
    token = {"methods": ["password"], "expires_at": "2999-01-01T00:00:00.000000Z",
             "user": {"id": "u", "name": "u", "domain": {"id": "d", "name": "d"}},
             "project": {"id": "p", "name": "p", "domain": {"id": "d", "name": "d"}},
             "issued_at": "2026-11-22T02:09:00.000000Z", "catalog": [], "roles": []}  # fmt: skip
    hostile.says["/v3/auth/tokens"] = (
        201, {"X-Subject-Token": SECRET}, json.dumps({"token": token}).encode()
    )  # fmt: skip
    version = {"version": {"id": "v3.14", "status": "stable",
                           "links": [{"rel": "self", "href": f"{hostile.url}/v3/"}]}}  # fmt: skip
    hostile.says["/v3"] = hostile.says["/v3/"] = (200, {}, json.dumps(version).encode())
    auth = {"auth_url": f"{hostile.url}/v3", "username": "u", "password": "p",
            "project": "p"}  # fmt: skip
    made = Reach(settings.source("os", auth))
    yield made
    made.close()


def test_openstack_s_token_is_sent_on_within_the_same_place_alone(
    keystone: Reach, hostile: Hostile, elsewhere: Hostile
) -> None:
    hostile.says["/a"] = (302, {"Location": "/b"}, b"")
    hostile.says["/b"] = (200, {}, b'{"well": true}')
    assert keystone.send("GET", f"{hostile.url}/a", "Nova").json() == {"well": True}
    hostile.says["/a"] = (302, {"Location": f"{elsewhere.url}/b"}, b"")
    assert keystone.send("GET", f"{hostile.url}/a", "Nova").status_code == 302
    hostile.says["/a"] = (302, {"Location": "/c"}, b"")
    hostile.says["/c"] = (302, {"Location": "/a"}, b"")
    assert keystone.send("GET", f"{hostile.url}/a", "Nova").status_code == 302
    assert elsewhere.asked == []
    assert ("/b", SECRET) in hostile.asked


def test_openstack_s_answers_are_read_no_further_than_fits(
    keystone: Reach, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "LARGEST", 1 << 20)
    bomb = gzip.compress(b" " * (8 << 20))
    hostile.says["/x"] = (200, {"Content-Encoding": "gzip"}, bomb)
    with pytest.raises(Unanswered):
        keystone.send("GET", f"{hostile.url}/x", "Nova")
    hostile.says["/x"] = (200, {"Content-Length": "1000"}, b"{}")
    with pytest.raises(Unanswered):
        keystone.send("GET", f"{hostile.url}/x", "Nova")


@pytest.mark.parametrize("said", ["no", "0", "off", "false", '""', "null"])
def test_no_word_in_clouds_yaml_turns_certificates_off(said: str, tmp_path: Any) -> None:
    pytest.importorskip("openstack")
    file = tmp_path / "clouds.yaml"
    file.write_text(
        f"clouds:\n  a:\n    verify: {said}\n    auth: {{auth_url: 'https://x/v3', username: u, "
        "password: p, project_name: p}\n"
    )
    made = Reach(settings.source("os", {"clouds_file": str(file), "cloud": "a"}))
    with pytest.raises(Misconfigured, match="verify"):
        made.session()
