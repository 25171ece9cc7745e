"""A real Alertmanager is silenced from the card, and what its webhook never brought is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

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
teams:
  shop: {{members: [ana], oncall: ana}}
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
    with rig(tmp_path / "rig", "http://127.0.0.1:9/") as real:  # nobody is there: it tells us never
        url = address(real)
        real.does("fire", "one:web-1")
        with service(tmp_path, YAML.format(url=url)) as running:
            command(tmp_path, "token", "create", "--name", "am", "--intake", "alertmanager")
            [found] = eventually("it is found by looking", running.incidents)
            assert found["title"] == "High error rate on web-1 (HighErrorRate)"

            real.does("silence", "5", "bob tests", "instance=web-1")
            eventually(
                "the silence made there is seen",
                lambda: "silenced_there" in kinds(running, found["id"]),
            )
            [theirs] = asks(url, "silences")
            real.does("unsilence", theirs["id"])

            running.does("silence", incident=int(found["id"]), until="2h", text="load test")
            [made] = eventually(
                "it is silenced there",
                lambda: [s for s in asks(url, "silences") if s["status"]["state"] == "active"],
            )
            assert made["createdBy"] and made["comment"].startswith(f"PixelView #{found['id']}: ")
            [there] = asks(url, "alerts")
            matched = {m["name"]: m["value"] for m in made["matchers"]}
            assert matched == there["labels"]
            eventually("it is muted", lambda: asks(url, "alerts")[0]["status"]["silencedBy"])
            eventually(
                "the card says so",
                lambda: "write_back" in kinds(running, found["id"]),
            )
            assert [i["status"] for i in running.incidents()] == ["triggered"]

            more = {
                "what": "host=web-1 critical",
                "until": "2h",
                "text": "load",
                "no_preview": True,
            }
            running.does("silence", **more)
            eventually(
                "it is silenced by its labels too",
                lambda: any(
                    s["comment"].startswith("PixelView silence ") and s["id"] in muted_by(url)
                    for s in asks(url, "silences")
                ),
            )


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
    with rig(tmp_path / "rig", hook) as real:
        found = json.loads(real.does("start", hook).splitlines()[-1])["alertmanager"]
        yaml = YAML.format(url=found)
        with service(tmp_path, yaml) as running:
            secret = command(
                tmp_path, "token", "create", "--name", "am", "--intake", "alertmanager"
            )
            real.does("start", f"{running.url}/in/alertmanager/{secret}")
            real.does("fire", "one:web-1")
            eventually("web-1 is there", lambda: by_name(running) == {"web-1": "triggered"})
            [one] = running.incidents()
            running.does("ack", incident=int(one["id"]))
            assert by_name(running) == {"web-1": "acknowledged"}
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


def knows_all_after_seconds(home: Path, url: str) -> None:
    """What is missing is over only once it ran for longer than its ``resolve_timeout``."""
    [config] = home.rglob("alertmanager.yml")
    config.write_text(f"global: {{resolve_timeout: 10s}}\n{config.read_text()}")
    assert httpx.post(f"{url}/-/reload").status_code == 200


def instances(url: str) -> set[str]:
    """What fires there."""
    return {each["labels"].get("instance", "") for each in asks(url, "alerts")}
