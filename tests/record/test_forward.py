"""The record arrives at a syslog receiver whole, in order, over TLS that is verified."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.record.forward import Forwarder, position
from bot.record.settings import SyslogSettings
from commands.context import Ctx
from store import audit
from store.model import Actor
from tests.inbox import certificate
from tests.record.receiver import Receiver
from tests.record.test_formats import of_cef, of_syslog
from tests.support.world import World

ANA = Actor("person", "ana", "Ana Petrova", "slack", ("admin",), "U0ANA")


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    """A receiver with a certificate of its own for 127.0.0.1."""
    made = Receiver(_tls(tmp_path))
    await made.start()
    yield made
    await made.stop()


def _tls(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate.write(folder))
    return context


def to(receiver: Receiver, folder: Path, **more: object) -> SyslogSettings:
    """Settings that lead there."""
    given = {"host": "127.0.0.1", "port": receiver.port, "ca": str(folder / "mx.pem"), **more}
    return SyslogSettings.model_validate(given)


async def write(world: World, many: int, writer: str = "main") -> None:
    """Rows of the record."""

    def add(ctx: Ctx) -> None:
        for n in range(many):
            audit.append(ctx.tx, writer, ctx.now, ANA, "note", "ok", n, {"n": n})

    await world.door.system(add)


def places(messages: list[bytes]) -> list[tuple[str, int]]:
    """Where in the chains the messages stand."""
    params = [of_syslog(m)[1] for m in messages]
    return [(p["writer"], int(p["seq"])) for p in params]


async def length(world: World) -> int:
    """How many rows there are."""
    return (await world.app.reader.read(audit.examine)).rows


async def test_every_row_arrives_once_and_each_chain_in_order(
    world: World, receiver: Receiver, tmp_path: Path
) -> None:
    await write(world, 450)
    await write(world, 7, "other")
    forwarder = Forwarder(world.door, to(receiver, tmp_path), settle=0, pause=0.01)
    forwarder.start()
    total = await length(world)
    seen = places(await receiver.wait_for(total))
    await write(world, 3)
    seen = places(await receiver.wait_for(total + 3))
    await forwarder.stop()
    assert len(set(seen)) == len(seen) == total + 3 and not receiver.wrong
    for writer in ("main", "other"):
        mine = [seq for name, seq in seen if name == writer]
        assert mine == list(range(1, len(mine) + 1))


async def test_after_an_outage_it_goes_on_where_it_stood(
    world: World, receiver: Receiver, tmp_path: Path
) -> None:
    await write(world, 50)
    forwarder = Forwarder(world.door, to(receiver, tmp_path), settle=0, pause=0.01)
    forwarder.start()
    before = await length(world)
    await receiver.wait_for(before)
    await confirmed(world, before)
    await receiver.stop()
    await write(world, 20)
    while not forwarder.trouble:
        await asyncio.sleep(0.01)
    await receiver.start()
    seen = places(await receiver.wait_for(before + 21))
    await forwarder.stop()
    assert set(seen) >= {("main", n) for n in range(1, before + 21)}
    assert len(seen) == len(set(seen))
    verbs = [of_syslog(m)[1]["verb"] for m in receiver.messages]
    assert "audit.forward" in verbs


async def confirmed(world: World, seq: int) -> None:
    """Until that row counts as arrived."""
    while (await world.app.reader.read(position)).get("main", 0) < seq:
        await asyncio.sleep(0.01)


async def test_what_has_not_settled_is_sent_again_and_nothing_is_lost(
    world: World, receiver: Receiver, tmp_path: Path
) -> None:
    """A receiver that dies with messages it has taken from the network and not yet written."""
    await write(world, 30)
    forwarder = Forwarder(world.door, to(receiver, tmp_path), settle=3600, pause=0.01)
    forwarder.start()
    before = await length(world)
    await receiver.wait_for(before)
    await receiver.stop()
    receiver.messages.clear()
    await receiver.start()
    seen = places(await receiver.wait_for(before))
    await forwarder.stop()
    assert set(seen) >= {("main", n) for n in range(1, before + 1)}


async def test_another_process_goes_on_where_the_last_one_stood(
    world: World, receiver: Receiver, tmp_path: Path
) -> None:
    first = Forwarder(world.door, to(receiver, tmp_path), settle=0, pause=0.01)
    first.start()
    before = await length(world)
    await receiver.wait_for(before)
    await confirmed(world, before)
    await first.stop()
    await write(world, 4)
    second = Forwarder(world.door, to(receiver, tmp_path), settle=0, pause=0.01)
    second.start()
    seen = places(await receiver.wait_for(before + 4))
    await second.stop()
    assert seen == [("main", n) for n in range(1, before + 5)]


async def refused(world: World, settings: SyslogSettings) -> str:
    """Why it does not connect."""
    forwarder = Forwarder(world.door, settings, pause=0.01)
    forwarder.start()
    while not forwarder.trouble:
        await asyncio.sleep(0.01)
    await forwarder.stop()
    assert not forwarder.sent
    return forwarder.trouble


async def test_a_certificate_nobody_vouches_for_gets_nothing(
    world: World, receiver: Receiver, tmp_path: Path
) -> None:
    assert "certificate" in (await refused(world, to(receiver, tmp_path, ca=None))).lower()
    assert not receiver.messages


async def test_a_certificate_for_another_name_gets_nothing(
    world: World, receiver: Receiver, tmp_path: Path
) -> None:
    said = await refused(world, to(receiver, tmp_path, host="localhost"))
    assert "mismatch" in said.lower() and not receiver.messages


async def test_an_old_protocol_gets_nothing(world: World, tmp_path: Path) -> None:
    import warnings

    context = _tls(tmp_path)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    old = Receiver(context)
    await old.start()
    await refused(world, to(old, tmp_path))
    await old.stop()
    assert not old.messages


async def test_without_tls_only_this_machine_and_as_cef_where_that_is_wanted(world: World) -> None:
    plain = Receiver()
    await plain.start()
    settings = SyslogSettings.model_validate(
        {"host": "127.0.0.1", "port": plain.port, "tls": False, "format": "cef"}
    )
    forwarder = Forwarder(world.door, settings, settle=0, pause=0.01)
    forwarder.start()
    (first, *_) = await plain.wait_for(1)
    await forwarder.stop()
    await plain.stop()
    of_cef("CEF:" + first.decode().partition(" - CEF:")[2])
