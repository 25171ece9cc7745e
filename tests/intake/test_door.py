"""What the intake answers before it reads a body: paths, tokens, methods, sizes, encodings."""

from __future__ import annotations

import asyncio
import gzip
import threading
import zlib
from collections.abc import AsyncIterator

import pytest

from store import lanes
from tests.intake.support import FORM, Answered, Station, firing, group


def refuses(answer: Answered, status: int, where: str) -> None:
    assert answer.status == status, answer.text
    assert set(answer.body) == {"error", "where"}
    assert answer.body["where"] == where
    assert answer.body["error"]
    assert "Traceback" not in answer.text and ".py" not in answer.text


async def test_an_alert_is_accepted_with_its_incident_and_where_to_see_it(
    each_station: Station,
) -> None:
    answer = await each_station.post("alertmanager", group(firing("A"), firing("B")))
    assert answer.status == 202
    incident = answer.body["incident_id"]
    assert answer.body == {
        "accepted": 2,
        "incidents": [incident],
        "incident_id": incident,
        "incident_url": f"{each_station.app.settings.url}/i/{incident}",
    }
    assert (await each_station.stored())["alerts"] == 2


async def test_the_token_may_stand_in_the_header_the_path_or_the_query(station: Station) -> None:
    token = await station.token("alertmanager")
    bearer = {"Authorization": f"Bearer {token}"}
    for path, headers in (
        ("/in/alertmanager", bearer),
        ("/in/alertmanager", {"Authorization": f"bearer  {token}"}),
        (f"/in/alertmanager/{token}", {}),
        (f"/in/alertmanager?token={token}", {}),
        (f"/in/alertmanager/{token}", {"Authorization": "Basic dXNlcjpwYXNz"}),
        (f"/in/alertmanager/{token}", {"Authorization": "Bearer the-proxy's-own"}),
        (f"/in/alertmanager/{token}/", {}),
        ("/in/alertmanager/", bearer),
    ):
        answer = await station.ask("POST", path, group(firing()), headers=headers)
        assert answer.status == 202, path


async def test_without_a_token_of_this_integration_nothing_is_read(station: Station) -> None:
    other = await station.token("webhook")
    for path in (
        "/in/alertmanager",
        "/in/alertmanager/nonsense",
        "/in/alertmanager?token=",
        f"/in/alertmanager/{other}",
        "/in/alertmanager/%00%ff",
    ):
        refuses(await station.ask("POST", path, group(firing())), 401, "token")
    assert not any((await station.stored()).values())


async def test_an_integration_nobody_has_is_not_found(station: Station) -> None:
    token = await station.token("alertmanager")
    for name in ("nosuch", "base", "_http", "ntfy", "pushover", "x" * 3000):
        answer = await station.ask("POST", f"/in/{name}/{token}", group(firing()))
        assert answer.status == 404, (name, answer.text)
        assert set(answer.body) == {"error", "where"}


async def test_only_post_is_taken_and_nothing_redirects(station: Station) -> None:
    token = await station.token("alertmanager")
    for path in (f"/in/alertmanager/{token}", f"/in/alertmanager/{token}/", "/in/alertmanager"):
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
            answer = await station.ask(method, path)
            assert answer.status == 405, (method, path)
            assert answer.headers["Allow"] == "POST"
    for path in ("/in", "/in/", f"//in/alertmanager/{token}", f"/in/alertmanager/{token}//"):
        assert (await station.ask("POST", path, group(firing()))).status == 404, path


