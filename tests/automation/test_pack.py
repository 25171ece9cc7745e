"""The StackStorm pack hangs together: every name in it leads somewhere, and its actions speak as
PixelView's verbs listen."""

from __future__ import annotations

import ast
import importlib.util
import json
import logging
import re
import socket
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from commands.rules.both_ways import EVENTS
from commands.verbs import CATALOG
from integrations.stackstorm import telling
from store.clock import SystemClock

PACK = Path(__file__).parents[2] / "deploy" / "stackstorm"
RUNNERS = {"python-script", "local-shell-script", "remote-shell-script", "orquesta"}
OF_RUNNERS = {"hosts", "sudo"}
CORE = {
    "core.noop": set[str](),
    "core.ask": {"route", "ttl", "schema", "users", "roles"},
    "core.inject_trigger": {"trigger_name", "payload", "trace_tag"},
}
FIELDS = {"type", "description", "required", "default", "enum", "position", "immutable", "secret",
          "minimum", "maximum"}  # fmt: skip


def load(path: Path) -> Any:
    """One file."""
    return yaml.safe_load(path.read_text())


ACTIONS = {
    f"pixelview.{made['name']}": made
    for made in (load(path) for path in sorted((PACK / "actions").glob("*.yaml")))
}


def required(action: Any) -> set[str]:
    """What must be given."""
    return {
        name
        for name, each in action["parameters"].items()
        if each.get("required") and "default" not in each
    }


def expressions(node: Any) -> Iterator[str]:
    """Every expression of a file."""
    if isinstance(node, dict):
        for each in node.values():
            yield from expressions(each)
    elif isinstance(node, list):
        for each in node:
            yield from expressions(each)
    elif isinstance(node, str):
        assert node.count("<%") == node.count("%>"), node
        yield from re.findall(r"<%(.*?)%>", node, re.DOTALL)


def test_each_action_says_what_it_takes_and_runs_a_file_that_is_there() -> None:
    for ref, action in ACTIONS.items():
        _look_at(ref, action)


def _look_at(ref: str, action: Any) -> None:
    assert ref == f"{action['pack']}.{action['name']}"
    assert action["runner_type"] in RUNNERS
    assert (PACK / "actions" / action["entry_point"]).is_file()
    for name, each in action["parameters"].items():
        assert set(each) <= FIELDS, name
        assert isinstance(each.get("required", False), bool), "StackStorm's schemas are of draft 4"
    if action["entry_point"] != "command.py":
        return
    verb = CATALOG[action["parameters"]["command"]["default"]]
    fields = {field.name: field for field in verb.fields}
    taken = set(action["parameters"]) - {"command"}
    assert taken <= set(fields)
    assert {n for n, f in fields.items() if f.required} <= required(action)
    for name in taken:
        if choices := action["parameters"][name].get("enum"):
            assert set(choices) <= {value for value, _ in fields[name].choices}


def test_each_workflow_runs_what_is_there_with_what_it_takes() -> None:
    for path in sorted((PACK / "actions" / "workflows").glob("*.yaml")):
        _look_through(path)


def _look_through(path: Path) -> None:
    made, action = load(path), ACTIONS[f"pixelview.{path.stem}"]
    inputs = {
        name for each in made["input"] for name in (each if isinstance(each, dict) else [each])
    }
    assert inputs == set(action["parameters"])
    tasks, known = made["tasks"], set(inputs)
    known |= {name for each in made.get("vars", ()) for name in each}
    for name, task in tasks.items():
        ref = task["action"]
        takes = set(ACTIONS[ref]["parameters"]) if ref in ACTIONS else CORE[ref]
        given = set(task.get("input", {}))
        assert given <= takes | OF_RUNNERS, name
        assert ref not in ACTIONS or required(ACTIONS[ref]) <= given, name
        for following in task.get("next", ()):
            for target in [following["do"]] if "do" in following else []:
                assert target in tasks or target in ("fail", "noop"), (name, target)
            for each in following.get("publish", ()):
                assert set(each) <= known, "what is published was said among the vars"
    for each in expressions(made):
        for name in re.findall(r"ctx\(\)\.(\w+)", each):
            assert name in known, each


