"""A workflow that people put together of actions there are: read from their words, checked against
what the actions take.

One step a line (or after ``;``): ``pg.rotate_wal host=? keep=24h``, then ``if succeeded``,
``if failed`` or ``always``, which is said of the step before, or of another one by its number or
its name: ``if 1 failed``, ``always after 1``. ``=?`` asks whoever runs it, ``=?name`` under another
name; ``<% ctx().host %>`` and ``<% task(rotate_wal).result.stdout %>`` are StackStorm's own.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LEAST, MOST = 2, 10
LONGEST = 4_000
SUCCEEDED, FAILED, ALWAYS = "succeeded", "failed", "always"
RESERVED = ("dry_run", "incident")
"""Inputs that every workflow has."""
_ENGINE = frozenset({"noop", "continue", "fail", "retry", "begin", "would"})
"""Names of tasks that mean something by themselves."""
_NAME = re.compile(r"[a-z][a-z0-9_]{1,49}")
_REF = re.compile(r"[\w.:-]{1,200}")
_CONDITION = re.compile(
    r"\s+(?:if\s+(?:(?P<of>[\w-]+)\s+)?(?P<when>succeeded|failed)"
    r"|(?P<always>always)(?:\s+after\s+(?P<past>[\w-]+))?)?"
    r"(?:(?P<and>\s+and\s+|\s*if\s+)<%(?P<expr>[^%]{1,500})%>)?\s*$"
)
_EXPR = re.compile(r"<%.*?%>", re.DOTALL)
_CTX = re.compile(r"\bctx\(\)\.([A-Za-z_]\w*)|\bctx\(\s*['\"]?([A-Za-z_]\w*)['\"]?\s*\)")
_TASK = re.compile(r"\btask\(\s*['\"]?([A-Za-z_]\w*)['\"]?\s*\)")
_REACHES = re.compile(r"st2kv|\bcall\s*\(|__\w")
"""What reads the other side's secrets, or would by another name."""
_WHOLE = re.compile(r"<%\s*ctx\(\)\.([A-Za-z_]\w*)\s*%>")


class Wrong(Exception):
    """What is wrong with a workflow: ``step`` counts from 1, 0 where it is about the whole."""

    def __init__(self, error: str, step: int = 0) -> None:
        super().__init__(f"Step {step}: {error}" if step else error)
        self.step = step


@dataclass(frozen=True, slots=True)
class Takes:
    """A parameter of an action. ``kind`` as forms have it: text, number, decimal, flag, list,
    object."""

    name: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    secret: bool = False
    help: str = ""
    default: Any = None


@dataclass(frozen=True, slots=True)
class Step:
    """One action. ``after`` is the number of the step that its condition is about (0: it is the
    first), ``when`` how that must have ended, ``also`` an expression beside; ``inputs`` are as they
    were written."""

    action: str
    name: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    after: int = 0
    when: str = SUCCEEDED
    also: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A step whose action is known: ``ref`` is its name in StackStorm, ``inputs`` are values."""

    step: Step
    ref: str
    inputs: Mapping[str, Any]
    secret: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A whole one; ``inputs`` are what whoever runs it gives, by name."""

    name: str
    title: str
    tasks: tuple[Task, ...]
    inputs: Mapping[str, Takes]


def named(text: str) -> str:
    """A workflow's name as StackStorm takes it: ``db-cleanup:`` is ``db_cleanup``."""
    name = re.sub(r"[\s-]+", "_", text.strip().rstrip(":").strip().casefold())
    if not _NAME.fullmatch(name):
        raise Wrong(f"{text} is no name: write two to fifty letters, digits and _")
    return name


def read(text: str) -> tuple[Step, ...]:
    """The steps in the order they are written."""
    if len(text) > LONGEST:
        raise Wrong(f"That is longer than {LONGEST} characters")
    text = text.replace("“", '"').replace("”", '"')  # chats make them of plain ones
    lines = [line for line in _lines(text) if line]
    if not LEAST <= len(lines) <= MOST:
        raise Wrong(f"A workflow has {LEAST} to {MOST} steps, this has {len(lines)}")
    found: list[Step] = []
    for number, line in enumerate(lines, 1):
        found.append(_step(line, number, found))
    return tuple(found)


