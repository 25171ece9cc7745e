"""``serve``: start, greet, run until told to stop."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import logging
import signal
import ssl
import sys
from urllib.parse import urlsplit

from bot.app import App, prepare
from bot.network_settings import refusal
from bot.redacting import install, redactor_of
from bot.settings import Settings
from bot.tls import Unusable
from commands.context import Ctx
from commands.sessions import FIRST_START, known_admin, wants_bootstrap
from store import access
from store.tls import reason

EXIT_REFUSED = 2
UNSAFE = """On another machine TLS is asked for and the certificate verified. In its address say
  ?sslrootcert=/path/ca.pem   whose certificates are believed
  ?sslmode=require            anybody's
  ?sslmode=disable            no TLS: whoever is on the way reads along"""

FIRST_ALERT = """curl -X POST {url}/in/alertmanager/{token} \\
  -H 'Content-Type: application/json' -d '{{
  "version": "4", "status": "firing", "receiver": "pixelview", "alerts": [{{
    "status": "firing",
    "labels": {{"alertname": "DiskAlmostFull", "severity": "critical", "service": "postgres-main",
               "instance": "db-3", "team": "db", "env": "prod", "region": "eu-west-1"}},
    "annotations": {{"summary": "Disk 94 % full on db-3",
      "description": "/var/lib/postgresql is at 94.2 % of 2.0 TB, full in about 41 min",
      "runbook_url": "https://wiki.example.eu/rb/disk"}}
  }}]}}'"""


async def serve(settings: Settings, host: str, port: int, *, insecure: bool = False) -> int:
    """Run the service until SIGINT or SIGTERM; ``insecure`` allows plain HTTP anywhere."""
    if not insecure and (why := refusal(settings, host)):
        print(why, file=sys.stderr)
        return EXIT_REFUSED
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    install(redactor_of(settings))
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = _reached_at(settings, host, port)
    try:
        ring = await prepare(settings)
    except (ssl.SSLError, ConnectionError) as error:
        hint = UNSAFE if isinstance(error, ssl.SSLError) or "SSL" in str(error) else ""
        print(f"The database can't be reached: {reason(error)}\n{hint}", file=sys.stderr)
        return 1
    try:
        app = App(settings, ring)
    except Unusable as error:
        print(f"tls: {error}", file=sys.stderr)
        return EXIT_REFUSED
    try:
        bound = await app.start(host, port)
    except OSError as error:
        print(f"Can't listen on {host}:{port}: {error.strerror or error}", file=sys.stderr)
        return 1
    _make_room()
    await _greet(app, bound)
    await _until_told(app)
    await app.stop()
    return 1 if app.lost.is_set() else 0


def _make_room() -> None:
    """The loop and the writer take turns at once; what lives long is not searched for garbage."""
    sys.setswitchinterval(0.001)
    gc.freeze()
    gc.set_threshold(10_000, 50, 100)


def _reached_at(settings: Settings, host: str, port: int) -> Settings:
    """Without a public address the service is reached where it listens."""
    if settings.url != Settings().url:
        return settings
    here = "127.0.0.1" if ipaddress.ip_address(host).is_unspecified else host
    scheme = "https" if settings.tls else "http"
    return settings.model_copy(update={"url": f"{scheme}://{here}:{port}"})


async def _until_told(app: App) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    waits = [loop.create_task(told.wait()), loop.create_task(app.lost.wait())]
    _, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()


async def _greet(app: App, port: int) -> None:
    url = app.settings.url
    print(f"\nPixelView is ready at {url}\n")
    known = app.door.definitions()
    admins = [p for p in known.people.values() if known_admin(known, p)]
    wanted = await app.reader.read(wants_bootstrap)
    if admins and wanted:
        secret = await app.identity.entrance.link(admins[0].handle, FIRST_START)
        print(f"Sign in as {admins[0].name} (one use, 10 min):\n  {url}/signin?link={secret}\n")
    else:
        print(f"Sign in at {url}/signin, or make a link here: pv signin\n")
    if _is_local(url):
        token = await app.door.system(_first_token)
        app.first_alert = FIRST_ALERT.format(url=url, token=token)
        print(f"Fire a first alert:\n{app.first_alert}\n", flush=True)


def _first_token(ctx: Ctx) -> str:
    """A token for the greeting; the one of the last start ends."""
    source = access.source(ctx.tx, ctx.now, "alertmanager", "alertmanager")
    access.forget_token(ctx.tx, "first-alert")
    return access.create_token(ctx.tx, ctx.now, "first-alert", source_id=source.id)


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
