"""What an incident is about and what is lost with it: rows of its card, buttons, lines of its
thread (cards 18 and 19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from bot.cards import words
from bot.cards.model import Note, Press, Span, Spans
from bot.cards.view import View, own, separated, strange
from commands.registry import CATALOG
from commands.rules.falling import tenant_word
from commands.rules.inventory_words import kind_said, place, provider_of
from store.model import IncidentDetail, Lost
from store.model.known import Known

LAST_LINE = "last_line"
"""The label under which a fault has the last words of what crashed."""
_LABEL = 24
_LONGEST = 100
"""Of any token."""
_NAME, _TENANTS, _OPEN = 40, 3, {"new", "escalating", "acknowledged", "flapping"}
_IN_CLUSTER = ("cluster", "namespace", "deployment", "statefulset", "daemonset")
_WITH_LOGS = ("pod", "deployment", "statefulset", "daemonset", "job")
_WORKLOADS = ("deployment", "statefulset", "daemonset")
_ROLL = (("Restart…", "kubernetes.restart"), ("Roll back…", "kubernetes.rollback"))
_HELPS: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    **{("kubernetes", kind): _ROLL for kind in _WORKLOADS},
    ("openstack", "hypervisor"): (("Evacuate…", "openstack.evacuate"),),
}
_ACTED_ON = frozenset({"server", "node", "pod", "agent"})


def rows(view: View) -> Iterator[Spans]:
    """The resource; what is lost with it, whose that is, and the worst of it."""
    lost = view.detail.lost
    if lost is None or view.phase in {"resolved", "merged"}:
        if view.detail.about:
            yield _resource(view, view.detail.about[0])
        if line := view.incident.labels.get(LAST_LINE, "").strip():
            yield own('last line: "'), strange(line, 120), own('"')
        return
    yield from filter(None, (_toll(lost), _tenants(lost), _worst(view, lost)))


def _resource(view: View, one: Known) -> Spans:
    """``About db-3 · VM, OpenStack prod / eu-west-1a · owner ana · its checks fail``."""
    r, belongs = one.resource, one.belongs
    base = view.base_url.rstrip("/")
    name = Span(words.cut(words.clean(r.name), _NAME), url=f"{base}/resources/{one.id}", own=False)
    where = place(one, provider_of(r.key))
    what = ", ".join(filter(None, (kind_said(r.kind), where)))
    how = "" if r.health == "ok" else r.why or r.state
    state = (strange(how, 60),) if how else ()
    more = len(view.detail.about) - 1
    others = (own(f"{more} more"),) if more else ()
    owner: Spans = (own("owner "), strange(belongs.owner, 30)) if belongs.owner else ()
    about: Spans = (own("About "), name)
    return separated([about, (strange(what, 60),), owner, state, others])


def says(view: View) -> tuple[str, ...]:
    """The labels that the resource's line makes needless."""
    if not view.detail.about:
        return ()
    kind = view.detail.about[0].resource.kind
    return ("owner", *(_IN_CLUSTER if kind in _WITH_LOGS else ()))


def _toll(lost: Lost) -> Spans:
    """``41 servers: 28 back · 9 down · 4 unknown``."""
    kind = _kind(lost.kind, lost.total)
    counts = ((lost.back, "back"), (lost.down, "down"), (lost.unknown, "unknown"))
    said = " · ".join(f"{number} {word}" for number, word in counts if number)
    heard = said if lost.back or lost.down else "nothing heard of them yet"
    return (own(f"{lost.total} {kind}: {heard}"),)


def _tenants(lost: Lost) -> Spans:
    """``6 tenants: shop 19 · data 11 · ci 6 · 3 more``."""
    if lost.tenants_total < 2:
        return ()
    said: list[Spans] = [
        (strange(name, _NAME), own(f" {number}")) for name, number in lost.tenants[:_TENANTS]
    ]
    more = lost.tenants_total - len(said)
    if more > 0:
        said.append((own(f"{more} more"),))
    head = f"{lost.tenants_total} {tenant_word(lost.kind)}s: "
    return (own(head), *separated(said))


def _worst(view: View, lost: Lost) -> Spans:
    """``Worst: 🔴 db-1 (shop) · 🔶 runner-12 (ci) · holds 9 incidents``."""
    base = view.base_url.rstrip("/")
    said: list[Spans] = []
    for one in lost.worst:
        name = words.cut(words.clean(one.name), _NAME)
        link = Span(name, url=f"{base}/resources/{one.id}", own=False)
        whose = (own(" ("), strange(one.tenant, 24), own(")")) if one.tenant else ()
        said.append((own(f"{words.GLYPH[one.severity]} "), link, *whose))
    if not said:
        return ()
    if many := view.detail.held_total:
        said.append((own(f"holds {words.count(many, 'incident')}"),))
    return (own("Worst: "), *separated(said))


