"""Alertmanager is silenced as the card is, and looked at: what fires there, what is gone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from integrations import alertmanager
from integrations.base import (
    Deed,
    Did,
    Hush,
    Hushes,
    LabelTerm,
    Misconfigured,
    Permanent,
    Request,
    Silencing,
    Transient,
)
from store.model import Alert, AlertStatus, AlertType, Severity

NOW = 1_795_664_722_000
PRINT = "fe8bcd79d6705014"
LABELS = {"alertname": "HighErrorRate", "instance": "web-1", "severity": "critical"}


def iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat().replace("+00:00", "Z")


def there(fingerprint: str = PRINT, state: str = "active", receiver: str = "pv") -> dict[str, Any]:
    """An alert as the API has it."""
    return {
        "fingerprint": fingerprint, "labels": LABELS, "annotations": {"summary": "Errors"},
        "startsAt": iso(NOW - 60_000), "endsAt": iso(NOW + 240_000),
        "receivers": [{"name": receiver}], "generatorURL": "http://prometheus/graph",
        "status": {"state": state, "silencedBy": [], "inhibitedBy": []},
    }  # fmt: skip


def alert(key: str = PRINT, **labels: str) -> Alert:
    return Alert(
        1, 1, "am", key, AlertStatus.FIRING, Severity.ERROR, AlertType.METRIC, NOW, None, NOW, NOW,
        1, "Errors", "major", "", "web-1", labels, (),
    )  # fmt: skip


def silenced(*alerts: Alert, until: int = NOW + 3_600_000, did: Did = Did.SILENCED) -> Deed:
    return Deed(did, alerts, 1842, "https://pv/i/1842", "Ana", "Ana silenced 1 alert.", until=until)


class Api:
    """Alertmanager's API, as strict as its own about silences."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        self.silences: dict[str, dict[str, Any]] = {}
        self.uptime = NOW - 3_600_000
        self.broken = 0
        self.config = "global:\n  resolve_timeout: 1h30m\n"
        api = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = api.answers().get(self.path.removeprefix("/am/api/v2/"))
                if api.broken:
                    self.says(api.broken, "no")
                else:
                    self.says(404 if found is None else 200, found)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if body["endsAt"] <= iso(NOW):
                    self.says(400, "invalid silence: end time can't be in the past")
                    return
                known = body.pop("id") or f"id-{len(api.silences)}"
                assert body["createdBy"] and body["comment"] and body["matchers"]
                api.silences[known] = {"id": known, "status": {"state": "active"}, **body}
                self.says(200, {"silenceID": known})

            def do_DELETE(self) -> None:
                api.silences[self.path.rpartition("/")[2]]["status"] = {"state": "expired"}
                self.says(200, "")

            def says(self, status: int, what: Any) -> None:
                text = json.dumps(what).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(datetime.fromtimestamp(NOW / 1000, UTC), usegmt=True)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self.server.server_port}/am/"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answers(self) -> dict[str, Any]:
        """What there is to be read."""
        return {
            "alerts": self.alerts, "silences": list(self.silences.values()),
            "receivers": [{"name": "hook"}, {"name": "null"}],
            "status": {
                "uptime": iso(self.uptime), "config": {"original": self.config},
                "versionInfo": {"version": "0.25.0"},
            },
        }  # fmt: skip


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    yield made
    made.server.shutdown()
    made.server.server_close()


async def look(api: Api, *here: Alert, **settings: str) -> dict[str, str]:
    monitor = alertmanager.connect({"url": api.url, **settings})
    try:
        return {one.key: str(one.status) for one in await monitor.look(here)}
    finally:
        await monitor.close()


async def tell(api: Api, deed: Deed) -> str | None:
    monitor = alertmanager.connect({"url": api.url})
    try:
        return await monitor.tell(deed)
    finally:
        await monitor.close()


async def test_a_silence_is_made_of_all_labels_and_ends_with_ours(api: Api) -> None:
    api.alerts = [there()]
    assert await tell(api, silenced(alert(instance="shortened"))) == ""
    (made,) = api.silences.values()
    assert {m["name"]: m["value"] for m in made["matchers"]} == LABELS
    assert all(m["isEqual"] and not m["isRegex"] for m in made["matchers"])
    assert made["endsAt"] == iso(NOW + 3_600_000) and made["createdBy"] == "Ana"
    assert made["comment"] == "PixelView #1842: Ana silenced 1 alert. https://pv/i/1842"


async def test_told_twice_it_is_one_silence_and_a_longer_one_moves_its_end(api: Api) -> None:
    api.alerts = [there()]
    for until in (NOW + 60_000, NOW + 60_000, NOW + 120_000, NOW + 90_000):
        await tell(api, silenced(alert(), until=until))
    (made,) = api.silences.values()
    assert made["endsAt"] == iso(NOW + 120_000)


