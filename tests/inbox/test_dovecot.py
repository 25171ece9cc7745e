"""A mailbox of a real Dovecot, read from the first mail to outages and a mailbox made anew."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, prepare
from bot.inbox import mailbox, poller
from bot.settings import parse
from store.model import IncidentStatus
from tests.inbox.dovecot import MISSING, PASSWORD, USER, Dovecot
from tests.inbox.mails import mail
from tests.inbox.post import incidents, until
from tests.support.engines import migrated_url
from tests.support.world import YAML

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(MISSING), reason=MISSING)]

TRIGGERED, RESOLVED = IncidentStatus.TRIGGERED, IncidentStatus.RESOLVED


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A mail server of its own."""
    made = Dovecot()
    made.start()
    yield made
    made.end()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for minutes is done within the patience of a test."""
    monkeypatch.setattr(poller, "FIRST", 0.1)
    monkeypatch.setattr(poller, "LONGEST", 0.5)
    monkeypatch.setattr(mailbox, "IDLE", 3.0)


@asynccontextmanager
async def reading(dovecot: Dovecot, folder: Path, **more: Any) -> AsyncIterator[App]:
    """PixelView reading the mailbox, over TLS with the server's own certificate."""
    options = {"port": dovecot.tls, "ca_file": str(dovecot.cert), "every": 1, **more}
    said = ", ".join(f"{name}: {value}" for name, value in options.items())
    yaml = YAML + (
        "intake:\n  mail:\n    mailboxes:\n"
        f"      alerts: {{host: 127.0.0.1, user: {USER}, password: {PASSWORD}, {said}}}\n"
    )
    settings = parse(yaml, "test.yaml").model_copy(
        update={
            "database": _database(folder),
            "key_file": str(folder / "pixelview.key"),
        }
    )
    app = App(settings, await prepare(settings))
    await app.start("127.0.0.1", 0)
    try:
        yield app
    finally:
        await app.stop()


def _database(folder: Path) -> str:
    """The one that is there, or a new one."""
    there = next(folder.glob("*.db"), None)
    return migrated_url("sqlite", folder) if there is None else f"sqlite:///{there}"


async def states(app: App) -> list[str]:
    """How the incidents stand, by number."""
    return [str(each.status) for each in await incidents(app)]


async def come(app: App, *wanted: IncidentStatus) -> None:
    """Wait until the incidents stand so."""

    async def look() -> bool:
        return await states(app) == [str(each) for each in wanted]

    await until(look, f"{wanted}", 20)


def down(n: int = 3, number: str = "") -> bytes:
    more = {"Message_ID": f"<{number}@mon.example>"} if number else {}
    return mail(f"** PROBLEM Host Alert: db-{n} is DOWN **", **more)


def up(n: int = 3, number: str = "") -> bytes:
    more = {"Message_ID": f"<{number}@mon.example>"} if number else {}
    return mail(f"** RECOVERY Host Alert: db-{n} is UP **", **more)


def sign(app: App) -> Any:
    """What the health box says of the mailbox."""
    return next(each for each in app.health.signs() if each.name == "Mailbox alerts")


@pytest.mark.parametrize("idle", [True, False])
async def test_problem_and_recovery_are_read_and_marked(
    dovecot: Dovecot, tmp_path: Path, idle: bool
) -> None:
    async with reading(dovecot, tmp_path, idle=str(idle).lower()) as app:
        dovecot.deliver(down())
        await come(app, TRIGGERED)
        dovecot.deliver(up())
        await come(app, RESOLVED)

        async def marked() -> bool:
            return dovecot.flags() == [("\\Seen",), ("\\Seen",)]

        await until(marked, "both are read")
        assert sign(app).ok and sign(app).words == "last looked at"


