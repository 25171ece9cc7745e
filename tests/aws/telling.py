"""What a connector told of a part, by kind of item."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from integrations.base import Changes, Connector, Cursor, Progress
from store.model.resource import Cost, Fault, Finding, Happening, Resource, Sample


@dataclass(slots=True)
class Told:
    """All that came of one sync."""

    resources: list[Resource] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cursor: str = ""
    changes: bool = False

    def named(self, name: str) -> Resource:
        """The one resource of this name."""
        (found,) = (each for each in self.resources if each.name == name)
        return found

    def rules(self) -> set[tuple[str, str]]:
        """Rule and the last word of the resource of each finding."""
        return {(each.rule, each.resource.rpartition("/")[2].rpartition(":")[2])
                for each in self.findings}  # fmt: skip

    def add(self, item: Any) -> None:
        """Sort one in."""
        places: dict[type, list[Any]] = {
            Resource: self.resources, Fault: self.faults, Sample: self.samples,
            Cost: self.costs, Finding: self.findings, Happening: self.happenings,
        }  # fmt: skip
        if isinstance(item, Cursor):
            self.cursor = item.text
        elif isinstance(item, Changes):
            self.changes = True
        elif isinstance(item, Progress):
            self.notes.append(item.note)
        else:
            places[type(item)].append(item)


async def told(connector: Connector, *parts: str, cursor: str = "") -> Told:
    """Everything of these parts, one after the other."""
    found = Told(cursor=cursor)
    for part in parts:
        async for items in connector.sync(part, cursor):
            for each in items if isinstance(items, list | tuple) else [items]:
                found.add(each)
    return found


async def everything(connector: Connector) -> tuple[Told, int]:
    """All parts once, and how many there are."""
    parts = [each.name for each in await connector.parts()]
    found = Told()
    for part in parts:
        one = await told(connector, part)
        for item in (*one.resources, *one.faults, *one.samples, *one.costs, *one.findings,
                     *one.happenings):  # fmt: skip
            found.add(item)
        found.notes += one.notes
    return found, len(parts)
