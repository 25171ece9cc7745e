"""A fault before it is told. What changes by the passing of time alone stands apart, so that
nothing is told anew because of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from integrations.kubernetes.objects import Ref
from integrations.kubernetes.quantities import span
from integrations.kubernetes.settings import Source
from store.model import Instant, Severity
from store.model.resource import Fault, Resource

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
CRITICAL = Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Draft:
    """``said`` are the sentences of its description; ``ago`` more of them, each with the instant it
    happened."""

    key: str
    kind: str
    severity: Severity
    title: str
    resource: str
    said: tuple[str, ...] = ()
    ago: tuple[tuple[str, Instant], ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    since: Instant | None = None
    after: Instant = 0
    calm: Instant = 0

    def fault(self, now: Instant) -> Fault:
        """As it is told."""
        past = (f"{text}, {span(now - at)} ago" for text, at in self.ago)
        return Fault(
            key=self.key,
            kind=self.kind,
            severity=self.severity,
            title=self.title,
            resource=self.resource,
            description=" · ".join((*filter(None, self.said), *past)),
            labels={name: value for name, value in self.labels.items() if value},
            since=self.since,
            after=self.after,
            calm=self.calm,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What a unit comes to: its resources, and what is wrong with it now. ``again`` where that may
    change without anything happening."""

    resources: tuple[Resource, ...] = ()
    drafts: tuple[Draft, ...] = ()
    again: bool = False


def path_of(ref: Ref) -> str:
    """``shop/cart``."""
    return f"{ref[1]}/{ref[2]}" if ref[1] else ref[2]


def about(source: Source, kind: str, ref: Ref, **labels: str) -> dict[str, str]:
    """The labels of a fault: where, what, why."""
    return {
        "cluster": source.cluster,
        "namespace": ref[1],
        "workload": ref[2] if ref[1] else "",
        "kind": ref[0],
        "name": ref[2],
        "reason": kind,
        **labels,
    }


def titled(source: Source, what: str, ref: Ref) -> str:
    """``CrashLoopBackOff shop/cart (prod-1)``."""
    return f"{what} {path_of(ref)} ({source.cluster})"
