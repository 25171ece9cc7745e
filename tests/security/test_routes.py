"""Every address without, with a wrong, an expired and a foreign secret: nobody gets in, nothing of
what is kept gets out. An address that is not named here fails here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.app import App, prepare
from bot.settings import parse
from commands.context import Ctx
from store import access
from store.model import DAY
from store.tables import ALERTS, INCIDENTS
from tests.support.engines import begun
from tests.support.world import ObedientClock, alert

YAML = """
people:
  ana: {name: Ana Petrova, roles: [admin], slack: U0ANA}
  vic: {name: Vic Viewer, roles: [viewer]}
teams: {db: {members: [ana], oncall: ana}}
routes: [{name: rest, team: db}]
status: {title: Status of Plantation}
oidc:
  name: acme
  issuer: http://127.0.0.1:9/
  client_id: pv
  client_secret: planted-client-secret
"""
PLANTED = "Zanzibar is burning"

OPEN, API, INTAKE, SESSION, LINK = "open", "api", "intake", "session", "link"
KINDS: dict[str, str] = {
    "/healthz": OPEN, "/readyz": OPEN, "/metrics": OPEN, "/favicon.ico": OPEN,
    "/static/{mark}/{name}": OPEN, "/manifest.webmanifest": OPEN, "/sw.js": OPEN,
    "/status": OPEN, "/status.json": OPEN, "/status/feed": OPEN, "/api/openapi.json": OPEN,
    "/signin": OPEN, "/signin/code": OPEN, "/signin/code/enter": OPEN, "/signin/letter": OPEN,
    "/signin/oidc/{name}": OPEN, "/signin/oidc/{name}/callback": OPEN,
    "/signin/oidc/{name}/logout": OPEN,
    "/api/audit/export": API, "/api/commands/{name}": API, "/api/incidents": API,
    "/api/incidents/{id}": API, "/api/oncall": API, "/api/resources": API,
    "/api/resources/{id}": API, "/api/services": API,
    "/in/{integration}": INTAKE, "/in/{integration}/{token}": INTAKE,
    "/generic/2010-04-15/create_event.json": INTAKE,
    "/integrations/generic/20131114/alert/{token}": INTAKE,
    "/integrations/generic/20131114/alert/{token}/{routing}": INTAKE,
    "/integrations/v1/{kind}/{token}": INTAKE,
    "/integrations/v1/{kind}/{token}/heartbeat": INTAKE,
    "/v2/alerts/requests/{request}": INTAKE, "/v2/alerts/{alert}": INTAKE,
    "/v2/alerts/{alert}/{action}": INTAKE, "/v2/heartbeats/{name}/ping": INTAKE,
    "/v2/alerts": INTAKE, "/v2/enqueue": INTAKE, "/v2/change/enqueue": INTAKE,
    "/": SESSION, "/access": SESSION,
    "/me/sessions": SESSION, "/me/sessions/others": SESSION, "/me/sessions/{id}/end": SESSION,
    "/access/{verb}": SESSION, "/ask/{verb}": SESSION,
    "/audit": SESSION, "/audit/export": SESSION, "/bodies": SESSION, "/contact.vcf": SESSION,
    "/definitions": SESSION, "/definitions/{kind}/{name}": SESSION, "/do/{verb}": SESSION,
    "/events": SESSION, "/i/{id}": SESSION, "/me": SESSION, "/me/devices": SESSION,
    "/inventory": SESSION, "/resources/{id}": SESSION, "/services": SESSION,
    "/kubernetes": SESSION, "/openstack": SESSION, "/clouds": SESSION, "/cost": SESSION,
    "/findings": SESSION, "/automations": SESSION, "/asked": SESSION, "/a/{number}": SESSION,
    "/q/{number}": SESSION, "/runs": SESSION,
    "/runs/{id}": SESSION, "/runs/{id}.txt": SESSION, "/workflows": SESSION,
    "/workflows/{name}": SESSION, "/workflows/{name}.zip": SESSION,
    "/me/devices/{id}/remove": SESSION, "/me/key": SESSION, "/more": SESSION, "/oncall": SESSION,
    "/privacy": SESSION, "/privacy/{number}.{form}": SESSION, "/setup": SESSION,
    "/signout": SESSION, "/suggest": SESSION, "/type": SESSION,
    "/beat/{secret}": LINK, "/beat/{secret}/{signal}": LINK, "/calendar/{secret}.ics": LINK,
    "/callback/{integration}": LINK, "/callback/{integration}/{rest}": LINK, "/l/{token}": LINK,
    "/link/{token}": LINK, "/updates/{token}": LINK,
}  # fmt: skip
"""What each address asks for: nothing, an API token, an intake token, a session, a secret of its
own (in its path, or a signature)."""

NO = {
    API: {401},
    INTAKE: {400, 401, 403, 404, 422},
    SESSION: {401, 403},
    LINK: {400, 401, 403, 404, 405, 410, 415},
}
FILLED = {
    "integration": "alertmanager", "kind": "alertmanager", "name": "ack", "id": "1", "number": "1",
    "form": "json", "verb": "ack", "signal": "fail", "routing": "x", "rest": "voice",
    "secret": "{secret}", "token": "{secret}", "mark": "x", "alert": "x", "request": "x",
    "action": "close",
}  # fmt: skip


_machines = itertools.count()


class Rig:
    """A PixelView that listens, with one incident, and secrets that open nothing any more."""

    def __init__(self, app: App, port: int, secrets: Mapping[str, str]) -> None:
        self.app, self.port, self.secrets = app, port, secrets

    def routes(self) -> list[tuple[str, str]]:
        """Method and canonical path of everything that is served."""
        runner = self.app._runner
        assert runner is not None
        found = {
            (route.method, route.resource.canonical.rstrip("/") or "/")
            for route in runner.app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
        return sorted(found)

    async def counts(self) -> list[int]:
        """Rows that only somebody who is let in may add to."""
        return await self.app.reader.read(
            lambda tx: [
                tx.conn.execute(select(func.count()).select_from(t)).scalar_one()
                for t in (INCIDENTS, ALERTS)
            ]
        )


def secrets_of(ctx: Ctx) -> dict[str, str]:
    """One that is wrong, and good ones that have ended or open something else."""
    tx, now = ctx.tx, ctx.now
    source = access.source(tx, now, "alertmanager", "alertmanager").id
    other = access.source(tx, now, "grafana", "grafana").id
    gone = now - DAY
    return {
        "nothing": "",
        "a wrong one": access.new_secret("pvi"),
        "a wrong one for the API": access.new_secret("pvr"),
        "an intake token that has ended": access.create_token(
            tx, now, "old", source_id=source, expires_at=gone
        ),
        "an API token that has ended": access.create_token(
            tx, now, "older", role="admin", expires_at=gone
        ),
        "an intake token": access.create_token(tx, now, "grafana", source_id=other),
        "an API token": access.create_token(tx, now, "all", role="admin"),
    }


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Everything that can be served is served."""
    url = f"sqlite:///{tmp_path}/pv.db"
    begun(url)
    settings = parse(YAML, "x.yaml").model_copy(
        update={"database": url, "key_file": str(tmp_path / "key")}
    )
    app = App(settings, await prepare(settings), ObedientClock())
    port = await app.start("127.0.0.1", 0)
    source = await app.door.system(lambda ctx: access.source(ctx.tx, ctx.now, "rig", "webhook"))
    await app.door.intake(source, (alert("k", title=PLANTED),))
    yield Rig(app, port, await app.door.system(secrets_of))
    await app.stop()


