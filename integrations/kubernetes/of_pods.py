"""What is wrong with a workload's pods: crash loops, killed for memory, images, configuration,
scheduling, evictions, restarts, readiness. One fault for each kind of trouble of a workload."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from integrations.kubernetes.drafts import ERROR, WARNING, Draft, about, path_of, titled
from integrations.kubernetes.objects import Container, Pod, Ref
from integrations.kubernetes.quantities import size, span
from integrations.kubernetes.state import WINDOW, State
from store.model import MINUTE, Instant, Severity

_IMAGE = ("ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull",
          "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed")  # fmt: skip
_CONFIG = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError",
           "PreCreateHookError", "PostStartHookError", "StartError")  # fmt: skip
_EVICTED = ("Evicted", "Preempting", "NodeLost", "NodeShutdown")
_STARTING = ("ContainerCreating", "PodInitializing")

Bad = list[tuple[Pod, Container]]


class Pods:
    """The pods of one workload at one instant."""

    def __init__(self, state: State, ref: Ref, pods: Sequence[Pod], now: Instant) -> None:
        self.state, self.ref, self.now = state, ref, now
        self.source, self.limits = state.source, state.source.limits
        self.all = pods
        self.alive = [each for each in pods if not each.over]
        self.resource = self._resource()

    def drafts(self) -> list[Draft]:
        """Everything that is wrong, the cause first; what merely follows from one is left out."""
        causes = [
            *self._crashing(),
            *self._killed(),
            *self._images(),
            *self._configuration(),
            *self._pending(),
            *self._starting(),
            *self._evicted(),
            *self._failed(),
        ]
        return [*causes, *(() if causes else self._restarting()), *self._not_ready(causes)]

    def _resource(self) -> str:
        """The key of what a fault is about: the workload, or the bare pod itself."""
        if self.ref[0] != "pod":
            return self.source.key(kind_of(self.ref), self.ref[2], self.ref[1])
        newest = max(self.all, key=lambda p: (not p.over, p.created or 0), default=None)
        return self.source.key("pod", newest.name if newest else self.ref[2], self.ref[1])

    def _draft(
        self, kind: str, pods: Sequence[Pod], said: Sequence[str], *, reason: str = "",
        container: Container | None = None, alone: bool = True, severity: Severity | None = None,
        since: Instant | None = None, after: Instant = 0, calm: Instant = 0,
        ago: tuple[tuple[str, Instant], ...] = (),
    ) -> Draft:  # fmt: skip
        hit = len({each.path for each in pods})
        whole = bool(self.alive) and hit >= len(self.alive) and not any(p.ready for p in self.alive)
        of = f"{hit} of {len(self.alive)} pods" if len(self.all) > 1 and alone else ""
        node = {each.node for each in pods}
        labels = dict(self._service())
        return Draft(
            key=f"{kind} {self.ref[0]} {path_of(self.ref)}",
            kind=kind,
            severity=severity or (ERROR if whole else WARNING),
            title=titled(self.source, kind, self.ref),
            resource=self.resource,
            said=tuple(filter(None, (of, *said))),
            ago=ago,
            labels=about(
                self.source, reason or kind, self.ref, **labels,
                container=container.name if container else "",
                node=next(iter(node)) if len(node) == 1 else "",
                pod=pods[0].name if len(pods) == 1 else "",
            ),
            since=since, after=after, calm=calm,
        )  # fmt: skip

    def _service(self) -> Iterator[tuple[str, str]]:
        labels = dict(self.all[0].labels) if self.all else {}
        for name in ("app.kubernetes.io/part-of", "app.kubernetes.io/name", "app", "k8s-app"):
            if labels.get(name):
                yield "service", labels[name]
                return

    def _where(self, test: Callable[[Pod, Container], bool]) -> Bad:
        return [(p, c) for p in self.alive for c in p.containers if test(p, c)]

    # ---- each kind -------------------------------------------------------------------------------

    def _crashing(self) -> Iterator[Draft]:
        calm = self.limits.crash_calm

        def loops(_: Pod, each: Container) -> bool:
            if each.reason == "CrashLoopBackOff":
                return True
            failed = each.last_reason not in ("", "Completed") or bool(each.last_exit)
            lately = each.last_at is not None and each.last_at > self.now - calm
            ended = each.state == "terminated" and bool(each.exit)
            up = each.state == "running" and each.ready and self._up(each) > 2 * MINUTE
            return each.restarts >= 3 and failed and lately and not up and (ended or not each.ready)

        bad = self._where(loops)
        if not bad:
            return
        number, first = self.state.restarts(self.ref, self.now)
        number = max(number, 0)
        total = sum(each.restarts for _, each in bad)
        shown = _restarts(number, first, self.now) if number > 1 else f"{total} restarts"
        worst = max(bad, key=lambda each: each[1].restarts)
        yield self._draft(
            "CrashLoopBackOff", [p for p, _ in bad],
            [shown, _ended(worst[1]), self._memory(*worst)],
            container=worst[1], after=self.limits.crash_after, calm=calm, ago=self._rollout(),
            since=min((c.last_at for _, c in bad if c.last_at), default=None),
        )  # fmt: skip

    def _up(self, each: Container) -> Instant:
        return self.now - each.at if each.at else 0

    def _killed(self) -> Iterator[Draft]:
        since = self.now - self.limits.oom

        def oom(pod: Pod, each: Container) -> bool:
            now = each.state == "terminated" and each.reason == "OOMKilled"
            before = each.last_reason == "OOMKilled"
            at = each.at if now else each.last_at
            return (now or before) and (at is None or at > since)

        bad = [(p, c) for p in self.all if not p.deleting for c in p.containers if oom(p, c)]
        if not bad:
            return
        worst = max(bad, key=lambda each: each[1].restarts)
        times = sum(max(1, each.restarts) for _, each in bad)
        killed = "killed once" if times == 1 else f"{times} restarts"
        said = ["exit 137", killed, self._memory(*worst)]
        yield self._draft(
            "OOMKilled", [p for p, _ in bad], said, container=worst[1],
            calm=self.limits.crash_calm, ago=self._rollout(),
            since=min((c.last_at or c.at or self.now for _, c in bad), default=None),
        )  # fmt: skip

    def _images(self) -> Iterator[Draft]:
        bad = self._where(lambda _, c: c.state == "waiting" and c.reason in _IMAGE)
        if bad:
            pod, each = bad[0]
            kind = "ImagePullBackOff" if each.reason == "ErrImagePull" else each.reason
            draft = self._draft(
                kind, [p for p, _ in bad], [each.image, _short(each.message)], reason=each.reason,
                container=each, after=self.limits.image_after, calm=2 * MINUTE,
                since=pod.created, ago=self._rollout(),
            )  # fmt: skip
            yield replace(draft, key=f"ImagePull {self.ref[0]} {path_of(self.ref)}")

    def _configuration(self) -> Iterator[Draft]:
        bad = self._where(lambda _, c: c.state == "waiting" and c.reason in _CONFIG)
        if bad:
            pod, each = bad[0]
            yield self._draft(
                each.reason, [p for p, _ in bad], [_short(each.message)], container=each,
                after=self.limits.image_after, calm=MINUTE, since=pod.created,
                ago=self._rollout(),
            )  # fmt: skip

    def _pending(self) -> Iterator[Draft]:
        bad = [each for each in self.alive if each.unscheduled and not each.gated]
        if bad:
            why = max((each.unscheduled for each in bad), key=len)
            draft = self._draft(
                "Pending", bad, ["no node takes it", _short(why, 240)], reason="Unschedulable",
                after=self.limits.pending_after,
                since=min((p.unscheduled_since for p in bad if p.unscheduled_since), default=None),
            )  # fmt: skip
            yield draft

    def _starting(self) -> Iterator[Draft]:
        """Bound to a node, but its containers are not made: volumes, network, or a slow init."""

        def stuck(pod: Pod) -> bool:
            if pod.phase != "Pending" or not pod.node:
                return False
            if any(c.init and c.state == "running" for c in pod.containers):
                return False
            waiting = {c.reason for c in pod.containers if c.state == "waiting" or not c.state}
            return bool(waiting) and waiting <= {*_STARTING, ""}

        bad = [p for p in self.alive if stuck(p) and not self.state.on_lost_node(p)]
        if bad:
            why = self.state.words.get(("pod", bad[0].path), "") or "its containers do not start"
            yield self._draft(
                "ContainerCreating", bad, [_short(why)], after=self.limits.pending_after,
                since=min((p.created for p in bad if p.created), default=None),
            )  # fmt: skip

    def _evicted(self) -> Iterator[Draft]:
        since = self.now - 2 * WINDOW
        bad = [
            p for p in self.all
            if p.phase == "Failed" and p.reason in _EVICTED
            and (p.ready_since or p.created or self.now) > since
        ]  # fmt: skip
        if bad:
            number = "a pod" if len(bad) == 1 else f"{len(bad)} pods"
            nodes = sorted({p.node for p in bad if p.node})
            where = f"from {', '.join(nodes[:3])}" if nodes else ""
            draft = self._draft(
                "Evicted", bad, [" ".join(filter(None, (f"{number} evicted", where))),
                                 _short(bad[-1].message)],
                reason=bad[-1].reason, alone=False, severity=WARNING,
                since=min((p.created for p in bad if p.created), default=None),
            )  # fmt: skip
            yield draft

    def _failed(self) -> Iterator[Draft]:
        """A bare pod that ended badly: nothing makes it anew."""
        bad = [p for p in self.all if p.phase == "Failed" and not p.deleting]
        if self.ref[0] != "pod" or not bad or self.alive or bad[-1].reason == "Evicted":
            return
        pod = bad[-1]
        ended = [c for c in pod.containers if c.state == "terminated" and c.exit]
        at = next((c.at for c in ended if c.at), pod.created)
        if at is not None and at < self.now - self.limits.job:
            return
        said = [_ended(ended[0]) if ended else "", _short(pod.message)]
        yield self._draft(
            "PodFailed", bad, said, reason=pod.reason or "Failed", severity=WARNING, alone=False,
            container=ended[0] if ended else None, since=at,
        )  # fmt: skip

    def _restarting(self) -> Iterator[Draft]:
        number, first = self.state.restarts(self.ref, self.now)
        if number < self.limits.restarts:
            return
        bad = self._where(lambda _, c: c.restarts > 0)
        if bad:
            worst = max(bad, key=lambda each: each[1].restarts)
            yield self._draft(
                "ManyRestarts", [p for p, _ in bad],
                [_restarts(number, first, self.now), _ended(worst[1]), self._memory(*worst)],
                container=worst[1], severity=WARNING, calm=self.limits.crash_calm, since=first,
                ago=self._rollout(),
            )  # fmt: skip

    def _not_ready(self, causes: Sequence[Draft]) -> Iterator[Draft]:
        """Started, and still not ready: its probe says no."""
        kinds = {each.kind for each in causes} - {"OOMKilled", "Evicted"}
        bad = [
            p for p in self.alive
            if not p.ready and p.phase == "Running" and not self.state.on_lost_node(p)
        ]  # fmt: skip
        if bad and not kinds:
            since = min((p.ready_since or p.created or self.now for p in bad), default=None)
            idle = [c for c in bad[0].containers if not c.ready and not c.init]
            yield self._draft(
                "NotReady", bad, [_short(bad[0].ready_why)], since=since, reason="NotReady",
                container=idle[0] if len(idle) == 1 else None, ago=self._rollout(),
                after=self.limits.not_ready_after, calm=MINUTE,
            )  # fmt: skip

    # ---- words -----------------------------------------------------------------------------------

    def _memory(self, pod: Pod, each: Container) -> str:
        """``limit 256 Mi, used 254 Mi``, where memory is what it died of."""
        if "OOMKilled" not in (each.reason, each.last_reason):
            return ""
        used = self.state.usage.get((pod.path, each.name))
        limit = f"limit {size(each.memory_limit)}" if each.memory_limit else "no memory limit"
        return f"{limit}, used {size(used[1])}" if used and used[1] else limit

    def _rollout(self) -> tuple[tuple[str, Instant], ...]:
        newest = self.state.rollout(self.ref)
        if newest is None or newest.at is None or self.now - newest.at > 24 * 60 * MINUTE:
            return ()
        return ((f"since rollout {newest.hash[:10]}", newest.at),)


def kind_of(ref: Ref) -> str:
    """The kind of resource that a workload is."""
    known = ("deployment", "statefulset", "daemonset", "job", "cronjob", "pod")
    return ref[0] if ref[0] in known else f"other:{ref[0]}"


def _restarts(number: int, first: Instant | None, now: Instant) -> str:
    lasted = max(MINUTE, now - first) if first else WINDOW
    # In steps, so that it does not change by the passing of time alone.
    minutes = next((m for m in (1, 2, 5, 10, 20, 30) if lasted <= m * MINUTE), 30)
    return f"{number} restart{'s' if number != 1 else ''} in {span(max(2, minutes) * MINUTE)}"


def _ended(each: Container) -> str:
    code, reason = (each.last_exit, each.last_reason) if each.last_reason else (each.exit, "")
    if each.state == "terminated" and not each.last_reason:
        code, reason = each.exit, each.reason
    if code is None:
        return ""
    return f"exit {code}" + (f" {reason}" if reason not in ("", "Error", "Completed") else "")


def _short(words: str, most: int = 160) -> str:
    words = " ".join(words.split())
    return words if len(words) <= most else f"{words[: most - 1]}…"
