"""HorizontalPodAutoscalers: at their maximum for long, blind, flapping, scaled; each a fault of its
own kind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from integrations.kubernetes.api import Thing
from integrations.kubernetes.drafts import INFO, WARNING, Draft, Judged, about, titled
from integrations.kubernetes.objects import Ref, condition, count, part, text
from integrations.kubernetes.of_pods import kind_of
from integrations.kubernetes.of_workloads import health_of, tags_of
from integrations.kubernetes.quantities import instant, span
from integrations.kubernetes.state import WINDOW, State
from store.model import MINUTE, Instant, Severity
from store.model.resource import Resource


def judge(state: State, path: str, now: Instant) -> Judged:
    """An autoscaler and everything that may be said of it."""
    thing = state.things["hpa"].get(path)
    if thing is None:
        return Judged()
    namespace, _, name = path.partition("/")
    ref: Ref = ("autoscaler", namespace, name)
    drafts = [
        *_at_maximum(state, ref, thing),
        *_blind(state, ref, thing),
        *_flapping(state, ref, path, now),
        *_scaled(state, ref, path, thing, now),
    ]
    return Judged((_resource(state, ref, thing, drafts),), tuple(drafts), again=True)


def target(thing: Thing) -> Ref:
    """What it scales."""
    found, meta = part(thing, "spec", "scaleTargetRef"), part(thing, "metadata")
    return text(found, "kind").lower(), text(meta, "namespace"), text(found, "name")


def _draft(
    state: State, ref: Ref, kind: str, title: str, said: tuple[str, ...], *,
    severity: Severity = WARNING, reason: str = "", since: Instant | None = None,
    after: Instant = 0, calm: Instant = 0,
) -> Draft:  # fmt: skip
    below = target(state.things["hpa"].get(f"{ref[1]}/{ref[2]}") or {})
    labels = about(state.source, reason or kind, ref, workload=below[2], target=below[0])
    return Draft(
        f"{kind} autoscaler {ref[1]}/{ref[2]}", kind, severity, titled(state.source, title, ref),
        state.source.key("autoscaler", ref[2], ref[1]), said=said, labels=labels, since=since,
        after=after, calm=calm,
    )  # fmt: skip


def _at_maximum(state: State, ref: Ref, thing: Thing) -> Iterator[Draft]:
    most = count(part(thing, "spec"), "maxReplicas")
    status, limited = part(thing, "status"), condition(thing, "ScalingLimited")
    wants = limited.get("status") == "True" and limited.get("reason") == "TooManyReplicas"
    full = count(status, "desiredReplicas") >= most and count(status, "currentReplicas") >= most
    # A server that tells no conditions is believed its numbers.
    if not most or not full or (limited and not wants):
        return
    if count(part(thing, "spec"), "minReplicas", 1) >= most:
        return
    yield _draft(
        state, ref, "HPAAtMaximum", "Autoscaler at its maximum",
        (f"{most} of {most} replicas", text(limited, "message")),
        reason=text(limited, "reason") or "TooManyReplicas",
        since=instant(limited.get("lastTransitionTime")),
        after=state.source.limits.hpa_max_after, calm=2 * MINUTE,
    )  # fmt: skip


def _blind(state: State, ref: Ref, thing: Thing) -> Iterator[Draft]:
    active, able = condition(thing, "ScalingActive"), condition(thing, "AbleToScale")
    if active.get("status") == "False" and active.get("reason") != "ScalingDisabled":
        yield _draft(
            state, ref, "HPANoMetrics", "Autoscaler can't read metrics",
            (text(active, "message")[:240],), reason=text(active, "reason"),
            since=instant(active.get("lastTransitionTime")), after=2 * MINUTE, calm=2 * MINUTE,
        )  # fmt: skip
    if able.get("status") == "False" and str(able.get("reason", "")).startswith("Failed"):
        yield _draft(
            state, ref, "HPACantScale", "Autoscaler can't scale", (text(able, "message")[:240],),
            reason=text(able, "reason"), since=instant(able.get("lastTransitionTime")),
            after=2 * MINUTE, calm=2 * MINUTE,
        )  # fmt: skip


def _flapping(state: State, ref: Ref, path: str, now: Instant) -> Iterator[Draft]:
    steps = state.turns(path, now)
    ways = [b > a for (_, a), (_, b) in pairwise(steps)]
    turns = sum(a != b for a, b in pairwise(ways))
    if turns >= state.source.limits.hpa_flaps:
        sizes = [n for _, n in steps]
        yield _draft(
            state, ref, "HPAFlapping", "Autoscaler flapping",
            (f"{turns} turns in {span(WINDOW)}, between {min(sizes)} and {max(sizes)} replicas",),
            since=steps[1][0], calm=10 * MINUTE,
        )  # fmt: skip


def _scaled(state: State, ref: Ref, path: str, thing: Thing, now: Instant) -> Iterator[Draft]:
    steps = state.turns(path, now)
    for_ = state.source.limits.hpa_scaled
    at = instant(part(thing, "status").get("lastScaleTime"))
    if not for_ or at is None or at < now - for_:
        return
    status = part(thing, "status")
    to = count(status, "desiredReplicas")
    before = next((n for _, n in reversed(steps) if n != to), count(status, "currentReplicas"))
    how = f"from {before} to {to} replicas" if before != to else f"to {to} replicas"
    word = "up" if to > before else "down" if to < before else ""
    yield _draft(
        state, ref, "HPAScaled", " ".join(filter(None, ("Scaled", word))), (how,), severity=INFO,
        since=at,
    )  # fmt: skip


def _resource(state: State, ref: Ref, thing: Thing, drafts: list[Draft]) -> Resource:
    spec, status, meta = part(thing, "spec"), part(thing, "status"), part(thing, "metadata")
    health, why = health_of(drafts)
    below = target(thing)
    low, high = count(spec, "minReplicas", 1), count(spec, "maxReplicas")
    return Resource(
        key=state.source.key("autoscaler", ref[2], ref[1]), kind="autoscaler", name=ref[2],
        state=f"{count(status, 'currentReplicas')} ({low}–{high})", health=health, why=why,
        type="HorizontalPodAutoscaler", account=state.source.cluster, group=ref[1],
        size={"replicas": count(status, "currentReplicas")}, tags=tags_of(thing),
        ids=tuple(filter(None, (text(meta, "uid"),))),
        parents=(
            state.source.key(kind_of(below), below[2], below[1]),
            state.source.key("namespace", ref[1]),
        ),
        created_at=instant(meta.get("creationTimestamp")),
        facts={"scales": f"{below[0]} {below[2]}", "between": f"{low} and {high}"},
    )  # fmt: skip
