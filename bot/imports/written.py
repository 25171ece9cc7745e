"""The fragment of the settings as YAML, with where each thing came from beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from bot.imports.base import Imported

_SECTIONS = ("people", "teams", "schedules", "routes", "policies")


class _Plain(yaml.SafeDumper):
    """Short lists and mappings of plain values on one line, as people write them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _scalar(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _represent_dict(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.Node:
    short = all(
        _scalar(v) or (isinstance(v, list) and all(map(_scalar, v))) for v in value.values()
    )
    flow = short and len(str(value)) < 88
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=flow)


def _represent_list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    flow = all(map(_scalar, value)) or (
        all(isinstance(v, list) or _scalar(v) for v in value) and len(str(value)) < 2_000
    )
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flow)


_Plain.add_representer(dict, _represent_dict)
_Plain.add_representer(list, _represent_list)


def text(found: Imported, head: list[str]) -> str:
    """The whole file: what could not be carried over first, then each section."""
    lines = [*(f"# {_plain(line)}".rstrip() for line in head), ""]
    for section in _SECTIONS:
        value = getattr(found, section)
        if value:
            lines += [f"{section}:", *_section(found, section, value), ""]
    return "\n".join(lines).rstrip() + "\n"


def _section(found: Imported, section: str, value: Any) -> Iterator[str]:
    entries = value.items() if isinstance(value, dict) else ((e["name"], [e]) for e in value)
    for name, entry in entries:
        for said in (found.origins.get((section, name)), found.asides.get((section, name))):
            if said:
                yield f"  # {_plain(said)}"
        written = (
            {name: _safe(entry, found.variables)}
            if isinstance(value, dict)
            else _safe(entry, found.variables)
        )
        yield from (f"  {line}" if line else "" for line in _dump(written))


def _dump(value: Any) -> list[str]:
    said: str = yaml.dump(
        value,
        Dumper=_Plain,
        sort_keys=False,
        allow_unicode=True,
        width=96,
        default_flow_style=False,
    )
    return said.rstrip("\n").split("\n")


def _safe(value: Any, variables: Mapping[str, str]) -> Any:
    """Values in which only our own variables look like some of the environment."""
    if isinstance(value, str):
        ours = value.startswith("${") and value[2:-1] in variables
        return value if ours else value.replace("${", "$ {")
    if isinstance(value, dict):
        return {k: _safe(v, variables) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_safe(v, variables) for v in value]
    return value


def _plain(line: str) -> str:
    """A line of a comment that stays one, of characters YAML takes."""
    return "".join(c if c.isprintable() else " " for c in line)
