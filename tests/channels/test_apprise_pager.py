"""Apprise alone: the library itself against a server on this machine."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import web

from integrations import apprise
from integrations.apprise import Apprise
from integrations.base import Misconfigured, Permanent, Transient
from tests.channels.messages import message
from tests.support.pagers import Standin

# A module of the library's imports imghdr where there still is one.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SECRET = "hunter2hunter2"


class Anything(Standin):
    """Takes what apprise posts to json://."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[dict[str, Any]] = []

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/{tail:.*}", self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        self.bodies.append(json.loads(await request.read()))
        return web.json_response({})


@pytest.fixture
async def there() -> AsyncIterator[Anything]:
    async with Anything() as fake:
        yield fake


@pytest.fixture
async def pager(there: Anything) -> AsyncIterator[Apprise]:
    url = there.url.replace("http://", f"json://ana:{SECRET}@") + "/night"
    made = apprise.connect({"urls": {"night-desk": url}, "timeout": 5})
    yield made
    await made.close()


async def test_a_name_of_the_settings_stands_for_an_address(
    there: Anything, pager: Apprise
) -> None:
    assert await pager.page("night-desk", message()) == "taken"
    body = there.bodies[0]
    assert body["title"].startswith("🔴 #1842") and body["type"] == "failure"
    assert "Acknowledge: https://pv.example.eu/l/ack-token" in body["message"]


async def test_only_that_it_is_over_is_said_and_as_a_success(
    there: Anything, pager: Apprise
) -> None:
    await pager.follow("night-desk", "taken", message(), "acknowledged")
    await pager.follow("night-desk", "taken", message(resolved=True, short=""), "resolved")
    assert there.bodies == []
    await pager.follow("night-desk", "taken", message(resolved=True), "resolved")
    assert there.bodies[0]["type"] == "success"


@pytest.mark.parametrize(("status", "kind"), [(401, Permanent), (404, Permanent), (429, Transient),
                                              (503, Transient)])  # fmt: skip
async def test_a_refusal_is_said_with_its_reason(
    there: Anything, pager: Apprise, status: int, kind: type[Exception]
) -> None:
    there.answer_next(status)
    with pytest.raises(kind, match=str(status)):
        await pager.page("night-desk", message())


async def test_nobody_listening_is_tried_again() -> None:
    pager = apprise.connect({"urls": {"x": "json://127.0.0.1:9/"}, "timeout": 5})
    with pytest.raises(Transient):
        await pager.page("x", message())
    await pager.close()


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that reaches the log of the service at its chattiest (pytest's own handler would sit on
    loggers that tell nobody)."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


async def test_secrets_stay_out_of_logs_and_errors(
    there: Anything, pager: Apprise, logged: io.StringIO
) -> None:
    there.answer_next(403)
    with pytest.raises(Permanent) as refused:
        await pager.page("night-desk", message())
    with pytest.raises(Permanent) as barred:
        await pager.page(f"json://ana:{SECRET}@127.0.0.1/", message())
    with pytest.raises(Permanent) as unknown:
        await pager.page(f"nosuch://{SECRET}/", message())
    told = " ".join([str(refused.value), str(barred.value), str(unknown.value)])
    assert SECRET not in told and "/night" not in told
    assert SECRET not in logged.getvalue() and "/night" not in logged.getvalue()
    assert there.bodies == []


@pytest.mark.parametrize("to", ["json://127.0.0.1/x", "syslog://", "dbus://",
                                "slack://a/b/c?template=/etc/passwd"])  # fmt: skip
async def test_what_acts_on_this_machine_needs_a_name(to: str, pager: Apprise) -> None:
    with pytest.raises(Permanent, match="needs a name"):
        await pager.page(to, message())


async def test_the_services_of_people_can_be_limited() -> None:
    pager = apprise.connect({"allow": ["tgram"]})
    with pytest.raises(Permanent, match="needs a name"):
        await pager.page("slack://a/b/c", message())
    await pager.close()


async def test_an_unknown_name_names_the_setting(pager: Apprise) -> None:
    with pytest.raises(Misconfigured) as unknown:
        await pager.page("day-desk", message())
    assert unknown.value.setting == "apprise.urls.day-desk"


def test_what_a_service_said_is_told_without_the_address() -> None:
    url = f"tgram://123456789:{SECRET}/-1001234567/"
    said = apprise.masked(f"Unauthorized {url} for bot 123456789:{SECRET}\nerror=401.", url)
    assert SECRET not in said and "123456789" not in said and said.endswith("error=401.")
    assert apprise.shown(url) == "tgram://…" and apprise.shown("night-desk") == "night-desk"


def test_addresses_have_a_shape() -> None:
    assert apprise.mistake("apprise", "tgram://token/chat") == ""
    assert apprise.mistake("apprise", "night-desk") == ""
    assert apprise.mistake("apprise", "two words")


@pytest.mark.parametrize("to", [
    "gotify://127.0.0.1:8080/token1234567", "ntfy://[::1]/topic", "ntfys://10.1.2.3/topic",
    "mmost://169.254.169.254/abcdefghijklmnop", "gotifys://2130706433/token1234567",
    "rocket://user:pw@192.168.0.1/#room", "mailto://a:b@10.0.0.1?to=c@example.com&from=x@example.com",
    "zulip://bot@x.10.0.0.1/a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6",
])  # fmt: skip
async def test_no_address_of_a_person_leads_into_our_own_network(to: str, pager: Apprise) -> None:
    with pytest.raises(Permanent, match="is not asked"):
        await pager.page(to, message())


@pytest.mark.parametrize("word", ["smtp=127.0.0.1", "redirect=yes", "verify=no", "relay=10.0.0.1"])
async def test_no_word_of_an_address_leads_elsewhere(word: str, pager: Apprise) -> None:
    for scheme in ("mailto://a:b@example.com", "tgram://123456789:abc/-1"):
        with pytest.raises(Permanent, match="leads elsewhere"):
            await pager.page(f"{scheme}?{word}", message())


async def test_no_redirect_of_a_service_is_followed(there: Anything) -> None:
    class Leads(Standin):
        def routes(self) -> list[web.RouteDef]:
            return [web.post("/{tail:.*}", self._lead)]

        async def _lead(self, request: web.Request) -> web.Response:
            raise web.HTTPTemporaryRedirect(there.url + "/inside")

    async with Leads() as fake:
        url = fake.url.replace("http://", "json://")
        pager = apprise.connect({"urls": {"desk": url}, "timeout": 5})
        with pytest.raises((Permanent, Transient)):
            await pager.page("desk", message())
        await pager.close()
    assert there.bodies == []
