"""Every address of a whole service, asked in every way: each answer carries every header, and no
body, however broken, slow or large, makes a fault or leaves anything behind."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.web.safety import HEADERS
from tests.security.test_routes import FILLED, INTAKE, KINDS, LINK, Rig, rig

__all__ = ["rig"]

pytestmark = pytest.mark.slow

HOSTILE = Path(__file__).parents[3] / "shared" / "payloads" / "_hostile"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
DEEP = b"[" * 100_000
BOMB = gzip.compress(b" " * (64 << 20))


def filled(path: str, secret: str) -> str:
    names = re.findall(r"{(\w+)}", path)
    return path.format(**{n: FILLED[n].format(secret=secret) for n in names})


def lacking(answer: aiohttp.ClientResponse) -> list[str]:
    """Headers that an answer should have and has not."""
    found = [name for name in HEADERS if not answer.headers.get(name)]
    policy = answer.headers.get("Content-Security-Policy", "")
    if "unsafe-inline" in policy or "unsafe-eval" in policy or "frame-ancestors" not in policy:
        found.append(f"policy {policy}")
    if "aiohttp" in answer.headers.get("Server", "").casefold():
        found.append("Server")
    return found


def client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(60)
    )


async def test_every_answer_of_every_address_carries_every_header(rig: Rig) -> None:
    asked: list[tuple[str, str, dict[str, str], bytes]] = []
    bearer = {"Authorization": f"Bearer {rig.secrets['an API token']}"}
    for method, path in rig.routes():
        address = filled(path, "x")
        asked += [(method, address, {}, b""), (method, address, bearer, b"")]
        asked += [("PATCH", address, {}, b"{}"), ("HEAD", address, {}, b"")]
        asked += [(method, address, {"Content-Type": JSON}, b"x" * (2 << 20))]
        asked += [(method, address, {"Host": "evil.example"}, b"")]
    asked += [("GET", "/no/such/page", {}, b""), ("GET", "/in/nosuch", {}, b"")]
    wrong, statuses = [], set()
    async with client() as http:
        for method, path, headers, body in asked:
            if path == "/events":
                continue
            url = f"http://127.0.0.1:{rig.port}{path}"
            sent: Any = http.request(
                method,
                url,
                headers=headers,
                data=io.BytesIO(body) if body else None,
                allow_redirects=False,
            )
            async with sent as answer:
                statuses.add(answer.status)
                if missing := lacking(answer):
                    wrong.append(f"{method} {path} {answer.status}: {missing}")
                if answer.status >= 500:
                    wrong.append(f"{method} {path} {answer.status}")
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert {200, 401, 404, 405, 413, 421} <= statuses


async def test_a_fault_carries_every_header_too(rig: Rig) -> None:
    runner = rig.app._runner
    assert runner is not None
    rig.app.health._reader = None  # type: ignore[assignment]
    async with client() as http, http.get(f"http://127.0.0.1:{rig.port}/metrics") as answer:
        assert answer.status == 500
        assert not lacking(answer)
        assert "Traceback" not in await answer.text()


def bodies() -> Iterator[tuple[str, dict[str, str], bytes]]:
    """What a stranger may send."""
    part = b'--b\r\nContent-Disposition: form-data; name="payload"\r\n\r\n{}\r\n'
    zipped = gzip.compress(b'{"a": 1}')
    yield "a bomb", {"Content-Type": JSON, "Content-Encoding": "gzip"}, BOMB
    yield (
        "a bomb of deflate",
        {"Content-Type": JSON, "Content-Encoding": "deflate"},
        zlib.compress(b"[" * (64 << 20)),
    )
    yield "half a gzip", {"Content-Type": JSON, "Content-Encoding": "gzip"}, zipped[:-6]
    yield "no gzip", {"Content-Type": JSON, "Content-Encoding": "gzip"}, b"{}"
    yield "twice zipped", {"Content-Type": JSON, "Content-Encoding": "gzip, gzip"}, zipped
    yield "no such coding", {"Content-Type": JSON, "Content-Encoding": "zstd, x"}, b"{}"
    yield "no such charset", {"Content-Type": f"{JSON}; charset=nosuch"}, b"{}"
    yield "a codec that is no charset", {"Content-Type": f"{FORM}; charset=zip"}, b"a=1"
    yield "half a character", {"Content-Type": f"{JSON}; charset=utf-16"}, b"\xff\xfe\x00"
    yield "deep", {"Content-Type": JSON}, DEEP
    yield "deep objects", {"Content-Type": JSON}, b'{"a":' * 50_000
    yield "many fields", {"Content-Type": FORM}, b"&".join(b"a%d=1" % n for n in range(100_000))
    yield "one field, often", {"Content-Type": FORM}, b"token=x&" * 50_000
    yield "parts", {"Content-Type": "multipart/form-data; boundary=b"}, part * 500 + b"--b--\r\n"
    yield "parts without an end", {"Content-Type": "multipart/form-data; boundary=b"}, part
    yield "parts without a boundary", {"Content-Type": "multipart/form-data"}, part
    yield (
        "a file",
        {"Content-Type": "multipart/form-data; boundary=b"},
        (
            b'--b\r\nContent-Disposition: form-data; name="token"; filename="x"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--b--\r\n"
        ),
    )
    yield "large", {"Content-Type": JSON}, b"[" + b"1," * (1 << 20) + b"1]"
    yield "a number without an end", {"Content-Type": JSON}, b"1" * 500_000
    yield "nul", {"Content-Type": JSON}, b'{"a": "\\u0000", "\\u0000": "\\ud800"}'
    yield "no type", {"Content-Type": ""}, b"\x00\xff" * 100
    yield "no type at all", {"Content-Type": 'a/b/c; ;;="x'}, b"{}"
    yield "words of ours", {"Content-Type": JSON}, json.dumps({"token": ["x"], "key": {}}).encode()
    for path in sorted(HOSTILE.glob("*")) if HOSTILE.is_dir() else ():
        if path.is_file():
            yield path.name, {"Content-Type": JSON}, path.read_bytes()[: 3 << 20]


async def test_no_body_makes_a_fault_or_leaves_anything_behind(rig: Rig) -> None:
    before, wrong = (await rig.counts())[:2], []
    named = ("twilio", "pagerduty", "alertmanager", "nosuch")
    targets = [
        (method, filled(path, "x").replace("/callback/alertmanager", f"/callback/{name}"))
        for method, path in rig.routes()
        if KINDS.get(path) in (LINK, INTAKE) or path in ("/signin", "/status")
        if method in ("POST", "PUT", "PATCH")
        for name in (named if path.startswith("/callback") else named[:1])
    ]
    async with client() as http:
        for method, path in targets:
            for what, headers, body in bodies():
                url = f"http://127.0.0.1:{rig.port}{path}"
                try:
                    async with http.request(
                        method, url, headers=headers, data=io.BytesIO(body), allow_redirects=False
                    ) as answer:
                        if answer.status >= 500 or lacking(answer):
                            said = (await answer.text(errors="replace"))[:80]
                            wrong.append(f"{method} {path} {what}: {answer.status} {said}")
                except aiohttp.ClientConnectionError:
                    pass  # it was told no before all of it was sent
    assert not wrong, "\n".join(wrong[:60])
    assert (await rig.counts())[:2] == before  # incidents, alerts


async def test_headers_of_a_live_page_are_those_of_every_page(rig: Rig) -> None:
    async with client() as http, http.get(f"http://127.0.0.1:{rig.port}/events") as answer:
        assert answer.status in (401, 403)
        assert not lacking(answer)
    assert isinstance(rig.app._runner, web.AppRunner)