async def test_what_is_opened_again_is_heard_again_there(api: Api) -> None:
    api.alerts = [there()]
    again = silenced(alert(), did=Did.REOPENED)
    assert await tell(api, again) is None
    await tell(api, silenced(alert()))
    api.silences["bob"] = {
        "id": "bob", "comment": "bob's", "status": {"state": "active"}, "matchers": [],
    }  # fmt: skip
    assert await tell(api, again) == ""
    assert [s["status"]["state"] for s in api.silences.values()] == ["expired", "active"]


async def test_an_alert_that_is_gone_there_is_silenced_where_its_labels_are_known_whole(
    api: Api,
) -> None:
    body = {"alerts": [{"labels": LABELS, "status": "firing"}]}
    (sent,) = alertmanager.read(Request(json.dumps(body).encode())).alerts
    whole = alert(sent.key, **LABELS)
    assert await tell(api, silenced(whole, alert("0000"))) == (
        "1 of its alerts are not known there any more"
    )
    assert len(api.silences) == 1
    with pytest.raises(Permanent):
        await tell(api, silenced(alert("0000", instance="web-1")))


async def test_a_silence_that_is_over_before_it_could_be_told_is_no_trouble(api: Api) -> None:
    api.alerts = [there()]
    assert await tell(api, silenced(alert(), until=NOW - 1)) == ""
    assert api.silences == {}


async def test_what_fires_there_is_the_same_alert_as_its_webhook_says(api: Api) -> None:
    api.alerts = [there()]
    monitor = alertmanager.connect({"url": api.url})
    (looked,) = await monitor.look([])
    await monitor.close()
    sent = {"externalURL": api.url.rstrip("/"), "alerts": [{**there(), "status": "firing"}]}
    (read,) = alertmanager.read(Request(json.dumps(sent).encode())).alerts
    assert (looked.key, looked.starts_at, looked.title) == (read.key, read.starts_at, read.title)
    assert looked.links == read.links and looked.labels == read.labels


async def test_what_is_muted_or_goes_to_others_does_not_come_in(api: Api) -> None:
    api.alerts = [
        there("a"), there("b", state="suppressed"), there("c", receiver="null"),
        there("d", receiver="others"), {"fingerprint": "e"},
    ]  # fmt: skip
    assert await look(api) == {"a": "firing", "d": "firing"}
    assert await look(api, receiver="pv") == {"a": "firing"}


async def test_what_is_gone_is_over_and_what_is_muted_is_not(api: Api) -> None:
    api.alerts = [there("b", state="suppressed")]
    here = (alert("b"), alert("gone"))
    assert await look(api, *here) == {}  # up for an hour, and told of an hour and a half
    api.config = "global:\n  resolve_timeout: 5m\n"
    assert await look(api, *here) == {"gone": "resolved"}


async def test_an_alertmanager_that_has_just_started_knows_nothing_yet(api: Api) -> None:
    api.config = ""
    api.uptime = NOW - 299_000
    assert await look(api, alert("gone")) == {}
    api.uptime = NOW - 301_000
    assert await look(api, alert("gone")) == {"gone": "resolved"}


async def test_silences_of_others_are_seen_the_longest_of_each_and_ours_are_not(api: Api) -> None:
    ends = {"s1": NOW + 1_000, "s2": NOW + 9_000, "s3": NOW + 99_000}
    api.silences = {
        name: {"id": name, "endsAt": iso(at), "comment": "load test", "createdBy": "bob"}
        for name, at in ends.items()
    }
    api.silences["s3"]["comment"] = "PixelView #7: Ana silenced 1 alert."
    quiet = there("a", state="suppressed")
    quiet["status"]["silencedBy"] = [*ends, "unknown"]
    api.alerts = [quiet, there("b")]
    monitor = alertmanager.connect({"url": api.url})
    assert isinstance(monitor, Hushes)
    found = await monitor.hushed([alert("a"), alert("b"), alert("gone")])
    assert await monitor.hushed([alert("b")]) == ()
    await monitor.close()
    assert list(found) == [Hush("a", "s2", ends["s2"], "bob", "load test")]


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Misconfigured), (404, Misconfigured), (503, Transient)]
)
async def test_trouble_is_told_apart(api: Api, status: int, kind: type[Exception]) -> None:
    api.broken = status
    with pytest.raises(kind):
        await look(api)


async def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(Misconfigured):
        alertmanager.connect({"url": "alertmanager:9093"})


