"""What stands below the buttons: the value, the facts, the labels that matter, the links."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import gathered, hushed, ruled, there, what_changed, words
from bot.cards.address import http
from bot.cards.model import Block, Facts, Rows, Span, Spans, Value
from bot.cards.view import View, own, strange, when
from commands.rules.sight import HIDDEN
from commands.words import duration, surface_name
from store.model import Alert, Incident, Link

VALUE = 140
FACT = 40
LABELS = 4
LINKS = 3
_PER_LINE = 4

# Label names as monitors write them, the most telling first; synonyms share a row.
_TELLING = (
    ("env", "environment", "stage"),
    ("region", "aws_region", "location", "availability_zone", "zone"),
    ("cluster", "cluster_name", "kubernetes_cluster", "datacenter", "dc"),
    ("namespace", "kube_namespace", "kubernetes_namespace", "project"),
    ("pod", "deployment", "statefulset", "daemonset", "workload", "container"),
    ("mountpoint", "device", "volume", "disk", "interface"),
    ("database", "datname", "queue", "topic", "bucket"),
    ("node", "host", "hostname", "vm", "server"),
    ("tenant", "customer", "account", "subscription"),
    ("version", "release", "job", "component", "app"),
)
_SPEAKS_FOR_ITSELF = {name for row in _TELLING[:2] for name in row}
_NOISE = {
    "alertname",
    "severity",
    "priority",
    "level",
    "status",
    "state",
    "instance",
    "team",
    "service",
    "resource",
    "receiver",
    "prometheus",
    "replica",
    "endpoint",
    "fingerprint",
    "uid",
    "uuid",
    "id",
    "rule_id",
    "monitor",
    "source",
    "title",
    "summary",
    "description",
    "grafana_folder",
    "event_id",
    "event_source",
    "event_severity",
    "event_nseverity",
    "trigger_id",
    "provider",
    "kind",
    "resource_id",
    "resource_kind",
    gathered.LAST_LINE,
}


_PRIVATE: Spans = (own("🔒 "), own("Private", bold=True), own(": shown to its people alone"))


def fold(view: View) -> tuple[Block, ...]:
    """Value, facts, what monitors say of it, what was changed before, and memory; the last ones are
    the first to go where room is short."""
    text = value(view)
    blocks: list[Block] = [Value(text)] if text else []
    blocks.append(Facts(tuple(_lines(view))))
    private = (_PRIVATE,) if view.incident.private else ()
    about = (*private, *gathered.rows(view), *ruled.rows(view))
    elsewhere = (*about, *there.lines(view), *hushed.lines(view))
    rows = (*elsewhere, *what_changed.lines(view), *filter(None, (memory(view),)))
    if rows:
        blocks.append(Rows(rows))
    return tuple(blocks)


def memory(view: View) -> Spans:
    """``Seen 6 times. Last Wed 12 Aug 03:09 (#1201): open 4 min, fixed by rotate-wal (Ana)``."""
    last = view.detail.earlier
    if last is None or view.phase in {"resolved", "merged"}:
        return ()
    seen = view.detail.seen
    often = "Seen once" if seen == 1 else "Seen twice" if seen == 2 else f"Seen {seen} times"
    link = Span(f"#{last.id}", url=f"{view.base_url.rstrip('/')}/i/{last.id}")
    took = f": open {duration(last.resolved_at - last.opened_at)}" if last.resolved_at else ""
    date = Span(words.date(last.opened_at, "UTC"), at=last.opened_at, form="date")
    return (
        own("🕘 "),
        own(f"{often} before. Last "),
        date,
        own(" ("),
        link,
        own(f"){took}"),
        *_how(view, last),
    )


def _how(view: View, last: Incident) -> Spans:
    """What was run before it was over, else who resolved it and what they said."""
    fixed = view.detail.fixed
    if fixed is not None:
        name = view.names(fixed.by) if fixed.by else fixed.automation and "by itself"
        who: Spans = (own(" ("), strange(name, 40), own(")")) if name else ()
        return (own(", fixed by "), strange(fixed.action, 60), *who)
    by = words.bare(last.resolved_by or "")
    who = (own(", resolved by "), strange(view.names(by), 40)) if by else ()
    how: Spans = (own(", "), strange(last.summary, 60)) if last.summary.strip() else ()
    return (*who, *how)


def value(view: View) -> str:
    """What is measured; once it is over, what was done about it."""
    i = view.incident
    said = i.summary if view.phase in {"resolved", "merged"} and i.summary else measured(view)
    return words.cut(words.clean(said), VALUE)


def measured(view: View) -> str:
    """The value the monitor named; else the first words of the worst alert's description."""
    i = view.incident
    if i.value:
        return i.value
    first = next((_first_line(a) for a in view.detail.alerts if a.description.strip()), "")
    return "" if words.clean(first) == words.clean(i.title) else first


def _first_line(alert: Alert) -> str:
    return alert.description.strip().splitlines()[0]


def _lines(view: View) -> Iterator[Spans]:
    places = _places(view)
    if view.phase in {"resolved", "merged"}:
        yield from _over_lines(view, places)
        return
    counts = [_alerts(view.incident), _since(view), *_noted(view)]
    yield from filter(None, (_line(places[:_PER_LINE]), _line(counts + places[_PER_LINE:])))
    yield _line([(link,) for link in links(view)])


def _over_lines(view: View, places: list[Spans]) -> Iterator[Spans]:
    """Over: the firing value stays readable beside the summary."""
    fired = words.clean(measured(view))
    if view.incident.summary and fired:
        yield own("Fired: "), strange(fired, VALUE)
    if places:
        yield _line(places[:_PER_LINE])
    people = len(view.incident.paged)
    paged = [(own(f"{words.count(people, 'person', 'people')} paged"),)] if people else []
    yield _line([_alerts(view.incident), *paged, *_noted(view), (console(view),)])


def _line(facts: list[Spans]) -> Spans:
    out: list[Span] = []
    for fact in facts[:_PER_LINE]:
        out.extend((own(" · "), *fact) if out else fact)
    return tuple(out)


def _places(view: View) -> list[Spans]:
    """Service or resource, team, then up to four labels and tags."""
    i = view.incident
    place: list[Spans] = []
    if i.service:
        place.append((strange(i.service, FACT),))
    if i.resource and not words.mentions(_said(i), words.clean(i.resource)):
        place.append((strange(i.resource, FACT),))
    if i.team:
        place.append((own("team "), strange(i.team, FACT)))
    tags = [(own("#"), strange(tag, FACT)) for tag in i.tags]
    return place + (tags[:1] + labels(i, gathered.says(view)) + tags[1:])[:LABELS]


def _said(i: Incident) -> str:
    """Everything the card says anyway."""
    return words.clean(" ".join((i.title, i.service or "")))


def labels(i: Incident, but: tuple[str, ...] = ()) -> list[Spans]:
    """The labels that tell where it is, at most four, none that repeats what is said already."""
    said = {words.clean(v or "").casefold() for v in (i.title, i.service, i.resource, i.team, "")}
    out: list[Spans] = []
    for name in _by_weight(i):
        if len(out) == LABELS:
            break
        text = words.clean(str(i.labels[name]))
        if text.casefold() not in said and name not in but:
            said.add(text.casefold())
            out.append(_label(name, text))
    return out


def _by_weight(i: Incident) -> Iterator[str]:
    lower = {name.casefold(): name for name in i.labels}
    for row in _TELLING:
        yield from [lower[n] for n in row if n in lower][:1]
    known = _NOISE.union(*_TELLING)
    yield from sorted(
        n for low, n in lower.items() if low not in known and not low.startswith("__")
    )


def _label(name: str, text: str) -> Spans:
    if name.casefold() in _SPEAKS_FOR_ITSELF:
        return (strange(text, FACT),)
    hid = "hidden" if text == HIDDEN else text  # which permission it needs stands in the thread
    return (strange(f"{words.cut(words.clean(name), 20)} {hid}", FACT),)


def _alerts(i: Incident) -> Spans:
    total = words.count(i.alerts_total, "alert")
    some = 0 < i.alerts_firing < i.alerts_total
    return (own(f"{total}, {i.alerts_firing} firing" if some else total),)


def _since(view: View) -> Spans:
    return own("since "), when(view.incident.opened_at, view.now, "since")


def _noted(view: View) -> list[Spans]:
    """Where words in a thread are not heard, the card says how many notes there are."""
    many = view.incident.notes
    return [(own(words.count(many, "note")),)] if many and not view.threads else []


def links(view: View) -> list[Span]:
    """The war room, Runbook, Dashboard, the source's own, then the console; at most four."""
    there = rooms(view)
    return [*there, *monitor_links(view)[: LINKS - len(there)], console(view)]


def rooms(view: View) -> list[Span]:
    """Where the incident is worked on together; in a room the others."""
    there = (r for r in view.detail.rooms if not view.place or r.place != view.place)
    found = [(room.surface, url) for room in there if (url := http(room.url))][:2]
    many = len(found) > 1
    return [
        Span(f"{surface_name(name)} room ↗" if many else "Open room ↗", url=url, own=False)
        for name, url in found
    ]


def monitor_links(view: View) -> list[Span]:
    """Runbook, Dashboard, the source's own; at most three."""
    ranked = sorted(view.incident.links, key=_link_rank)
    safe = {url: link for link in ranked if (url := http(link.url))}
    return [_link(link.name, url) for url, link in list(safe.items())[:LINKS]]


def _link_rank(link: Link) -> int:
    name = link.name.casefold()
    order = ("runbook", "playbook", "dashboard", "panel", "graph")
    return next((n for n, word in enumerate(order) if word in name), len(order))


def _link(name: str, url: str) -> Span:
    return Span(words.cut(words.clean(name) or "Link", 24), url=url, own=False)


def console(view: View) -> Span:
    """The way to everything that did not fit."""
    return Span("Open in console", url=view.url)