def _kind(kind: str, number: int) -> str:
    """``server`` is a server here: what is lost is what people run."""
    name = kind if kind == "server" else kind_said(kind, number)
    return f"{name}s" if kind == "server" and number != 1 else name


# buttons


def presses(view: View) -> list[Press]:
    """For More…: everything that is lost, one by one."""
    lost, i = view.detail.lost, view.incident
    if lost is None or "lost" not in CATALOG:
        return []
    label = words.cut(f"Show {lost.total} {_kind(lost.kind, lost.total)}", 30)
    says = f"{label} of incident {i.id}"
    return [Press(label, f"cmd:lost:{i.id}:{i.rev}", says=says)]


def logs(view: View) -> Press | None:
    """The last lines of what fails in a cluster."""
    mine = [one for one in view.detail.about if one.resource.kind in _WITH_LOGS]
    if not mine or "logs" not in CATALOG or view.phase not in _OPEN:
        return None
    name = words.cut(words.clean(mine[0].resource.name), 40)
    token = f"do:logs?resource={mine[0].id}"
    return Press("Logs", token, says=f"Logs of {name}, incident {view.incident.id}")


def runs(view: View) -> list[Press]:
    """What most often helps against a fault of this kind, else all that can be done."""
    if "run" not in CATALOG or view.phase not in _OPEN:
        return []
    if not view.detail.about:
        return _fitting(view)
    one, number = view.detail.about[0], view.incident.id
    kind = one.resource.kind
    helps = _HELPS.get((provider_of(one.resource.key), kind), ())
    found = []
    for label, action in helps or ((("Run…", ""),) if kind in _ACTED_ON else ()):
        given = {"action": action, "incident": number, "params": f"on={one.id}"}
        token = f"ask:run?{urlencode({k: v for k, v in given.items() if v})}"
        name = words.cut(words.clean(one.resource.name), 30)
        found.append(Press(label, token, says=f"{label[:-1]} {name}, incident {number}"))
    named = {action for _, action in helps}
    others = tuple(each for each in view.runs if each[1] not in named)
    return [*found, *_fitting(replace(view, runs=others))] if helps or not found else found


def _fitting(view: View) -> list[Press]:
    """``Run…`` where actions fit; the action itself where it is the only one, or fixed it the last
    time."""
    i = view.incident
    if not view.runs:
        return []
    every = Press("Run…", f"cmd:run:{i.id}:{i.rev}", says=f"Run an action, incident {i.id}")
    title, action = view.runs[0]
    again = view.detail.fixed is not None and view.detail.fixed.action == action
    if len(view.runs) > 1 and not again:
        return [every]
    label = words.cut(words.clean(title), _LABEL)
    token = f"ask:run?{urlencode({'action': action, 'incident': i.id})}"
    if len(token) > _LONGEST:
        token = f"cmd:run:{i.id}:{i.rev}"
    own = Press(f"{label}…", token, says=f"{label}, incident {i.id}")
    return [own, every] if len(view.runs) > 1 else [own]


# in the thread


def note(view: View, content: Mapping[str, Any]) -> Note:
    """``2 late alerts joined.``, ``3 alerts still fire and are on their own now: #1930 …``."""
    many = int(content.get("many", 0))
    if content["what"] == "joined":
        return Note(((own(f"{words.count(many, 'late alert')} joined."),),))
    base, numbers = view.base_url.rstrip("/"), content.get("numbers", ())
    fire = "alert still fires and is" if many == 1 else "alerts still fire and are"
    links = [(Span(f"#{n}", url=f"{base}/i/{n}"),) for n in numbers]
    more = int(content.get("of", 0)) - len(links)
    if more > 0:
        links.append((Span(f"{more} more"),))
    said = own(f"{many} {fire} on {'its' if many == 1 else 'their'} own now: ")
    return Note(((said, *separated(list(links), ", ")),))


def as_facts(detail: IncidentDetail, base_url: str) -> dict[str, Any]:
    """The resources of an incident and what is lost with them, as programs read it."""
    base, lost = base_url.rstrip("/"), detail.lost
    found: list[dict[str, Any]] = [
        {
            "id": str(one.id), "key": one.resource.key, "kind": one.resource.kind,
            "name": one.resource.name, "source": one.source, "health": str(one.resource.health),
            "state": one.resource.state, "team": one.belongs.team, "owner": one.belongs.owner,
            "url": f"{base}/resources/{one.id}",
        }
        for one in detail.about
    ]  # fmt: skip
    if lost is None:
        return {"resources": found, "lost": None}
    counts = {"back": lost.back, "down": lost.down, "unknown": lost.unknown}
    whose = [{"name": name, "number": number} for name, number in lost.tenants]
    some = {"kind": lost.kind, "total": lost.total, **counts, "tenants": whose}
    return {"resources": found, "lost": some}