async def test_a_receiver_that_is_not_there_is_named(api: Api) -> None:
    for receiver, lacks in (("hook", ()), ("pv", ("it has no receiver pv; there are hook, null",))):
        monitor = alertmanager.connect({"url": api.url, "receiver": receiver})
        rights = await monitor.check()  # type: ignore[attr-defined]
        await monitor.close()
        assert rights.says == ("Alertmanager 0.25.0", "shows 0 silences")
        assert rights.lacks == lacks


# a silence by labels


def by_labels(*terms: LabelTerm, until: int | None = NOW + 3_600_000, **more: Any) -> Silencing:
    given = {"criticals": True, "by": "Ana", "text": "load test", "url": "https://pv", **more}
    return Silencing(17, terms, until=until, **given)


async def silence(api: Api, asked: Silencing) -> str | None:
    monitor = alertmanager.connect({"url": api.url})
    try:
        said: str | None = await monitor.silence(asked)  # type: ignore[attr-defined]
    finally:
        await monitor.close()
    return said


def standing(api: Api) -> list[dict[str, Any]]:
    return [s for s in api.silences.values() if s["status"]["state"] == "active"]


def fits(silence: dict[str, Any], labels: dict[str, str]) -> bool:
    """As Alertmanager decides it: regular expressions from end to end, no label is empty text."""
    return all(
        (re.fullmatch(m["value"], labels.get(m["name"], "")) is not None) is m["isEqual"]
        for m in silence["matchers"]
    )


async def test_a_silence_by_labels_is_made_changed_and_ended_there(api: Api) -> None:
    term = LabelTerm(("namespace",), ("shop-*",))
    for _ in range(2):
        assert await silence(api, by_labels(term)) == ""
    [made] = standing(api)
    assert made["comment"] == "PixelView silence 17: load test https://pv"
    assert made["createdBy"] == "Ana" and made["endsAt"] == iso(NOW + 3_600_000)
    assert fits(made, {"namespace": "Shop-EU"}) and not fits(made, {"namespace": "web"})
    await silence(api, by_labels(term, until=NOW + 7_200_000))
    [longer] = standing(api)
    assert longer["endsAt"] == iso(NOW + 7_200_000)
    assert await silence(api, by_labels(term, until=None)) == ""
    assert standing(api) == []
    assert await silence(api, by_labels(term, until=None)) is None


async def test_a_host_has_many_names_there(api: Api) -> None:
    host = LabelTerm(("host", "instance"), ("db-3",))
    calm = LabelTerm(("job",), ("backup",), but=True)
    await silence(api, by_labels(host, calm))
    both = standing(api)
    assert len(both) == 2

    def hides(**labels: str) -> bool:
        return any(fits(each, labels) for each in both)

    assert hides(instance="DB-3") and hides(host="db-3", job="node")
    assert not hides(host="db-3", job="backup") and not hides(host="db-31")


async def test_what_is_critical_or_may_be_is_not_hidden_unless_asked(api: Api) -> None:
    term = LabelTerm(("namespace",), ("shop",))
    await silence(api, by_labels(term, criticals=False))
    [made] = standing(api)
    for word, hidden in (("warning", True), ("Info", True), ("critical", False), ("page", False),
                         ("Sev 1 (page)", False), ("", False)):  # fmt: skip
        assert fits(made, {"namespace": "shop", "severity": word}) is hidden, word


@pytest.mark.parametrize(
    ("glob", "good", "bad"),
    [("a.b+c", "a.b+c", "aXb+c"), ("d?-[0-9]*", "db-3", "db-x"), ("größe", "GRÖSSE", "größe2"),
     ("x[!a]", "xb", "xa"), ('a"b\\c$', 'a"b\\c$', "a")],
)  # fmt: skip
async def test_a_glob_is_what_it_is_here(api: Api, glob: str, good: str, bad: str) -> None:
    await silence(api, by_labels(LabelTerm(("l",), (glob.casefold(),))))
    [made] = standing(api)
    if good.casefold() == good.lower():
        assert fits(made, {"l": good})
    assert not fits(made, {"l": bad})


async def test_too_many_names_are_no_silence(api: Api) -> None:
    many = LabelTerm(tuple("abcd"), ("x",))
    assert await silence(api, by_labels(many, many)) is None
    assert await silence(api, by_labels(LabelTerm(("a",), ("x",), but=True))) is None
    assert standing(api) == []


async def test_ours_by_labels_is_no_news(api: Api) -> None:
    await silence(api, by_labels(LabelTerm(("namespace",), ("shop",))))
    [made] = standing(api)
    api.alerts = [{**there(), "status": {"state": "suppressed", "silencedBy": [made["id"]]}}]
    monitor = alertmanager.connect({"url": api.url})
    assert await monitor.hushed([alert()]) == ()  # type: ignore[attr-defined]
    await monitor.close()