async def test_what_lay_there_unread_and_young_is_taken_and_the_rest_left_alone(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    dovecot.deliver(down(1), down(2), down(3))
    client = dovecot.client()
    client.select("INBOX")
    client.store("2", "+FLAGS", "\\Seen")
    client.logout()
    async with reading(dovecot, tmp_path) as app:
        await come(app, TRIGGERED, TRIGGERED)
        assert sorted(each.title[:4] for each in await incidents(app)) == ["db-1", "db-3"]


async def test_mails_taken_lie_in_their_folder(dovecot: Dovecot, tmp_path: Path) -> None:
    async with reading(dovecot, tmp_path, move_to="Taken") as app:
        dovecot.deliver(down(), b"From: a@b.example\n\n\n")
        await come(app, TRIGGERED)

        async def moved() -> bool:
            return dovecot.flags("Taken") == [("\\Seen",)]

        await until(moved, "it is moved")

        async def flagged() -> bool:
            return dovecot.flags() == [("\\Flagged",)]

        await until(flagged, "the other is flagged")
        assert app.hooks.refused == 1


async def test_an_outage_of_the_server_is_seen_and_loses_nothing(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    async with reading(dovecot, tmp_path) as app:
        dovecot.deliver(down(1))
        await come(app, TRIGGERED)

        async def well() -> bool:
            return bool(sign(app).ok)

        await until(well, "it is well")
        dovecot.stop()

        async def seen() -> bool:
            return not sign(app).ok

        await until(seen, "the outage is seen")
        assert "127.0.0.1" in sign(app).words
        dovecot.start()
        dovecot.deliver(down(2))
        await come(app, TRIGGERED, TRIGGERED)
        await until(well, "it is well again")


async def test_a_restart_loses_nothing_and_doubles_nothing(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    async with reading(dovecot, tmp_path) as app:
        dovecot.deliver(down(1), up(1))
        await come(app, RESOLVED)
    client = dovecot.client()
    client.select("INBOX")
    client.store("1:*", "-FLAGS", "\\Seen")
    client.logout()
    dovecot.deliver(down(2))
    async with reading(dovecot, tmp_path) as app:
        await come(app, RESOLVED, TRIGGERED)
        dovecot.deliver(up(2))
        await come(app, RESOLVED, RESOLVED)


async def test_a_mailbox_that_was_made_anew_doubles_nothing(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    mails = [down(1, "1"), up(1, "2")]
    async with reading(dovecot, tmp_path) as app:
        dovecot.deliver(*mails)
        await come(app, RESOLVED)
    dovecot.stop()
    shutil.rmtree(dovecot.folder / "mail" / USER)
    dovecot.start()
    dovecot.deliver(*mails, down(2, "3"))
    async with reading(dovecot, tmp_path) as app:
        await come(app, RESOLVED, TRIGGERED)


async def test_a_wrong_password_and_a_strange_certificate_are_said(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    for more, words in (
        ({"user": "alerts", "password": "wrong"}, "refuses the login of alerts"),
        ({"ca_file": "null"}, "no safe connection: self-signed certificate"),
    ):
        folder = tmp_path / words[:7].strip()
        folder.mkdir()
        options = {"port": dovecot.tls, "ca_file": str(dovecot.cert), **more}
        said = ", ".join(f"{n}: {v}" for n, v in options.items() if n not in ("user", "password"))
        user, password = USER, more.get("password", PASSWORD)
        yaml = YAML + (
            "intake:\n  mail:\n    mailboxes:\n"
            f"      alerts: {{host: 127.0.0.1, user: {user}, password: {password}, {said}}}\n"
        )
        settings = parse(yaml, "test.yaml").model_copy(
            update={
                "database": migrated_url("sqlite", folder),
                "key_file": str(folder / "pixelview.key"),
            }
        )
        app = App(settings, await prepare(settings))
        await app.start("127.0.0.1", 0)

        async def said_so(app: App = app, words: str = words) -> bool:
            return words in sign(app).words

        await until(said_so, words, 15)
        await app.stop()


async def test_starttls_is_used_where_it_is_wanted(dovecot: Dovecot, tmp_path: Path) -> None:
    async with reading(dovecot, tmp_path, port=dovecot.port, tls="starttls") as app:
        dovecot.deliver(down())
        await come(app, TRIGGERED)


async def test_addresses_in_a_mail_choose_its_source(dovecot: Dovecot, tmp_path: Path) -> None:
    async with reading(dovecot, tmp_path, senders="['@mon.example.eu']") as app:
        token = await app.door.system(_token)
        dovecot.deliver(
            down(1).replace(b"alerts@pv.example.eu", f"x+{token}@pv.example.eu".encode()),
            down(2),
            down(4).replace(b"monitor@mon.example.eu", b"stranger@example.org"),
            down(3),
        )

        async def three() -> bool:
            return len(await incidents(app)) == 3

        await until(three, "three are taken")
        sources = {each.title[:4]: each.source for each in await incidents(app)}
        assert sources == {"db-1": "ups", "db-2": "alerts", "db-3": "alerts"}


def _token(ctx: Any) -> str:
    from store import access

    source = access.source(ctx.tx, ctx.now, "ups", "email")
    secret = access.new_address()
    return access.create_token(ctx.tx, ctx.now, "ups", source_id=source.id, secret=secret)
