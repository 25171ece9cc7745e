"""A mailbox read by IMAP: in order, each mail once, whatever fails in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, prepare
from bot.inbox import mailbox, poller
from bot.settings import parse
from commands.errors import Busy
from store import mails, quarantine
from store.mails import Place
from store.model import IncidentStatus
from tests.inbox.imap import Server
from tests.inbox.mails import mail
from tests.inbox.post import incidents, until
from tests.support.engines import ENGINES, migrated_url
from tests.support.world import YAML, ObedientClock

TRIGGERED, RESOLVED = IncidentStatus.TRIGGERED, IncidentStatus.RESOLVED
PROBLEM, RECOVERY = (
    "** PROBLEM Host Alert: db-{} is DOWN **",
    "** RECOVERY Host Alert: db-{} is UP **",
)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for seconds is done at once."""
    monkeypatch.setattr(poller, "FIRST", 0.02)
    monkeypatch.setattr(poller, "LONGEST", 0.1)
    monkeypatch.setattr(mailbox, "IDLE", 1.0)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A mail server."""
    async with Server() as made:
        yield made


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database on one of the engines."""
    return migrated_url(request.param, tmp_path)


@pytest.fixture
def lite(tmp_path: Path) -> str:
    """An empty database of SQLite."""
    return migrated_url("sqlite", tmp_path)


@asynccontextmanager
async def reading(server: Server, url: str, keys: Path, **more: Any) -> AsyncIterator[App]:
    """PixelView reading the mailbox."""
    options = {"port": server.port, "tls": "none", "every": 1, **more}
    said = ", ".join(f"{name}: {value}" for name, value in options.items())
    yaml = YAML + (
        "intake:\n  mail:\n    mailboxes:\n"
        f"      alerts: {{host: 127.0.0.1, user: alerts, password: sesame, {said}}}\n"
    )
    settings = parse(yaml, "test.yaml").model_copy(
        update={"database": url, "key_file": str(keys / "pixelview.key")}
    )
    app = App(settings, await prepare(settings), ObedientClock())
    await app.open()
    await app.mail.start()
    try:
        yield app
    finally:
        await app.mail.stop()
        await app.ticker.stop()
        await app.stop()


async def come(app: App, *wanted: IncidentStatus) -> None:
    """Wait until the incidents stand so."""

    async def look() -> bool:
        return [each.status for each in await incidents(app)] == list(wanted)

    await until(look, f"{wanted}", 20)


def down(n: int = 3, **more: str) -> bytes:
    """The mail of a problem."""
    return mail(PROBLEM.format(n), **more)


def up(n: int = 3, **more: str) -> bytes:
    """The mail of its end."""
    return mail(RECOVERY.format(n), **more)


def sign(app: App) -> Any:
    """What the health box says of the mailbox."""
    return next(each for each in app.health.signs() if each.name == "Mailbox alerts")


async def settled(server: Server, flags: list[set[str]]) -> None:
    """Wait until the mails in the mailbox have these flags."""

    async def look() -> bool:
        return [message.flags for message in server.messages] == flags

    await until(look, f"{flags}", 20)


async def test_problem_and_recovery_are_read_in_order(
    server: Server, database: str, tmp_path: Path
) -> None:
    server.capabilities += " IDLE"
    async with reading(server, database, tmp_path) as app:
        await until(lambda: _idles(server), "it waits")
        server.put(down())
        await come(app, TRIGGERED)
        server.put(up())
        await come(app, RESOLVED)
        await settled(server, [{"\\Seen"}, {"\\Seen"}])
        assert sign(app).ok


async def _idles(server: Server) -> bool:
    return "IDLE" in server.seen


async def test_without_idle_it_is_asked_every_so_often(
    server: Server, lite: str, tmp_path: Path
) -> None:
    async with reading(server, lite, tmp_path) as app:
        server.put(down(), up())
        await come(app, RESOLVED)
        assert "IDLE" not in server.seen


async def test_what_was_read_or_is_old_before_the_first_look_is_left_alone(
    server: Server, lite: str, tmp_path: Path
) -> None:
    server.put(down(1), seen=True)
    server.put(down(2))
    async with reading(server, lite, tmp_path) as app:
        await come(app, TRIGGERED)
        assert any("UNSEEN SINCE 20-Nov-2026" in command for command in server.seen)
        server.put(down(3))
        await come(app, TRIGGERED, TRIGGERED)


async def test_a_restart_goes_on_where_it_stood(server: Server, lite: str, tmp_path: Path) -> None:
    async with reading(server, lite, tmp_path) as app:
        server.put(down(1), up(1))
        await come(app, RESOLVED)
    for message in server.messages:
        message.flags.clear()
    server.put(down(2))
    async with reading(server, lite, tmp_path) as app:
        await come(app, RESOLVED, TRIGGERED)


async def test_what_was_taken_and_not_marked_is_marked_and_not_taken_again(
    server: Server, database: str, tmp_path: Path
) -> None:
    server.hang_up_before = "UID STORE"
    async with reading(server, database, tmp_path) as app:
        server.put(down(), up())
        await come(app, RESOLVED)
        await settled(server, [{"\\Seen"}, {"\\Seen"}])
        place = await app.reader.read(lambda tx: mails.place(tx, "alerts"))
        assert place is not None and (place.validity, place.last, place.pending) == (7, 2, ())
    fetched = [command for command in server.seen if "FETCH 1 " in command]
    assert len(fetched) == 1, "the first mail was on disk before the server hung up"


