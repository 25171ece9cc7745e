"""What a stand-in of StackStorm has: packs, actions, executions, traces, inquiries, rules, keys."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.stackstorm.shapes import FINAL, RUNNERS, Fields, masked

Told = Callable[[str, Fields], None]


def stamp(at: datetime) -> str:
    """A moment as StackStorm writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class Execution:
    """One execution and its liveaction."""

    id: str
    live: str
    action: Fields
    parameters: Fields
    context: Fields
    began: datetime
    status: str = "requested"
    parent: str = ""
    ended: datetime | None = None
    result: Any = None
    printed: list[tuple[str, str]] = field(default_factory=list)
    log: list[Fields] = field(default_factory=list)
    trigger: Fields | None = None
    rule: Fields | None = None
    go: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Future[Fields] | None = None
    task: asyncio.Task[None] | None = None

    @property
    def ref(self) -> str:
        """The action's name."""
        return str(self.action["ref"])

    @property
    def tag(self) -> str:
        """The mark it was started with."""
        return str(self.context.get("trace_context", {}).get("trace_tag", ""))

    def output(self, kind: str = "all") -> str:
        """What it printed so far."""
        return "".join(text for of, text in self.printed if kind in ("all", of))


class World:
    """The state. ``events`` is called with each event's name and payload."""

    def __init__(self) -> None:
        self.actions: dict[str, Fields] = {}
        self.executions: dict[str, Execution] = {}
        self.traces: list[Fields] = []
        self.rules: dict[str, Fields] = {}
        self.hooks: set[str] = {"sample"}
        self.triggers: set[str] = {"core.st2.webhook", "pixelview.event"}
        self.packs: set[str] = {"core", "default", "examples"}
        self.files: dict[str, str] = {}
        self.told: list[Fields] = []
        self.users: dict[str, str] = {"pixelview": "hunter2-not"}
        self.keys: dict[str, str] = {"key-of-pixelview": "pixelview"}
        self.tokens: dict[str, tuple[str, datetime]] = {}
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.events: Told = lambda name, payload: None
        self._numbers = itertools.count(0x6B02A3E4EF34D231AA957500)

    def id(self) -> str:
        """A new one."""
        return f"{next(self._numbers):024x}"

    # ---- what there is to run --------------------------------------------------------------------

    def action(
        self, ref: str, params: Fields | None = None, *, runner: str = "local-shell-cmd",
        help: str = "", enabled: bool = True, tags: tuple[str, ...] = (), **more: Any,
    ) -> Fields:  # fmt: skip
        """Register an action; ``params`` is its schema by name."""
        pack, _, name = ref.partition(".")
        self.packs.add(pack)
        made: Fields = {
            "tags": [{"name": each} for each in tags], "uid": f"action:{pack}:{name}",
            "metadata_file": f"actions/{name}.yaml", "name": name, "ref": ref, "description": help,
            "enabled": enabled, "entry_point": "", "pack": pack, "runner_type": runner,
            "parameters": params or {}, "output_schema": {}, "notify": {}, "id": self.id(), **more,
        }  # fmt: skip
        assert runner in RUNNERS, runner
        self.actions[ref] = made
        return made

    # ---- who may ---------------------------------------------------------------------------------

    def token(self, user: str, ttl: int) -> Fields:
        """A new token."""
        made, expiry = hashlib.md5(self.id().encode()).hexdigest(), self.now() + timedelta(0, ttl)
        self.tokens[made] = (user, expiry)
        return {"user": user, "token": made, "expiry": stamp(expiry), "metadata": {},
                "service": False, "id": self.id()}  # fmt: skip

    def who(self, token: str, key: str) -> tuple[str, str]:
        """The user, and what is said where there is none."""
        if token:
            user, expiry = self.tokens.get(token, ("", None))
            if expiry is None:
                return "", "Unauthorized"
            return (user, "") if expiry > self.now() else ("", "Unauthorized - Token has expired.")
        if key:
            hashed = hashlib.sha512(key.encode()).hexdigest()
            said = f"Unauthorized - ApiKey with key_hash={hashed} not found."
            return (self.keys[key], "") if key in self.keys else ("", said)
        return "", "Unauthorized - One of Token or API key required."

    # ---- executions ------------------------------------------------------------------------------

    def start(
        self, ref: str, parameters: Fields, context: Fields, *, parent: Execution | None = None,
        trigger: Fields | None = None, rule: Fields | None = None,
    ) -> Execution:  # fmt: skip
        """A new execution, requested; it is traced as the real one traces it."""
        action = self.actions[ref]
        one = Execution(self.id(), self.id(), action, parameters, context, self.now(),
                        parent=parent.id if parent else "", trigger=trigger, rule=rule)  # fmt: skip
        one.context["pack"] = action["pack"]
        self.executions[one.id] = one
        one.log.append({"timestamp": stamp(one.began), "status": "requested"})
        self._traced(one, parent)
        self._say("create", one)
        return one

    def _traced(self, one: Execution, parent: Execution | None) -> None:
        by = {"type": "action_execution", "id": parent.id} if parent else {}
        row = {"object_id": one.id, "ref": one.ref, "updated_at": stamp(one.began), "caused_by": by}
        for trace in self.traces:
            if parent and any(e["object_id"] == parent.id for e in trace["action_executions"]):
                trace["action_executions"].append(row)
                return
        tag = one.tag or f"execution-{one.live}"
        number = self.id()
        self.traces.insert(0, {
            "uid": f"trace:{number}", "trace_tag": tag, "trigger_instances": [], "rules": [],
            "action_executions": [row], "start_timestamp": stamp(one.began), "id": number,
        })  # fmt: skip

    def turn(self, one: Execution, status: str, result: Any = None) -> None:
        """Its next state; nothing follows a final one."""
        if one.status in FINAL or one.status == status:
            return
        one.status = status
        one.log.append({"timestamp": stamp(self.now()), "status": status})
        if result is not None:
            one.result = result
        if status in FINAL:
            one.ended = self.now()
            one.result = {} if one.result is None else one.result
            one.over.set()
        self._say("update", one)

    def _say(self, what: str, one: Execution) -> None:
        live = {"status": one.status, "start_timestamp": stamp(one.began), "action": one.ref,
                "action_is_workflow": one.action["runner_type"] == "orquesta", "callback": {},
                "parameters": masked(one.action, one.parameters), "context": one.context,
                "runner_info": {}, "id": one.live, "result": one.result or {}}  # fmt: skip
        self.events(f"st2.liveaction__{what}", live)
        self.events(f"st2.execution__{what}", self.shown(one))

    def shown(self, one: Execution) -> Fields:
        """An execution as it is told, whole."""
        action = one.action
        runner = action["runner_type"]
        shown = masked(action, one.parameters)
        found: Fields = {
            "action": {k: v for k, v in action.items() if k != "does"},
            "runner": {"name": runner, "uid": f"runner_type:{runner}", "enabled": True,
                       "runner_parameters": RUNNERS[runner], "output_schema": {}, "id": "6b" * 12},
            "liveaction": {"action": one.ref, "action_is_workflow": runner == "orquesta",
                           "parameters": shown, "callback": {}, "runner_info": {}, "id": one.live},
            "status": one.status, "start_timestamp": stamp(one.began), "parameters": shown,
            "context": one.context, "log": one.log,
            "web_url": f"https://localhost/#/history/{one.id}/general", "id": one.id,
        }  # fmt: skip
        for name, value in (("parent", one.parent), ("trigger_instance", one.trigger),
                            ("rule", one.rule), ("result", one.result)):  # fmt: skip
            if value or (name == "result" and value is not None):
                found[name] = value
        children = [each.id for each in self.executions.values() if each.parent == one.id]
        if children:
            found["children"] = children
        if one.result is not None:
            found["result_size"] = len(str(one.result))
        if one.ended:
            found["end_timestamp"] = stamp(one.ended)
            found["elapsed_seconds"] = (one.ended - one.began).total_seconds()
        return found