async def test_a_body_over_the_limit_is_refused_however_it_comes(station: Station) -> None:
    limit = station.app.settings.intake.max_body
    fits = group(firing())
    fits["alerts"][0]["annotations"]["description"] = "x" * (limit - 1200)
    assert (await station.post("alertmanager", fits)).status == 202
    long = b'{"alerts":[{"labels":{"a":"' + b"x" * limit
    refuses(await station.post("alertmanager", long), 413, "body")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(limit // 65_536 + 2):
            yield b"x" * 65_536

    token = await station.token("alertmanager")
    async with station.http.post(
        f"{station.url}/in/alertmanager/{token}", data=chunks(), headers={"Content-Type": "a/b"}
    ) as response:
        assert response.status == 413
        assert (await response.json())["where"] == "body"
    assert (await station.stored())["alerts"] == 1


async def test_gzip_and_deflate_are_unfolded(station: Station) -> None:
    plain = b'{"alerts":[{"status":"firing","labels":{"alertname":"A"}}]}'
    raw = zlib.compressobj(wbits=-15)
    for encoding, packed in (
        ("gzip", gzip.compress(plain)),
        ("GZIP", gzip.compress(plain)),
        ("x-gzip", gzip.compress(plain)),
        ("deflate", zlib.compress(plain)),
        ("deflate", raw.compress(plain) + raw.flush()),
        ("identity", plain),
        ("Identity", plain),
    ):
        answer = await station.post("alertmanager", packed, headers={"Content-Encoding": encoding})
        assert answer.status == 202, (encoding, answer.text)


async def test_a_gzip_bomb_is_refused_before_it_unfolds(station: Station) -> None:
    layer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(layer.compress(bytes(1 << 20)) for _ in range(200)) + layer.flush()
    assert len(bomb) < station.app.settings.intake.max_body
    answer = await station.post("alertmanager", bomb, headers={"Content-Encoding": "gzip"})
    refuses(answer, 413, "body")


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "x" * 500])
async def test_an_encoding_we_do_not_know_is_named(station: Station, encoding: str) -> None:
    answer = await station.post(
        "alertmanager", gzip.compress(b"{}"), headers={"Content-Encoding": encoding}
    )
    refuses(answer, 415, "content-encoding")


async def test_what_is_not_the_encoding_it_claims_is_a_bad_request(station: Station) -> None:
    packed = gzip.compress(b'{"alerts":[{"labels":{"a":"b"}}]}')
    for body in (b'{"alerts":[]}', packed[:-9], packed + b"more", b"", packed[:5] + packed):
        answer = await station.post("alertmanager", body, headers={"Content-Encoding": "gzip"})
        refuses(answer, 400, "body")


async def test_a_content_type_that_is_not_read_is_named(station: Station) -> None:
    for kind in ("application/yaml", "image/png", "text/html", "application/xml"):
        answer = await station.post("alertmanager", "a: b", content_type=kind)
        refuses(answer, 415, "content-type")
        assert kind in answer.body["error"]
    for read in (None, "application/json; charset=utf-8", "text/plain", FORM):
        answer = await station.post("alertmanager", group(firing()), content_type=read)
        assert answer.status == 202, read


async def test_a_full_queue_says_when_to_come_again_and_forgets_nothing_it_took(
    station: Station,
) -> None:
    await station.token("alertmanager")
    gate = threading.Event()
    held = asyncio.create_task(station.app.door.system(lambda ctx: gate.wait(30)))
    station.app.writer._queue = lanes.Queue(limit=3)
    try:
        posts = [
            asyncio.create_task(station.post("alertmanager", group(firing(f"A{i}"))))
            for i in range(10)
        ]
        done, waiting = await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 7:
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            done |= more
    finally:
        gate.set()
    for each in done:
        refuses(each.result(), 503, "queue")
        assert int(each.result().headers["Retry-After"]) > 0
    assert [(await each).status for each in waiting] == [202] * 3
    await held
    assert (await station.stored())["alerts"] == 3


async def test_a_fault_of_ours_shows_nothing_of_our_inside(
    station: Station, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("something nobody thought of")

    token = await station.token("alertmanager")
    monkeypatch.setattr(station.app.door, "intake", fails)
    answer = await station.post("alertmanager", group(firing()))
    refuses(answer, 500, "server")
    assert "nobody thought of" not in answer.text
    assert "nobody thought of" in caplog.text
    assert token not in caplog.text


async def test_the_same_body_twice_only_counts(station: Station) -> None:
    key = {"Idempotency-Key": "once"}
    first = await station.post("alertmanager", group(firing()), headers=key)
    before = await station.stored()
    second = await station.post("alertmanager", group(firing()), headers=key)
    assert first.body == second.body
    after = await station.stored()
    assert [after[of] for of in ("alerts", "incidents")] == [1, 1]
    assert [before[of] for of in ("alerts", "incidents")] == [1, 1]
