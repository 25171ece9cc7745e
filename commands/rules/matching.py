"""Which resource an alert is about, of those that have one of its names. Pure.

Identifiers decide at once. A name that several have is decided by what else the alert says: its
cluster, namespace, environment, region, account, source; else it is about none of them, since a
wrong owner woken is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from commands.rules.clues import Clue, cluster_of, namespace_of
from store.model import AlertReading
from store.model.known import Known, folded, strong_names

_SECOND = frozenset(("pod", "agent", "port", "address", "endpoint", "alarm", "image", "snapshot",
                     "dns", "certificate", "key", "quota", "subnet", "autoscaler"))  # fmt: skip
"""What a host's name or address hardly means where something else has it too."""
_IN_CLUSTER = frozenset(("pod", "deployment", "statefulset", "daemonset", "job", "cronjob"))
_NODES = ("node", "nodename", "node_name", "kubernetes_node", "k8s_node_name", "host", "hostname",
          "host_ip")  # fmt: skip
_ENVIRONMENTS = ("environment", "env", "stage")
_REGIONS = ("region", "aws_region", "location")
_ZONES = ("zone", "availability_zone")
_ACCOUNTS = ("account", "account_id", "subscription", "project", "project_id", "tenant")
_SAME = {"production": "prod", "prd": "prod", "live": "prod", "staging": "stage", "stg": "stage",
         "development": "dev", "testing": "test"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """The resource, None where none was found for sure; ``why`` says how, or why not."""

    known: Known | None
    why: str = ""


def choose(
    reading: AlertReading,
    source: str,
    clues: Sequence[Clue],
    found: Mapping[str, Sequence[tuple[int, bool]]],
    resources: Mapping[int, Known],
) -> Match:
    """``found`` are the numbers by name, and whether the name is a strong one there."""
    labels = {name.casefold(): str(value) for name, value in reading.labels.items()}
    open_: list[Known] = []
    unclear = ""
    for clue in clues:
        some = [(resources[n], strong) for n, strong in found.get(clue.name, ()) if n in resources]
        sure = [one for one, strong in some if strong]
        sure = _by_key(clue, sure) or sure
        fit = _alone(sure) or _fitting(clue, sure or [one for one, _ in some], labels, source)
        if len(fit) > 1 and open_:
            fit = [one for one in fit if one in open_] or fit
        if len(fit) == 1:
            return Match(fit[0], f"{clue.said} {clue.name}")
        if fit and not unclear:
            open_, unclear = fit, f"{len(fit)} are called {clue.name}, and nothing says which"
        elif some and not unclear:
            unclear = f"what is called {clue.name} is somewhere else"
    return Match(None, unclear)


def carrier(
    one: Known,
    clues: Sequence[Clue],
    found: Mapping[str, Sequence[tuple[int, bool]]],
    resources: Mapping[int, Known],
) -> Known | None:
    """The node that an alert about something in a cluster names beside it: what runs there is lost
    with it. None where it names none, or several are called so."""
    if one.resource.kind not in _IN_CLUSTER:
        return None
    for clue in clues:
        some = [resources[n] for n, _ in found.get(clue.name, ()) if n in resources]
        nodes = [k for k in some if k.resource.kind == "node" and k.source == one.source]
        if clue.said in _NODES and len(nodes) == 1:
            return nodes[0]
    return None


def _by_key(clue: Clue, sure: Sequence[Known]) -> list[Known]:
    """The one whose key it is, whoever else claims that name."""
    return [one for one in sure if folded(one.resource.key) == folded(clue.name)]


def _alone(sure: Sequence[Known]) -> list[Known]:
    return list(sure) if len(sure) == 1 else []


def _fitting(
    clue: Clue, some: Iterable[Known], labels: Mapping[str, str], source: str
) -> list[Known]:
    fit = [one for one in some if not clue.kinds or one.resource.kind in clue.kinds]
    if clue.group:
        fit = [one for one in fit if one.resource.group.casefold() == clue.group.casefold()]
    fit = [one for one in fit if not _elsewhere(one, labels)]
    for better in (_same_place, _same_source, _first_rate):
        if len(fit) > 1:
            fit = better(fit, labels, source) or fit
    return _lowest(fit)


def _elsewhere(one: Known, labels: Mapping[str, str]) -> bool:
    """Whether what the alert says of its place speaks against a resource."""
    r = one.resource
    said, theirs = _environment(_of(labels, _ENVIRONMENTS)), _environment(one.belongs.environment)
    if said and theirs and said != theirs:
        return True
    namespace = namespace_of(labels)
    if namespace and r.group and r.kind in _IN_CLUSTER and r.group != namespace:
        return True
    region = _of(labels, _REGIONS)
    return bool(region and r.region and _like_a_region(region) and not _within(region, r.region))


def _like_a_region(text: str) -> bool:
    return text.count("-") >= 1 and any(c.isdigit() for c in text)


def _within(said: str, theirs: str) -> bool:
    a, b = said.casefold(), theirs.casefold()
    return a.startswith(b) or b.startswith(a)


def _same_place(fit: list[Known], labels: Mapping[str, str], source: str) -> list[Known]:
    """Those that most of the alert's words for its place fit."""
    scored = [(_agrees(one, labels), one) for one in fit]
    best = max(score for score, _ in scored)
    return [one for score, one in scored if score == best] if best else []


def _agrees(one: Known, labels: Mapping[str, str]) -> int:
    r = one.resource
    cluster = cluster_of(labels).casefold()
    places = {p.casefold() for p in (r.account, one.source, *r.tags.values()) if p}
    said = {_of(labels, (name,)).casefold() for name in _ACCOUNTS} - {""}
    score = 4 * bool(cluster and cluster in places)
    score += 2 * bool(said & {r.account.casefold(), r.group.casefold()})
    environment = _environment(_of(labels, _ENVIRONMENTS))
    score += 2 * bool(environment and environment == _environment(one.belongs.environment))
    region, zone = _of(labels, _REGIONS).casefold(), _of(labels, _ZONES).casefold()
    score += bool(region and region == r.region.casefold())
    score += bool(zone and zone == r.zone.casefold())
    team = labels.get("team", "").casefold()
    return score + bool(team and team == one.belongs.team.casefold())


def _same_source(fit: list[Known], labels: Mapping[str, str], source: str) -> list[Known]:
    return [one for one in fit if one.source == source]


def _first_rate(fit: list[Known], labels: Mapping[str, str], source: str) -> list[Known]:
    return [one for one in fit if one.resource.kind not in _SECOND]


def _lowest(fit: list[Known]) -> list[Known]:
    """Of those that are one thing at two heights, a node and the machine under it, the upper one:
    what it stands on is among its parents."""
    if len(fit) < 2:
        return fit
    under = {one.id for one in fit for other in fit if one is not other and _stands_on(other, one)}
    return [one for one in fit if one.id not in under] or fit


def _stands_on(one: Known, on: Known) -> bool:
    parents = {name.casefold() for name in one.resource.parents}
    return any(name.casefold() in parents for name in strong_names(on.resource))


def _of(labels: Mapping[str, str], names: Iterable[str]) -> str:
    return next((labels[name] for name in names if labels.get(name)), "")


def _environment(text: str) -> str:
    folded = text.casefold().strip()
    return _SAME.get(folded, folded)