def _lines(text: str) -> Iterator[str]:
    """Pieces between ``;`` and ends of lines, but for those in quotation marks and expressions."""
    piece, quote, depth = "", "", 0
    for i, c in enumerate(text):
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'" and not depth:
            quote = c
        elif text.startswith("<%", i):
            depth += 1
        elif depth and text.startswith("%>", i):
            depth -= 1
        elif c in ";\n" and not depth:
            yield piece.strip()
            piece = ""
            continue
        piece += c
    yield piece.strip()


def _step(line: str, number: int, before: Sequence[Step]) -> Step:
    if line.count("<%") != line.count("%>"):
        raise Wrong("an expression is not closed by %>", number)
    if "{{" in line or "{%" in line:
        raise Wrong("write <% ctx().name %>; {{ }} is not taken", number)
    found = _CONDITION.search(line)
    body = line[: found.start()] if found and found[0].strip() else line
    when, after, also = SUCCEEDED, number - 1, ""
    if found is not None and found[0].strip():
        when = ALWAYS if found["always"] else found["when"] or SUCCEEDED
        also = (found["expr"] or "").strip()
        if of := found["of"] or found["past"]:
            after = _which(of, number, before)
        if number == 1:
            raise Wrong("the first step has nothing before it that its condition could be about", 1)
    action, inputs = _call(body, number)
    name = _task_name(action, [step.name for step in before])
    return Step(action, name, inputs, after, when, also)


def _which(of: str, number: int, before: Sequence[Step]) -> int:
    if of.isdecimal() and 0 < int(of) < number:
        return int(of)
    for at, step in enumerate(before, 1):
        if of in (step.name, step.action):
            return at
    raise Wrong(f"{of} is no step before it", number)