async def test_a_server_that_hangs_up_before_it_gives_a_mail_gives_it_next_time(
    server: Server, lite: str, tmp_path: Path
) -> None:
    server.hang_up_before = "UID FETCH"
    async with reading(server, lite, tmp_path) as app:
        server.put(down())
        await come(app, TRIGGERED)


async def test_a_mailbox_made_anew_is_read_again_and_doubles_nothing(
    server: Server, lite: str, tmp_path: Path
) -> None:
    async with reading(server, lite, tmp_path) as app:
        server.put(down(1, Message_ID="<1@m.example>"), up(1, Message_ID="<2@m.example>"))
        await come(app, RESOLVED)
        await settled(server, [{"\\Seen"}, {"\\Seen"}])
    server.validity = 8
    server.put(down(2, Message_ID="<3@m.example>"))
    async with reading(server, lite, tmp_path) as app:
        await come(app, RESOLVED, TRIGGERED)


async def test_what_is_no_mail_is_flagged_kept_and_passed_over(
    server: Server, lite: str, tmp_path: Path
) -> None:
    async with reading(server, lite, tmp_path) as app:
        server.put(b"From: a@b.example\n\n", down())
        await come(app, TRIGGERED)
        await settled(server, [{"\\Flagged"}, {"\\Seen"}])
        (held,) = await app.reader.read(lambda tx: quarantine.recent(tx, 9))
        assert held.source.name == "alerts"


@pytest.mark.parametrize("capabilities", ["MOVE", ""])
async def test_taken_mails_lie_in_their_folder(
    server: Server, lite: str, tmp_path: Path, capabilities: str
) -> None:
    server.capabilities += f" {capabilities}"
    async with reading(server, lite, tmp_path, move_to="Taken") as app:
        server.put(down())
        await come(app, TRIGGERED)
        await settled(server, [])
        assert [message.uid for message in server.moved["Taken"]] == [1]


async def test_a_full_queue_leaves_the_mail_where_it_is(
    server: Server, lite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(server, lite, tmp_path) as app:
        whole, full = app.door.system, asyncio.Event()

        async def busy(*args: Any, **more: Any) -> Any:
            if more.get("lane") is None or full.is_set():
                return await whole(*args, **more)
            raise Busy("1000 requests wait to be written")

        monkeypatch.setattr(app.door, "system", busy)
        server.put(down())

        async def said() -> bool:
            return str(sign(app).words) == "1000 requests wait to be written"

        await until(said, "it is said", 20)
        assert server.messages[0].flags == set()
        full.set()
        await come(app, TRIGGERED)


async def test_settings_that_can_not_work_leave_the_mail_where_it_is(
    server: Server, lite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(server, lite, tmp_path) as app:
        taker = app.mail.mailboxes[0]._taker
        monkeypatch.setattr(taker, "_settings", {"alerts": {"map": {"title": "between("}}})
        server.put(down())

        async def said() -> bool:
            return "the settings of source alerts are wrong at map.title" in sign(app).words

        await until(said, "it is said", 20)
        monkeypatch.setattr(taker, "_settings", {})
        await come(app, TRIGGERED)


async def test_a_login_that_is_refused_and_a_folder_that_is_missing_are_said(
    server: Server, lite: str, tmp_path: Path
) -> None:
    for change, words in (
        ({"password": "other"}, "127.0.0.1 refuses the login of alerts"),
        ({"folder": "Nope"}, "127.0.0.1 refuses the folder Nope"),
    ):
        if "password" in change:
            server.password = change["password"]
            more: dict[str, str] = {}
        else:
            server.password, more = "sesame", change

        async with reading(server, lite, tmp_path, **more) as app:

            async def said(app: App = app, words: str = words) -> bool:
                return str(sign(app).words).startswith(words) and not sign(app).ok

            await until(said, words, 20)


async def test_a_server_that_does_not_answer_is_seen_and_waited_for(
    server: Server, lite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "CONNECT", 0.2)
    monkeypatch.setattr(mailbox, "READ", 0.2)
    server.silent = True
    async with reading(server, lite, tmp_path) as app:

        async def said() -> bool:
            return str(sign(app).words) == "127.0.0.1 does not answer"

        await until(said, "it is said", 20)
        server.silent = False
        server.put(down())
        await come(app, TRIGGERED)


async def test_stopping_does_not_wait_for_a_server_that_is_silent(
    server: Server, lite: str, tmp_path: Path
) -> None:
    server.silent = True
    async with reading(server, lite, tmp_path):
        await asyncio.sleep(0)
    server.silent = False
    server.capabilities += " IDLE"
    async with reading(server, lite, tmp_path):
        await until(lambda: _idles(server), "it waits")


def test_a_place_knows_what_was_taken() -> None:
    place = Place(7, 10, (3, 5))
    assert place.has(2) and place.has(10) and not place.has(3) and not place.has(11)
    later = place.took(3, 100).took(11, 50, marked=(3,))
    assert (later.last, later.pending, later.unmarked, later.at) == (11, (5,), (11,), 100)
