"""Jobs and CronJobs: failed, over their deadline, missed, suspended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from integrations.kubernetes import cron
from integrations.kubernetes.api import Thing
from integrations.kubernetes.drafts import ERROR, WARNING, Draft, Judged, about, path_of, titled
from integrations.kubernetes.objects import Ref, condition, count, items, owner_of, part, text
from integrations.kubernetes.of_workloads import (
    health_of,
    parents_of,
    requests_of,
    tags_of,
    template_of,
)
from integrations.kubernetes.quantities import instant
from integrations.kubernetes.state import State
from store.model import MINUTE, SECOND, Instant
from store.model.resource import Health, Resource

_GRACE = 2 * MINUTE
"""How late a CronJob may be; its controller looks about every ten seconds."""


def judge(
    state: State, ref: Ref, thing: Thing | None, pods: Sequence[Draft], now: Instant
) -> Judged:
    """A job or a cron job, with what is wrong with its pods."""
    drafts = [each for each in pods if each.kind not in ("NotReady", "PodFailed")]
    if thing is None:
        return Judged((), tuple(drafts), again=bool(drafts))
    if ref[0] == "cronjob":
        drafts += [*_failed_run(state, ref, thing, now), *_missed(state, ref, thing, now)]
        return Judged((_cronjob(state, ref, thing, drafts),), tuple(drafts), again=True)
    if owner_of(thing) is None:
        drafts += _failed(state, ref, ref, thing, now)
    resource = _job(state, ref, thing, drafts)
    return Judged((resource,), tuple(drafts), again=bool(drafts))


def _failed(state: State, ref: Ref, job: Ref, thing: Thing, now: Instant) -> Iterator[Draft]:
    found = condition(thing, "Failed")
    if found.get("status") != "True":
        return
    at = instant(found.get("lastTransitionTime"))
    if at is not None and at < now - state.source.limits.job:
        return
    reason = text(found, "reason") or "BackoffLimitExceeded"
    failed = count(part(thing, "status"), "failed")
    tries = f"{failed} failed pod{'s' if failed != 1 else ''}" if failed else ""
    run = f"run {job[2]}" if job != ref else ""
    yield Draft(
        key=f"JobFailed {ref[0]} {path_of(ref)}",
        kind="JobFailed" if ref[0] == "job" else "CronJobFailed",
        severity=ERROR if ref[0] == "job" else WARNING,
        title=titled(state.source, "Job failed" if ref[0] == "job" else "Cron job failed", ref),
        resource=state.source.key(ref[0], ref[2], ref[1]),
        said=(reason, text(found, "message"), run, tries),
        labels=about(state.source, reason, ref, job=job[2]),
        since=at,
    )


def _failed_run(state: State, ref: Ref, thing: Thing, now: Instant) -> Iterator[Draft]:
    """The last run that ended, if it failed."""
    ended = [
        (at, job)
        for job in state.children(ref, "job")
        for kind in ("Failed", "Complete")
        if (found := condition(job, kind)).get("status") == "True"
        and (at := instant(found.get("lastTransitionTime")) or 1)
    ]
    if not ended:
        return
    last = max(ended, key=lambda each: each[0])[1]
    good = instant(part(thing, "status").get("lastSuccessfulTime")) or 0
    if good <= max(ended, key=lambda each: each[0])[0]:
        meta = part(last, "metadata")
        yield from _failed(state, ref, ("job", ref[1], text(meta, "name")), last, now)


def _missed(state: State, ref: Ref, thing: Thing, now: Instant) -> Iterator[Draft]:
    spec, status = part(thing, "spec"), part(thing, "status")
    if spec.get("suspend"):
        return
    due = cron.last_due(text(spec, "schedule"), text(spec, "timeZone"), now)
    deadline = count(spec, "startingDeadlineSeconds") * SECOND
    created = instant(part(thing, "metadata").get("creationTimestamp")) or 0
    last = instant(status.get("lastScheduleTime")) or 0
    busy = text(spec, "concurrencyPolicy") == "Forbid" and bool(items(status, "active"))
    if due is None or busy or due <= max(last, created) or now - due < max(deadline, _GRACE):
        return
    yield Draft(
        key=f"CronJobMissed cronjob {path_of(ref)}",
        kind="CronJobMissed",
        severity=WARNING,
        title=titled(state.source, "Cron job missed", ref),
        resource=state.source.key("cronjob", ref[2], ref[1]),
        said=(f"schedule {text(spec, 'schedule')}", "" if last else "it has never run",
              state.words.get(("cronjob", path_of(ref)), "")),
        ago=(("last run", last),) if last else (),
        labels=about(state.source, "CronJobMissed", ref),
        since=due,
        calm=MINUTE,
    )  # fmt: skip


def _job(state: State, ref: Ref, thing: Thing, drafts: Sequence[Draft]) -> Resource:
    status, spec = part(thing, "status"), part(thing, "spec")
    failed, complete = condition(thing, "Failed"), condition(thing, "Complete")
    word = "Running" if count(status, "active") else "Pending"
    health, why = health_of(drafts)
    if complete.get("status") == "True":
        word = "Complete"
    elif failed.get("status") == "True":
        word, health, why = "Failed", Health.DOWN, text(failed, "reason")
    elif spec.get("suspend"):
        word = "Suspended"
    owner = state.workload(ref)
    above = (state.source.key("cronjob", owner[2], owner[1]),) if owner != ref else ()
    meta, template = part(thing, "metadata"), template_of(thing)
    return Resource(
        key=state.source.key("job", ref[2], ref[1]), kind="job", name=ref[2], state=word,
        health=health, why=why, type="Job", account=state.source.cluster, group=ref[1],
        size=requests_of(template), tags=tags_of(thing, template),
        ids=tuple(filter(None, (text(meta, "uid"),))),
        parents=(*above, *parents_of(state, ref[1])),
        created_at=instant(meta.get("creationTimestamp")),
    )  # fmt: skip


def _cronjob(state: State, ref: Ref, thing: Thing, drafts: Sequence[Draft]) -> Resource:
    spec = part(thing, "spec")
    health, why = health_of(drafts)
    suspended = bool(spec.get("suspend"))
    meta, template = part(thing, "metadata"), template_of(thing)
    facts = {
        "schedule": " ".join(filter(None, (text(spec, "schedule"), text(spec, "timeZone")))),
        "suspended": "yes" if suspended else "",
    }
    return Resource(
        key=state.source.key("cronjob", ref[2], ref[1]), kind="cronjob", name=ref[2],
        state="Suspended" if suspended else "Scheduled",
        health=health, why=why, type="CronJob", account=state.source.cluster, group=ref[1],
        size=requests_of(template), tags=tags_of(thing, template),
        ids=tuple(filter(None, (text(meta, "uid"),))), parents=parents_of(state, ref[1]),
        created_at=instant(meta.get("creationTimestamp")),
        facts={name: value for name, value in facts.items() if value},
    )  # fmt: skip
