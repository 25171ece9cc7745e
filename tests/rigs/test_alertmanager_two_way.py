"""A real Alertmanager is silenced from cards in Slack and Discord, its own silences stand on both,
and what its webhook never brought is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rigs.chats import Chats, chats
from tests.rigs.support import (
    Rig,
    Service,
    command,
    eventually,
    free_port,
    needs_programs,
    rig,
    service,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

YAML = """
people:
  ana: {{name: Ana Petrova, email: ana@example.eu, roles: [admin]}}
  omar: {{name: Omar Haddad, email: omar@example.eu, roles: [responder]}}
teams:
  shop: {{members: [ana, omar], oncall: ana}}
intake:
  sources:
    alertmanager: {{write_back: {{url: "{url}", receiver: hook, every: 0.1}}}}
"""


def address(real: Rig) -> str:
    """Where its Alertmanager is."""
    found: str = json.loads(real.does("start", "http://127.0.0.1:9/").splitlines()[-1])[
        "alertmanager"
    ]
    return found


def asks(url: str, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{url}/api/v2/{what}").json()
    return found


def kinds(running: Service, incident: str) -> list[str]:
    return [line["kind"] for line in running.incident(incident)["timeline"]]


def test_a_card_silences_there_and_what_never_arrived_is_found(tmp_path: Path) -> None:
    needs_programs()
    with (
        rig(tmp_path / "rig", "http://127.0.0.1:9/") as real,  # nobody is there: it never tells us
        chats() as both,
    ):
        url = address(real)
        real.does("fire", "one:web-1")
        with service(tmp_path, both.settings(YAML.format(url=url))) as running:
            command(tmp_path, "token", "create", "--name", "am", "--intake", "alertmanager")
            both.connected(running)
            [found] = eventually("it is found by looking", running.incidents)
            assert found["title"] == "High error rate on web-1 (HighErrorRate)"
            number = found["id"]
            both.both_say(number, "nobody has it")
            _its_silence_is_seen(running, real, both, url, number)
            _slack_silences_it(running, both, url, number)
            _discord_silences_its_like(both, url, number)
            assert [i["status"] for i in running.incidents()] == ["triggered"]


def _its_silence_is_seen(running: Service, real: Rig, both: Chats, url: str, number: str) -> None:
    """Made and ended in Alertmanager, both on the cards."""
    real.does("silence", "5", "bob tests", "instance=web-1")
    eventually("it is seen", lambda: "silenced_there" in kinds(running, number))
    both.both_say(number, "Silenced in Alertmanager until", "bob tests")
    [theirs] = asks(url, "silences")
    real.does("unsilence", theirs["id"])
    both.both_say_not(number, "Silenced in Alertmanager")


def _slack_silences_it(running: Service, both: Chats, url: str, number: str) -> None:
    """Ana silences its alerts with the form in Slack."""
    form = "Snooze or silence…"
    both.fill_slack("Ana Petrova", number, form, how="alerts", until="2h", text="load test")
    [made] = eventually(
        "it is silenced there",
        lambda: [s for s in asks(url, "silences") if s["status"]["state"] == "active"],
    )
    assert made["createdBy"] == "Ana Petrova", made
    assert made["comment"].startswith(f"PixelView #{number}: ")
    [there] = asks(url, "alerts")
    assert {m["name"]: m["value"] for m in made["matchers"]} == there["labels"]
    eventually("it is muted", lambda: muted_by(url))
    eventually("the timeline says so", lambda: "write_back" in kinds(running, number))
    both.both_say(number, "Silenced until", "by Ana: “load test” · nobody has it")


def _discord_silences_its_like(both: Chats, url: str, number: str) -> None:
    """Omar silences all that is like it with the form in Discord."""
    both.fill_discord(
        "Omar Haddad", number, "Snooze or silence…",
        how="matching", until="2h", matcher="host=web-1", text="load", critical="critical",
    )  # fmt: skip
    made = eventually(
        "it is silenced by its labels too",
        lambda: [
            s
            for s in asks(url, "silences")
            if s["comment"].startswith("PixelView silence ") and s["id"] in muted_by(url)
        ],
    )
    assert {s["createdBy"] for s in made} == {"Omar Haddad"}


def muted_by(url: str) -> list[str]:
    """The silences that mute the first alert."""
    found: list[str] = asks(url, "alerts")[0]["status"]["silencedBy"]
    return found


def by_name(running: Service) -> dict[str, str]:
    """Resource → status of all incidents."""
    return {each["resource"]: each["status"] for each in running.incidents()}


def test_nothing_is_missing_after_pixelview_was_away(tmp_path: Path) -> None:
    """What fired and ended while nobody took it is told to nobody later: that is Alertmanager's."""
    needs_programs()
    hook = f"http://127.0.0.1:{free_port()}/in/alertmanager"
    with rig(tmp_path / "rig", hook) as real, chats() as both:
        found = json.loads(real.does("start", hook).splitlines()[-1])["alertmanager"]
        yaml = both.settings(YAML.format(url=found))
        with service(tmp_path, yaml) as running:
            both.connected(running)
            secret = command(
                tmp_path, "token", "create", "--name", "am", "--intake", "alertmanager"
            )
            real.does("start", f"{running.url}/in/alertmanager/{secret}")
            real.does("fire", "one:web-1")
            eventually("web-1 is there", lambda: by_name(running) == {"web-1": "triggered"})
            [one] = running.incidents()
            both.both_say(one["id"], "nobody has it")
            both.press_discord("Omar Haddad", one["id"], "Acknowledge")
            both.both_say(one["id"], "Omar has it", "answered from Discord")
            assert by_name(running) == {"web-1": "acknowledged"}
            assert asks(found, "silences") == [], "what somebody works on is heard on"
        real.does("start", "http://127.0.0.1:9/")  # what it tells now is lost for good
        knows_all_after_seconds(tmp_path / "rig", found)
        real.does("resolve", "one:web-1")
        real.does("fire", "one:web-2", "one:web-3")
        firing = {"web-2", "web-3"}
        eventually("they fire there", lambda: instances(found) == firing)
        real.does("resolve", "one:web-3")
        eventually("one of them is over", lambda: instances(found) == {"web-2"})
        with service(tmp_path, yaml, token="again") as running:
            eventually(
                "what fires is here and what is over is over",
                lambda: by_name(running) == {"web-1": "resolved", "web-2": "triggered"},
                seconds=90,
            )
            both.both_say(one["id"], "RESOLVED", "By itself")
            [lost] = running.incidents(status="open")
            both.both_say(lost["id"], "High error rate on web-2", "nobody has it")


def knows_all_after_seconds(home: Path, url: str) -> None:
    """What is missing is over only once it ran for longer than its ``resolve_timeout``."""
    [config] = home.rglob("alertmanager.yml")
    config.write_text(f"global: {{resolve_timeout: 10s}}\n{config.read_text()}")
    assert httpx.post(f"{url}/-/reload").status_code == 200


def instances(url: str) -> set[str]:
    """What fires there."""
    return {each["labels"].get("instance", "") for each in asks(url, "alerts")}
