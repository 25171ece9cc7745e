"""A real Prometheus fires, a real Alertmanager tells, a really running PixelView has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rigs.support import Service, command, eventually, needs_programs, rig, service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, roles: [admin]}
  omar: {name: Omar Haddad, email: omar@example.eu}
teams:
  shop: {members: [ana, omar], oncall: ana, lead: omar}
routes:
  - {name: shop, match: {namespace: "shop"}, team: shop}
  - {name: rest, team: shop}
"""

FIRED = {
    "web-1": ("critical", "High error rate on web-1 (HighErrorRate)", "shop"),
    "web-2": ("critical", "High error rate on web-2 (HighErrorRate)", "shop"),
    "web-9": ("warning", "High error rate on web-9 (HighErrorRate)", "rest"),
    "db-1": ("warning", "Disk full on db-1 (DiskFull)", "rest"),
}
"""What the rig fires: resource → severity, title, route."""


def states(running: Service) -> dict[str, str]:
    """Resource → status of all incidents."""
    return {each["resource"]: each["status"] for each in running.incidents()}


def test_what_a_real_prometheus_fires_is_acknowledged_and_resolves(tmp_path: Path) -> None:
    needs_programs()
    with service(tmp_path, YAML) as running:
        token = command(tmp_path, "token", "create", "--name", "am", "--intake", "alertmanager")
        hook = f"{running.url}/in/alertmanager/{token}"
        with rig(tmp_path / "rig", hook) as real:
            real.does("fire")
            eventually("all four are there", lambda: len(states(running)) == len(FIRED))
            for each in running.incidents():
                told = (each["severity"], each["title"], each["route"])
                assert told == FIRED[each["resource"]]
                assert each["status"] == "triggered"
            numbers = {each["resource"]: each["id"] for each in running.incidents()}

            for number in numbers.values():
                running.does("ack", incident=int(number))
            assert set(states(running).values()) == {"acknowledged"}

            real.does("resolve")
            eventually(
                "all are resolved",
                lambda: set(states(running).values()) == {"resolved"} and states(running),
            )
            for number in numbers.values():
                found = running.incident(number)
                assert found["resolved_by"] is None or "person" not in found["resolved_by"]
                kinds = [line["kind"] for line in found["timeline"]]
                assert kinds[0] == "opened" and "ack" in kinds and "resolve" in kinds
                assert all(line["why"] for line in found["timeline"] if line["kind"] == "opened")
                (alert,) = found["alerts"]
                assert alert["status"] == "resolved" and alert["ends_at"]

            real.does("fire", "one:web-1")
            eventually(
                "web-1 fires again in its own incident",
                lambda: states(running)["web-1"] == "triggered",
            )
            assert len(running.incidents()) == len(FIRED)
            again = running.incident(numbers["web-1"])
            assert "reopen" in [line["kind"] for line in again["timeline"]]


def test_odd_letters_and_long_texts_of_a_real_alertmanager_arrive(tmp_path: Path) -> None:
    needs_programs()
    with service(tmp_path, YAML) as running:
        token = command(tmp_path, "token", "create", "--name", "am", "--intake", "alertmanager")
        with rig(tmp_path / "rig", f"{running.url}/in/alertmanager/{token}") as real:
            real.does("fire", "unicode", "long", "many:30")
            eventually("all 32 are there", lambda: len(running.incidents(limit="100")) == 32)
            odd = next(
                i for i in running.incidents(limit="100") if i["resource"] == "büro-δ.example"
            )
            assert odd["title"].startswith("Größe überschritten – 日本語アラート 🔥🚒 على")
            long = next(i for i in running.incidents(limit="100") if "LongText" in i["title"])
            assert len(long["title"]) <= 300
            assert running.incident(long["id"])["alerts"][0]["labels"]["team"] == "x" * 1500
            real.does("resolve")
            eventually("nothing is left", lambda: not running.incidents(status="open"))
