"""Zabbix is told what people did, and asked how things stand, by its API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from integrations import zabbix
from integrations.base import Deed, Did, Misconfigured, Monitor, Permanent, Request, Transient
from store.model import Alert, AlertStatus, AlertType, Severity
from tests.support.zabbix import TOKEN, Event, FakeZabbix


@pytest.fixture
async def fake() -> AsyncIterator[FakeZabbix]:
    async with FakeZabbix() as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def api(fake: FakeZabbix) -> AsyncIterator[Monitor]:
    made = zabbix.connect({"url": fake.frontend, "token": TOKEN})
    yield made
    await made.close()


def alert(key: str) -> Alert:
    """An alert of ours that fires."""
    return Alert(
        1, 1842, "zabbix", key, AlertStatus.FIRING, Severity.ERROR, AlertType.METRIC, 0, None, 0, 0,
        1, "High error rate", "High", "", "web-1", {}, (),
    )  # fmt: skip


def deed(did: Did, *keys: str, text: str = "", severity: Severity = Severity.ERROR) -> Deed:
    """Something Ana did."""
    url, say = "https://pv.example.eu/i/1842", f"Ana {did} it."
    return Deed(did, tuple(map(alert, keys)), 1842, url, "Ana", say, text, severity)


@pytest.mark.parametrize("version", ["5.4.0", "6.0.14", "6.4.0", "7.0.3", "7.2.1", "8.0.0alpha1"])
async def test_every_version_gets_the_token_where_it_reads_it(
    fake: FakeZabbix, api: Monitor, version: str
) -> None:
    fake.version = version
    fake.put(Event("42"))
    await api.tell(deed(Did.ACKNOWLEDGED, "42"))
    await api.tell(deed(Did.NOTED, "42"))
    assert fake.methods == ["apiinfo.version", "event.acknowledge", "event.acknowledge"]


@pytest.mark.parametrize(
    ("did", "action"),
    [
        (Did.ACKNOWLEDGED, 6), (Did.UNACKNOWLEDGED, 20), (Did.RESOLVED, 5), (Did.REOPENED, 4),
        (Did.NOTED, 4), (Did.SEVERITY, 12),
    ],
)  # fmt: skip
async def test_what_people_did_is_done_there(
    fake: FakeZabbix, api: Monitor, did: Did, action: int
) -> None:
    fake.put(Event("42"), Event("43"))
    assert await api.tell(deed(did, "42", "43", text="why not", severity=Severity.CRITICAL)) == ""
    said = f"PixelView #1842: Ana {did} it. why not"
    assert [e.said for e in (fake.events["42"], fake.events["43"])] == [[(action, said)]] * 2
    assert fake.events["42"].severity == ("5" if did is Did.SEVERITY else "4")


async def test_what_can_not_be_closed_by_hand_gets_the_words(
    fake: FakeZabbix, api: Monitor
) -> None:
    fake.put(Event("42", closable=False), Event("43"))
    but = await api.tell(deed(Did.RESOLVED, "42", "43"))
    assert but is not None and but.startswith("1 of 2 refused it: Cannot close problem")
    assert [action for action, _ in fake.events["42"].said] == [4]
    assert fake.events["43"].ended != "0"


async def test_an_event_that_is_gone_keeps_nothing_from_the_others(
    fake: FakeZabbix, api: Monitor
) -> None:
    fake.put(Event("43"))
    but = await api.tell(deed(Did.ACKNOWLEDGED, "42", "43"))
    assert but is not None and but.startswith("1 of 2 refused it: No permissions")
    with pytest.raises(Permanent, match="No permissions"):
        await api.tell(deed(Did.ACKNOWLEDGED, "42"))


async def test_an_alert_that_names_no_event_is_refused(api: Monitor) -> None:
    with pytest.raises(Permanent, match="which events"):
        await api.tell(deed(Did.ACKNOWLEDGED, "trigger 7 web-1"))


async def test_a_long_note_is_cut(fake: FakeZabbix, api: Monitor) -> None:
    fake.put(Event("42"))
    await api.tell(deed(Did.NOTED, "42", text="x" * 5000))
    assert len(fake.events["42"].said[0][1]) == 2000


async def test_a_wrong_token_is_a_setting(fake: FakeZabbix, api: Monitor) -> None:
    fake.token = "another"
    with pytest.raises(Misconfigured) as caught:
        await api.look([])
    assert caught.value.setting == "write_back.token"


async def test_an_address_that_is_no_api_is_a_setting(fake: FakeZabbix) -> None:
    api = zabbix.connect({"url": f"{fake.url}/elsewhere", "token": TOKEN})
    with pytest.raises(Misconfigured) as caught:
        await api.look([])
    assert caught.value.setting == "write_back.url"
    await api.close()


async def test_trouble_there_is_tried_again(fake: FakeZabbix, api: Monitor) -> None:
    fake.put(Event("42"))
    fake.answer_next(503)
    fake.answer_next(200, "<html>maintenance</html>")
    broken = {"code": -32603, "message": "x", "data": "Error connecting to database"}
    fake.answer_next(200, {"error": broken})
    fake.hang_up_next()
    for _ in range(4):
        with pytest.raises(Transient):
            await api.tell(deed(Did.ACKNOWLEDGED, "42"))
    await api.tell(deed(Did.ACKNOWLEDGED, "42"))
    assert fake.events["42"].acknowledged == "1"


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"token": "x"}, "url"),
        ({"url": "zabbix.example.eu", "token": "x"}, "url"),
        ({"url": "https://zabbix.example.eu"}, "token"),
        ({"url": "https://zabbix.example.eu", "token": 7}, "token"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], setting: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        zabbix.connect(settings)
    assert caught.value.setting == f"write_back.{setting}"


# how things stand


async def test_what_zabbix_gave_up_on_is_read_as_its_message_would_be(
    fake: FakeZabbix, api: Monitor
) -> None:
    tags = [{"tag": "team", "value": "shop"}, {"tag": "__pixelview_id", "value": "7"}]
    fake.put(Event("42", tags=tags))
    [found] = await api.look([])
    sent = {
        "event_id": "42", "event_value": "1", "event_source": "0", "event_nseverity": "4",
        "event_name": "High error rate on web-1", "event_severity": "High", "host": "web-1",
        "host_name": "web-1", "tags": tags, "trigger_id": "t42",
        "trigger_desc": "See the runbook.",
    }  # fmt: skip
    [told] = zabbix.read(Request(json.dumps(sent).encode())).alerts
    assert found.starts_at == 1_795_313_000_000
    for name in ("key", "status", "severity", "title", "description", "resource", "labels", "type"):
        assert getattr(found, name) == getattr(told, name)


async def test_what_was_never_meant_for_us_stays_there(fake: FakeZabbix, api: Monitor) -> None:
    fake.put(
        Event("1", sent=None), Event("2", sent=("ops@example.eu", "1")),
        Event("3", sent=("pixelview", "0")), Event("4", sent=("pixelview", "1")),
    )  # fmt: skip
    assert [r.key for r in await api.look([])] == ["4"]


async def test_what_was_acknowledged_there_says_by_whom(fake: FakeZabbix, api: Monitor) -> None:
    fake.put(Event("42"), Event("43"))
    fake.events["42"].by("Ana Petrova", 6, "on it")
    unknown, known = await api.look([alert("42")])
    assert (unknown.key, unknown.status, unknown.by) == ("43", AlertStatus.FIRING, "")
    for found in (known, *await api.look([alert("43")])):
        if found.key == "42":
            assert (found.status, found.by) == (AlertStatus.ACKNOWLEDGED, "Ana Petrova (ana)")
            assert found.description.endswith("Ana Petrova (ana): on it")


async def test_only_the_last_acknowledgement_of_others_counts(
    fake: FakeZabbix, api: Monitor
) -> None:
    fake.put(Event("42"))
    event = fake.events["42"]

    async def held_by() -> str:
        [found] = await api.look([alert("42")])
        return found.by if found.status is AlertStatus.ACKNOWLEDGED else "nobody"

    await api.tell(deed(Did.ACKNOWLEDGED, "42"))
    assert await held_by() == "nobody", "ours is no news"
    event.by("Zoe", 2)
    assert await held_by() == "Zoe (zoe)"
    event.by("Zoe", 16)
    assert await held_by() == "nobody"
    await api.tell(deed(Did.ACKNOWLEDGED, "42"))
    assert await held_by() == "nobody", "what was taken back is gone"


async def test_a_user_that_can_not_be_seen_has_a_number(fake: FakeZabbix, api: Monitor) -> None:
    fake.put(Event("42"))
    fake.events["42"].by("Hidden", 2)
    [found] = await api.look([alert("42")])
    assert found.by.startswith("user ")


async def test_how_bad_it_is_there_is_told_of_what_is_known(fake: FakeZabbix, api: Monitor) -> None:
    fake.put(Event("42", severity="5"))
    [found] = await api.look([alert("42")])
    assert (found.status, found.severity) == (AlertStatus.FIRING, Severity.CRITICAL)


async def test_what_is_over_there_is_resolved_with_its_end(fake: FakeZabbix, api: Monitor) -> None:
    fake.put(Event("42"), Event("43"))
    fake.end("42", at=1_795_313_100)
    stands, found = await api.look([alert("42"), alert("43")])
    assert (stands.key, stands.status) == ("43", AlertStatus.FIRING)
    assert (found.key, found.status) == ("42", AlertStatus.RESOLVED)
    assert found.ends_at == 1_795_313_100_000


async def test_what_can_not_be_seen_says_nothing(fake: FakeZabbix, api: Monitor) -> None:
    fake.put(Event("42"))
    fake.hidden = {"42"}
    assert await api.look([alert("42"), alert("trigger 7 web-1")]) == []


# what we may do


async def test_it_says_what_its_user_may_do(fake: FakeZabbix) -> None:
    async def check() -> tuple[tuple[str, ...], tuple[str, ...]]:
        api = zabbix.connect({"url": fake.frontend, "token": TOKEN})
        rights = await api.check()  # type: ignore[attr-defined]
        await api.close()
        return rights.says, rights.lacks

    fake.put(Event("42"))
    assert await check() == (("Zabbix 6.0.14", "shows 3 hosts", "sent us 1 message"), ())
    fake.writable, fake.events = 1, {}
    _, (read, silent) = await check()
    assert read.startswith("2 of its hosts may only be read")
    assert silent.startswith("no message ever went to pixelview")
    fake.hosts = fake.writable = 0
    _, (blind, _) = await check()
    assert blind.startswith("its user may see no host")


# what comes back


def read(**sent: object) -> AlertStatus:
    """The status of an update."""
    body = {
        "event_id": "42",
        "event_name": "Disk",
        "event_value": "1",
        "update_status": "1",
        **sent,
    }
    [found] = zabbix.read(Request(json.dumps(body).encode())).alerts
    return found.status


def test_what_we_did_there_is_no_news_here() -> None:
    ours = {"update_action": "acknowledged, commented", "update_message": "PixelView #7: Ana …"}
    assert read(**ours) is AlertStatus.INFO
    assert read(**ours, event_value="0") is AlertStatus.RESOLVED
    theirs = {"update_action": "acknowledged", "update_message": "on it"}
    assert read(**theirs) is AlertStatus.ACKNOWLEDGED