def test_rules_and_aliases_lead_to_actions_and_only_the_webhook_is_on() -> None:
    trigger = load(PACK / "triggers" / "event.yaml")
    assert set(trigger["payload_schema"]["properties"]["event"]["enum"]) == set(EVENTS)
    assert "required" not in trigger["payload_schema"], "draft 4 has it at each property"
    told = set(trigger["payload_schema"]["properties"])
    for path in sorted((PACK / "rules").glob("*.yaml")):
        rule = load(path)
        action = ACTIONS[rule["action"]["ref"]]
        given = rule["action"]["parameters"]
        assert rule["name"] == path.stem
        assert rule["enabled"] is (path.stem == "webhook")
        assert required(action) <= set(given) <= set(action["parameters"])
        if rule["trigger"]["type"] != "pixelview.event":
            continue
        named = [*rule["criteria"], *re.findall(r"\{\{ *(trigger[\w.]+)", json.dumps(given))]
        assert {name.split(".")[1] for name in named} <= told
    for path in sorted((PACK / "aliases").glob("*.yaml")):
        alias = load(path)
        takes = set(ACTIONS[alias["action_ref"]]["parameters"])
        for line in (r for each in alias["formats"] for r in each["representation"]):
            assert set(re.findall(r"\{\{ *(\w+)", line)) <= takes


def test_its_python_is_old_enough_and_no_secret_stands_in_it() -> None:
    for path in PACK.rglob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 8))
    config = load(PACK / "config.schema.yaml")
    assert {name for name, each in config.items() if each.get("secret")} == {"token", "secret"}
    example = load(PACK / "pixelview.yaml.example")
    assert all("{{ st2kv.system." in example[name] for name in ("token", "secret"))
    assert "decrypt_kv" not in str(example), "what is secret in the schema is decrypted by itself"
    assert set(example) <= set(config)


@pytest.fixture(scope="module")
def api() -> Any:
    """The pack's own library."""
    return _module("lib.pixelview_api", PACK / "actions" / "lib" / "pixelview_api.py")


def _module(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_what_pixelview_signs_the_pack_takes_where_it_is_whole_and_fresh(api: Any) -> None:
    event = {"event": "opened", "incident": {"id": "7", "title": "é"}, "sent": "1795313340"}
    given = telling.signature("s3cret", "1795313340", telling.canonical(event))
    signed = {**event, "signature": given}

    def wrong(secret: str, event: dict[str, Any], now: int) -> str:
        said: str = api.check(
            secret, event["signature"], event["sent"], api.canonical(event), now
        )  # fmt: skip
        return said

    assert wrong("s3cret", signed, 1795313350) == ""
    assert wrong("s3cret", signed, 1795313340 + 301) != ""
    assert wrong("other", signed, 1795313350) != ""
    assert wrong("s3cret", {**signed, "event": "resolved"}, 1795313350) != ""


class _Service:
    """StackStorm's side of a sensor."""

    def __init__(self) -> None:
        self.dispatched: list[Any] = []

    def get_logger(self, name: str) -> logging.Logger:
        return logging.getLogger(name)

    def dispatch(self, trigger: str, payload: Any) -> None:
        self.dispatched.append((trigger, payload["event"], payload["incident"]["id"]))


def test_the_sensor_takes_what_is_signed_and_each_delivery_once(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = types.ModuleType("st2reactor.sensor.base")
    base.Sensor = type("Sensor", (), {"__init__": _sensor})  # type: ignore[attr-defined]
    for name in ("st2reactor", "st2reactor.sensor", "lib"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "st2reactor.sensor.base", base)
    monkeypatch.setitem(sys.modules, "lib.pixelview_api", api)
    monkeypatch.setattr(sys, "path", [*sys.path])
    made = _module("event_sensor", PACK / "sensors" / "event_sensor.py")
    service = _Service()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sensor = made.EventSensor(service, {"listen_port": port, "secret": "s3cret"})
    sensor.setup()
    running = threading.Thread(target=sensor.run, daemon=True)
    running.start()
    body = json.dumps({"incident": {"id": "7"}, "event": "opened"}).encode()
    sent = str(SystemClock().now() // 1000)
    headers = {
        "X-PixelView-Timestamp": sent, "X-PixelView-Delivery": "7-1",
        "X-PixelView-Signature": telling.signature("s3cret", sent, body),
    }  # fmt: skip
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        said = [client.post("/", content=body, headers=headers).status_code for _ in range(2)]
        said.append(client.post("/", content=body + b" ", headers=headers).status_code)
        other = {**headers, "X-PixelView-Delivery": "7-2"}
        said.append(client.post("/", content=body, headers=other).status_code)
    sensor.cleanup()
    running.join()
    assert said == [202, 202, 401, 202], "what was signed once is told once"
    assert service.dispatched == [("pixelview.event", "opened", "7")]


def _sensor(self: Any, sensor_service: Any, config: Any) -> None:
    self.sensor_service, self._config = sensor_service, config