def _call(body: str, number: int) -> tuple[str, dict[str, str]]:
    """The action and what it is given, as written; expressions may hold spaces."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\x00{len(kept) - 1}\x00"

    try:
        words = shlex.split(_EXPR.sub(keep, body))
    except ValueError as error:
        raise Wrong(f"a quotation mark is missing its other ({error})", number) from None
    words = [re.sub("\x00(\\d+)\x00", lambda m: kept[int(m[1])], word) for word in words]
    if not words or not _REF.fullmatch(words[0]):
        raise Wrong(f"{body[:60]} does not begin with the name of an action", number)
    inputs: dict[str, str] = {}
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if not equals or not re.fullmatch(r"\w+", name):
            raise Wrong(f"{word[:60]}? write parameters as name=value, conditions as if failed",
                        number)  # fmt: skip
        if name in inputs:
            raise Wrong(f"{name} is given twice", number)
        inputs[name] = value
    return words[0], inputs


def _task_name(action: str, taken: Iterable[str]) -> str:
    bare = re.sub(r"\W+", "_", re.split(r"[.:]", action)[-1].casefold()).strip("_") or "step"
    bare = f"step_{bare}" if bare[0].isdigit() or bare in _ENGINE else bare
    name, n = bare, 2
    while name in set(taken):
        name, n = f"{bare}_{n}", n + 1
    return name


def build(
    name: str, title: str, steps: Sequence[Step], known: Mapping[str, tuple[str, Sequence[Takes]]]
) -> Workflow:
    """The workflow of these steps; ``known`` has of each action its name there and what it takes.
    Wrong names the step and the mistake."""
    inputs: dict[str, Takes] = {}
    tasks = []
    for number, step in enumerate(steps, 1):
        ref, takes = known[step.action]
        tasks.append(_task(step, number, steps, ref, {each.name: each for each in takes}, inputs))
    return Workflow(name, title, tuple(tasks), inputs)


def _task(
    step: Step, number: int, steps: Sequence[Step], ref: str, takes: Mapping[str, Takes],
    inputs: dict[str, Takes],
) -> Task:  # fmt: skip
    for name in step.inputs:
        if name not in takes:
            there = ", ".join(takes) or "nothing"
            raise Wrong(f"{step.action} takes no {name}; it takes {there}", number)
    for name, each in takes.items():
        if each.required and each.default is None and step.inputs.get(name, "") == "":
            raise Wrong(f"{step.action} needs {name}=", number)
    values = {name: _value(text, takes[name], number, inputs) for name, text in step.inputs.items()}
    earlier = {each.name for each in steps[: number - 1]}
    for text in (*(v for v in values.values() if isinstance(v, str)), f"<% {step.also} %>"):
        _mentioned(text, number, earlier, inputs)
    secret = tuple(name for name in values if takes[name].secret)
    return Task(step, ref, values, secret)


def _value(text: str, takes: Takes, number: int, inputs: dict[str, Takes]) -> Any:
    """What a parameter is given: an expression, or a value of its kind."""
    if text.startswith("?"):
        name = text[1:] or takes.name
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise Wrong(f"{name} is no name for what is asked", number)
        text = f"<% ctx().{name} %>"
    if (found := _WHOLE.fullmatch(text)) is not None:
        _input(inputs, found[1], takes)
    if "<%" in text:
        return text
    return _typed(text, takes, number)


def _typed(text: str, takes: Takes, number: int) -> Any:
    if takes.choices and text not in takes.choices:
        raise Wrong(f"{takes.name} is one of {', '.join(takes.choices)}, not {text}", number)
    try:
        value = _READ[takes.kind](text) if takes.kind in _READ else text
        if any(mark in json.dumps(value, ensure_ascii=False) for mark in ("<%", "{{", "{%")):
            raise Wrong(f"{takes.name} holds an expression in other letters", number)
        return value
    except (ValueError, KeyError):
        raise Wrong(f"{takes.name} is {_WORDS[takes.kind]}, which {text} is not", number) from None


def _list(text: str) -> list[Any]:
    found = json.loads(text) if text.startswith("[") else text.split(",")
    if not isinstance(found, list):
        raise ValueError(text)
    return found


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(text)
    return found


_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_READ: Mapping[str, Callable[[str], Any]] = {
    "number": int, "decimal": float, "flag": lambda text: _FLAGS[text.casefold()],
    "list": _list, "object": _object,
}  # fmt: skip
_WORDS = {
    "number": "a whole number", "decimal": "a number", "flag": "true or false",
    "list": "a list", "object": "an object as JSON",
}  # fmt: skip


def _input(inputs: dict[str, Takes], name: str, takes: Takes) -> None:
    """An input of the workflow that one parameter is, as that parameter is."""
    if name in RESERVED:
        return
    mine = Takes(name, takes.kind, True, takes.choices, takes.secret, takes.help)
    known = inputs.get(name)
    if known is None:
        inputs[name] = mine
    elif (known.kind, known.choices) != (mine.kind, mine.choices):
        inputs[name] = Takes(name, "text", True, (), known.secret or mine.secret, known.help)
    elif mine.secret and not known.secret:
        inputs[name] = mine


def _mentioned(text: str, number: int, earlier: set[str], inputs: dict[str, Takes]) -> None:
    """Inputs that expressions name, and steps whose results they read."""
    for expr in _EXPR.findall(text):
        if _REACHES.search(expr):
            raise Wrong("st2kv is not taken: no expression reads StackStorm's datastore", number)
        for dotted, called in _CTX.findall(expr):
            name = dotted or called
            if name not in RESERVED:
                inputs.setdefault(name, Takes(name, "text", required=True))
        for name in _TASK.findall(expr):
            if name not in earlier:
                there = ", ".join(sorted(earlier)) or "none"
                raise Wrong(f"task({name}) is no step before it; there are {there}", number)


def says(task: Task, number: int, *, secrets: bool = False) -> str:
    """A step in words: ``2. core.http url=… if 1 failed``."""
    given = "".join(
        f" {name}={'••••' if name in task.secret and not secrets else _short(value)}"
        for name, value in task.inputs.items()
    )
    return f"{number}. {task.ref}{given}{condition(task.step, number)}"


def condition(step: Step, number: int) -> str:
    """``, always after 1``; "" where it just follows the step before."""
    also = f" and {step.also}" if step.also else ""
    if number == 1:
        return ""
    if step.when == ALWAYS:
        return f", after {step.after} however it ends{also}"
    if step.after == number - 1 and step.when == SUCCEEDED and not also:
        return ""
    return f", if {step.after} {step.when}{also}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f'"{text}"' if re.search(r"\s", text) else text


def written(step: Step) -> tuple[str, str]:
    """What a step is given, and its condition, as they are typed."""
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in step.inputs.items())
    return given, f"<% {step.also} %>" if step.also else ""