def what_opens(kind: str, name: str) -> bool:
    """Whether that secret is the right kind of secret there."""
    return (kind, name) == (API, "an API token")


async def tried(rig: Rig, method: str, path: str, secret: str) -> tuple[int, str]:
    """The answer to a secret, wherever an address may take one; each time from another machine,
    since one that is wrong too often is made to wait."""
    names = re.findall(r"{(\w+)}", path)
    address = path.format(**{n: FILLED[n].format(secret=secret or "x") for n in names})
    headers = {"Cookie": f"pv={secret}; __Host-pv={secret}", "Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {secret}"} if secret else {}
    url = f"http://127.0.0.1:{rig.port}{address}"
    body = b'{"routing_key": "%s", "service_key": "%s"}' % (secret.encode(), secret.encode())
    one = next(_machines)
    from_there = aiohttp.TCPConnector(local_addr=(f"127.1.{one // 250}.{one % 250 + 1}", 0))
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=from_there, cookie_jar=jar) as http:
        sent: Any = http.request(method, url, headers=headers, data=body, allow_redirects=False)
        async with sent as answer:
            return answer.status, await answer.text(errors="replace")


@pytest.mark.slow
async def test_nobody_gets_in_by_a_secret_that_is_none_wrong_ended_or_for_something_else(
    rig: Rig,
) -> None:
    unnamed = {path for _, path in rig.routes()} ^ KINDS.keys()
    assert not unnamed, f"the matrix and what is served differ in {sorted(unnamed)}"
    before, holes = await rig.counts(), []
    for method, path in rig.routes():
        kind = KINDS[path]
        for name, secret in rig.secrets.items():
            if what_opens(kind, name):
                continue
            status, said = await tried(rig, method, path, secret)
            if kind != OPEN and status not in NO[kind]:
                holes.append(f"{method} {path} with {name}: {status} {said[:80]}")
            if PLANTED in said or status >= 500:
                holes.append(f"{method} {path} with {name}: {status} {said[:200]}")
            if secret and secret in said and kind != LINK:
                holes.append(f"{method} {path} says the secret back: {status}")
    assert not holes, "\n".join(holes)
    assert await rig.counts() == before
