"""Icinga 2 is told what people did by its REST API, and asked what is a problem there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from integrations import icinga
from integrations.base import Deed, Did, Misconfigured, Permanent, Request, Transient
from store.model import Alert, AlertStatus, AlertType, Severity

FILTERS = (
    "host.name == pv_host",
    "host.name == pv_host && service.name == pv_service",
)
"""No name is ever part of one."""
CHECK = {"output": "DISK FULL\n91%"}


def alert(key: str) -> Alert:
    host, _, service = key.partition("!")
    return Alert(
        1, 1, "icinga", key, AlertStatus.FIRING, Severity.CRITICAL, AlertType.SERVICE, 0, None, 0,
        0, 1, key, None, "", host, {"host": host, "service": service}, (),
    )  # fmt: skip


def deed(did: Did, *keys: str) -> Deed:
    alerts = tuple(alert(key) for key in keys)
    return Deed(did, alerts, 1842, "https://pv/i/1842", "Ana", f"Ana {did} it.")


def state(number: int, **more: Any) -> dict[str, Any]:
    return {
        "state": number, "state_type": 1, "acknowledgement": 0, "downtime_depth": 0,
        "flapping": False, "enable_notifications": True, "last_reachable": True,
        "last_state_change": 1_000.5, "last_check_result": CHECK, "enable_active_checks": True,
        **more,
    }  # fmt: skip


class Api:
    """Icinga's API: 404 for a query that finds nothing, 500 for an action that does."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.actions: list[tuple[str, dict[str, Any]]] = []
        self.comments: list[dict[str, Any]] = []
        self.downtimes: list[dict[str, Any]] = []
        self.happens: list[bytes] = []
        self.listeners: list[dict[str, Any]] = []
        self.refuse = 0
        self.me: dict[str, Any] = {
            "user": "pv", "permissions": ["objects/query/*", "actions/*", "events/*"],
            "info": "More information at https://icinga.com/docs/ (version: r2.13.6-1)",
        }  # fmt: skip
        api = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert self.path in ("/v1", "/v1/") and self.headers["Accept"] == "application/json"
                if api.refuse:
                    self.says(api.refuse, {"error": api.refuse, "status": "Missing permission"})
                else:
                    self.says(200, {"results": [api.me]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                _, _, kind, name = f"{self.path}/".split("/")[:4]
                assert self.headers["Accept"] == "application/json"
                if api.refuse:
                    self.says(api.refuse, {"error": api.refuse, "status": "Missing permission"})
                elif kind == "events":
                    self.streams(body)
                elif name in ("comments", "downtimes"):
                    assert self.headers["X-HTTP-Method-Override"] == "GET" and body["filter"]
                    found = api.comments if name == "comments" else api.downtimes
                    results = [{"attrs": each} for each in found]
                    self.says(200 if found else 404, {"results": results})
                elif kind == "objects":
                    assert self.headers["X-HTTP-Method-Override"] == "GET"
                    assert "host_name" not in body["attrs"] or name == "services"
                    found = api.find(name == "services", body)
                    results = [{"attrs": each} for each in found]
                    self.says(200 if found else 404, {"results": results})
                else:
                    found = api.find(body["type"] == "Service", body)
                    api.actions.append((name, body))
                    self.says(200 if found else 500, {"results": [{"code": 200} for _ in found]})

            def streams(self, body: dict[str, Any]) -> None:
                api.listeners.append(body)
                self.send_response(200)
                self.send_header("Connection", "close")
                self.end_headers()
                for piece in api.happens:
                    self.wfile.write(piece)
                    self.wfile.flush()

            def says(self, status: int, what: Any) -> None:
                text = json.dumps(what).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def find(self, services: bool, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Objects by the variables of the filter, or those that are a problem."""
        named = body.get("filter_vars", {})
        assert not named or body["filter"] in FILTERS
        found = []
        for (host, service), it in self.objects.items():
            wanted = (named.get("pv_host"), named.get("pv_service", ""))
            match = (host, service) == wanted if named else it["state"] and it["state_type"]
            if bool(service) is services and match:
                own = {"name": service, "host_name": host} if service else {"name": host}
                found.append({**it, **own})
        return found

    def monitor(self, **more: Any) -> Any:
        """Connected to it."""
        return icinga.connect({"url": self.url, "user": "pv", "password": "pw", **more})


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    yield made
    made.server.shutdown()
    made.server.server_close()


async def test_an_acknowledgement_sticks_and_tells_nobody(api: Api) -> None:
    api.objects = {("web-1", "Disk"): state(2), ("web-2", ""): state(1)}
    monitor = api.monitor()
    assert await monitor.tell(deed(Did.ACKNOWLEDGED, "web-1!Disk", "web-2")) == ""
    await monitor.close()
    (action, service), (_, host) = api.actions
    assert action == "acknowledge-problem"
    assert service["filter_vars"] == {"pv_host": "web-1", "pv_service": "Disk"}
    assert (service["sticky"], service["notify"], service["author"]) == (True, False, "PixelView")
    assert service["comment"] == "PixelView #1842: Ana acknowledged it."
    assert host["type"] == "Host"


async def test_what_takes_it_away_also_says_why(api: Api) -> None:
    api.objects = {("a", "b"): state(2)}
    monitor = api.monitor()
    for did in (Did.UNACKNOWLEDGED, Did.NOTED, Did.SILENCED):
        await monitor.tell(deed(did, "a!b"))
    await monitor.close()
    assert [name for name, _ in api.actions] == [
        "remove-acknowledgement", "add-comment", "add-comment", "add-comment",
    ]  # fmt: skip
    assert "comment" not in api.actions[0][1]


async def test_a_resolve_sets_what_is_only_reported_passively_to_ok(api: Api) -> None:
    api.objects = {("a", "trap"): state(2, enable_active_checks=False), ("a", "http"): state(2)}
    monitor = api.monitor(passive_results=True)
    await monitor.tell(deed(Did.RESOLVED, "a!trap", "a!http"))
    await monitor.close()
    assert [name for name, _ in api.actions] == [
        "add-comment", "process-check-result", "add-comment",
    ]  # fmt: skip
    assert api.actions[1][1]["exit_status"] == 0


async def test_what_is_not_there_any_more_is_said(api: Api) -> None:
    api.objects = {("a", "b"): state(2)}
    monitor = api.monitor()
    odd = 'x" || true || "'
    assert (
        await monitor.tell(deed(Did.NOTED, "a!b", odd)) == "1 of its alerts are not there any more"
    )
    with pytest.raises(Permanent):
        await monitor.tell(deed(Did.NOTED, odd))
    await monitor.close()
    assert len(api.actions) == 1


# events


def event(kind: str, service: str = "disk", **more: Any) -> bytes:
    """A line of the stream, as Icinga 2.13 writes it."""
    about = {"host": "a", **({"service": service} if service else {})}
    return json.dumps({"type": kind, "timestamp": 1.5, **about, **more}).encode() + b"\n"


async def heard(monitor: Any) -> list[Any]:
    """All that one connection says."""
    found = [each async for each in monitor.events()]
    await monitor.close()
    return found


async def test_what_happens_is_told_as_it_stands_by_then(api: Api) -> None:
    api.objects = {
        ("a", "disk"): state(2), ("a", "well"): state(0), ("a", "away"): state(2, downtime_depth=1),
    }  # fmt: skip
    api.happens = [
        event("StateChange", state=1.0, state_type=0),
        event("StateChange", state=2.0, state_type=1),
        event("StateChange", "well", state=0.0, state_type=1),
        event("StateChange", "away", state=2.0, state_type=1),
        event("StateChange", "not for us", state=2.0, state_type=1),
    ]  # fmt: skip
    first, firing, well = await heard(api.monitor())
    assert first is None, "it is looked at as soon as it listens"
    assert [(one.key, str(one.status)) for (one,) in (firing, well)] == [
        ("a!disk", "firing"), ("a!well", "resolved"),
    ]  # fmt: skip
    assert firing[0].starts_at == 1_000_500
    [asked] = api.listeners
    assert asked["queue"].startswith("pixelview-") and "StateChange" in asked["types"]


async def test_acknowledgements_come_and_go_with_who_made_them(api: Api) -> None:
    api.objects = {("a", "disk"): state(2, acknowledgement=2), ("a", "well"): state(0)}
    ours = "PixelView #7: Ana acknowledged it."
    api.happens = [
        event("AcknowledgementSet", author="bob", comment="on\nit"),
        event("AcknowledgementSet", author="bot", comment=ours),
        event("AcknowledgementCleared"), event("AcknowledgementCleared", "well"),
    ]  # fmt: skip
    _, (taken,), (back,) = await heard(api.monitor())
    assert (str(taken.status), taken.by, taken.starts_at) == ("acknowledged", "bob", None)
    assert taken.description.endswith("bob: on it")
    assert (str(back.status), back.unacknowledged, back.by) == ("firing", True, "")


async def test_words_of_people_are_told_and_no_others(api: Api) -> None:
    api.objects = {("a", "disk"): state(2), ("a", ""): state(1)}

    def says(text: str, kind: int = 1, service: str = "disk") -> bytes:
        comment = {"host_name": "a", "service_name": service, "author": "bob", "text": text}
        return event("CommentAdded", comment={**comment, "entry_type": kind})

    api.happens = [
        says("looking"), says("on it", 4), says("PixelView #7: Ana wrote: x"), says(" "),
        says("the whole host", service=""),
    ]  # fmt: skip
    _, (one,), (host,) = await heard(api.monitor())
    assert (one.key, str(one.status), one.description) == ("a!disk", "info", "bob: looking")
    assert (host.key, host.description) == ("a", "bob: the whole host")


async def test_a_downtime_is_a_reason_to_look(api: Api) -> None:
    api.happens = [event("DowntimeTriggered"), event("Flapping")]
    assert await heard(api.monitor()) == [None, None, None]


async def test_lines_come_in_pieces_and_what_is_none_is_left_out(api: Api) -> None:
    api.objects = {("a", "disk"): state(2)}
    whole = event("StateChange", state=2.0, state_type=1)
    api.happens = [b"\n", b"no json\n[1]\n", b"[" * 50_000 + b"\n", whole[:20], whole[20:], b"{"]
    assert len(await heard(api.monitor())) == 2


async def test_a_line_without_an_end_is_not_kept(api: Api) -> None:
    api.happens = [b"x" * (1 << 21)]
    with pytest.raises(Transient):
        await heard(api.monitor())


async def test_a_user_that_may_not_listen_is_a_setting(api: Api) -> None:
    api.refuse = 403
    monitor = api.monitor()
    with pytest.raises(Misconfigured, match=r"events/\*"):
        await heard(monitor)
    assert not api.monitor(events=False).listens


async def test_downtimes_are_silences_with_who_made_them(api: Api) -> None:
    def down(service: str, **more: Any) -> dict[str, Any]:
        return {
            "__name": f"a!{service}!x", "host_name": "a", "service_name": service, "fixed": True,
            "author": "bob", "comment": "new disk", "start_time": 1.0, "end_time": 100.0, **more,
        }  # fmt: skip

    api.downtimes = [
        down("disk"), down("disk", end_time=200.0, author="zoe"),
        down("load", comment="PixelView #7: x"), down("other"),
        down("http", fixed=False, trigger_time=0.0),
    ]  # fmt: skip
    monitor = api.monitor()
    found = await monitor.hushed([alert(f"a!{n}") for n in ("disk", "load", "http")])
    assert [(h.key, h.until, h.by, h.text) for h in found] == [
        ("a!disk", 200_000, "zoe", "new disk")
    ]
    assert await monitor.hushed([]) == ()
    await monitor.close()


async def test_permissions_that_are_missing_are_named_with_what_they_are_for(api: Api) -> None:
    monitor = api.monitor()
    rights = await monitor.check()
    assert (rights.says, rights.lacks) == (("Icinga 2.13.6", "knows us as pv"), ())
    api.me["permissions"] = ["objects/query/Host", "objects/query/service", "actions/add-comment"]
    assert (await monitor.check()).lacks == (
        "who acknowledged there needs objects/query/Comment",
        "downtimes on cards needs objects/query/Downtime",
        "hearing at once what happens needs events/*",
    )
    await monitor.close()
    deaf = api.monitor(events=False)
    assert len((await deaf.check()).lacks) == 2
    api.refuse = 401
    with pytest.raises(Misconfigured):
        await deaf.check()
    await deaf.close()


async def test_pixelview_is_a_passive_check_itself(api: Api) -> None:
    api.objects = {("ops", "PixelView"): state(0)}
    monitor = api.monitor(report="ops!PixelView")
    await monitor.report(True, "PixelView runs")
    await monitor.close()
    [(action, body)] = api.actions
    assert (action, body["exit_status"]) == ("process-check-result", 0)
    assert body["filter_vars"] == {"pv_host": "ops", "pv_service": "PixelView"}


async def test_who_acknowledged_is_found_by_looking(api: Api) -> None:
    api.objects = {("a", "disk"): state(2, acknowledgement=1), ("a", "load"): state(1)}
    words = {"host_name": "a", "service_name": "disk", "entry_type": 4}
    api.comments = [
        {**words, "author": "zoe", "text": "mine", "entry_time": 20.0},
        {**words, "author": "bob", "text": "old", "entry_time": 10.0},
    ]
    monitor = api.monitor()
    found = {one.key: one for one in await monitor.look([])}
    await monitor.close()
    assert (str(found["a!disk"].status), found["a!disk"].by) == ("acknowledged", "zoe")
    assert found["a!load"].by == ""


async def test_problems_that_nothing_mutes_come_in_and_what_is_well_is_over(api: Api) -> None:
    api.objects = {
        ("down", ""): state(1), ("up", ""): state(0),
        ("a", "disk"): state(2), ("a", "load"): state(1, acknowledgement=2),
        ("a", "soft"): state(2, state_type=0), ("a", "away"): state(2, downtime_depth=1),
        ("a", "mute"): state(2, enable_notifications=False), ("a", "flap"): state(2, flapping=True),
        ("a", "behind"): state(2, last_reachable=False), ("a", "well"): state(0),
        ("a", "new"): state(0, last_check_result=None),
    }  # fmt: skip
    monitor = api.monitor()
    here = [alert(key) for key in ("up", "a!well", "a!new", "a!away", "a!soft", "a!gone")]
    found = {one.key: one for one in await monitor.look(here)}
    await monitor.close()
    assert {key: str(one.status) for key, one in found.items()} == {
        "down": "firing", "a!disk": "firing", "a!load": "acknowledged", "up": "resolved",
        "a!well": "resolved",
    }  # fmt: skip
    assert found["a!disk"].starts_at == 1_000_500 and found["a!well"].starts_at is None
    assert found["a!disk"].title == "disk on a: DISK FULL"
    assert found["down"].severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Misconfigured), (403, Misconfigured), (503, Transient)]
)
async def test_trouble_is_told_apart(api: Api, status: int, kind: type[Exception]) -> None:
    api.refuse = status
    monitor = api.monitor()
    with pytest.raises(kind):
        await monitor.look([])
    with pytest.raises(kind):
        await monitor.tell(deed(Did.NOTED, "a!b"))
    await monitor.close()


@pytest.mark.parametrize("settings", [{}, {"url": "icinga:5665"}, {"url": "https://icinga:5665"}])
def test_settings_that_lead_nowhere_are_named(settings: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        icinga.connect(settings)


def test_our_own_acknowledgement_coming_back_is_not_news() -> None:
    body = {"type": "ACKNOWLEDGEMENT", "host_name": "h", "host_state": "DOWN", "author": "bot"}
    ours = {**body, "comment": "PixelView #7: Ana acknowledged it."}
    assert icinga.read(Request(json.dumps(ours).encode())).alerts == ()
    (one,) = icinga.read(Request(json.dumps({**body, "comment": "mine"}).encode())).alerts
    assert one.status is AlertStatus.ACKNOWLEDGED
