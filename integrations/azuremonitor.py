"""Azure Monitor action groups: the common schema, and the classic ones of each kind of alert.

``monitorCondition`` decides: a fired alert may carry a resolvedDateTime. Log alerts of before
2018-04-16 have no state and never resolve; service health tells its state in its properties.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="azuremonitor",
    title="Azure Monitor",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema",
)

_SEVERITIES = {
    "0": Severity.CRITICAL, "1": Severity.ERROR, "2": Severity.WARNING, "3": Severity.INFO,
    "4": Severity.INFO,
}  # fmt: skip
_STATES = {
    "fired": _read.FIRING, "activated": _read.FIRING, "active": _read.FIRING,
    "resolved": _read.RESOLVED, "deactivated": _read.RESOLVED, "succeeded": _read.INFO,
    "available": _read.RESOLVED, "unavailable": _read.FIRING, "degraded": _read.FIRING,
    "complete": _read.RESOLVED, "rca": _read.RESOLVED, "planned": _read.INFO,
    "in_progress": _read.FIRING, "updated": _read.FIRING, "inprogress": _read.FIRING,
}  # fmt: skip
_TEXTS = ("description", "alertId", "firedDateTime", "resolvedDateTime", "essentialsVersion",
          "alertContextVersion", "monitorCondition")  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    holder = _read.part(body, "data") or body
    holder = holder if "essentials" in holder else _read.part(body, "properties") or holder
    essentials = _read.part(holder, "essentials")
    if essentials:
        context = _read.part(holder, "alertContext") or _read.part(holder, "context")
        own = _read.tags(holder.get("customProperties"))
        return Reading((_common(essentials, context, own),))
    holder = _read.part(body, "data") or body
    context = _read.part(holder, "context")
    if log := _read.part(context, "activityLog"):
        return Reading((_activity(log, _read.first(holder, "status")),))
    if context:
        return Reading((_classic(holder, context),))
    if "AlertRuleName" in holder or "SearchQuery" in holder:
        return Reading((_log(holder),))
    if "BudgetName" in holder:
        return Reading((_budget(holder),))
    return Reading((_custom(body),))


def _common(
    essentials: dict[str, Any], context: dict[str, Any], own: dict[str, str]
) -> AlertReading:
    said = _read.first(essentials, "monitorCondition")
    service = _read.first(essentials, "monitoringService", "monitorService")
    rule = _read.first(essentials, "alertRule", "alertRuleName")
    rule = _last(rule) if rule.startswith("/subscriptions/") else rule
    targets = _read.words(essentials.get("alertTargetIDs") or essentials.get("targetResource"))
    items = _read.words(essentials.get("configurationItems"))
    place = _last(next(iter(items), "")) or _last(next(iter(targets), ""))
    place = place or _read.first(essentials, "targetResourceName")
    key = (
        _read.first(essentials, "originAlertId", "sourceCreatedId")
        or f"{rule} {' '.join(targets)}".strip()
    )
    status = _read.state(said, _STATES)
    title = _read.on(rule, place) or _read.first(essentials, "description")
    health = _read.word(service).replace("_", "")
    about = _read.part(context, "properties")
    if health in ("servicehealth", "resourcehealth"):
        status, key = _health(health, context, about, key, next(iter(targets), ""), status)
        headline = _read.first(about, "title")
        title = f"{_read.on(headline, place)} ({rule})" if headline else title
    return _read.alert(
        status,
        key,
        title or _read.unexpanded(essentials) or "An alert without a rule",
        type=_type(service, _read.first(essentials, "signalType")),
        word=_read.raw(essentials, "severity"),
        severity=_severity(_read.first(essentials, "severity")),
        description=_read.first(essentials, "description")
        or _read.first(about, "communication", "details", "title"),
        resource=place,
        labels={
            **_dimensions(context),
            **_read.tags(context.get("labels")),
            **own,
            **_read.flat(essentials, _TEXTS),
            "subscription": _between(next(iter(targets), ""), "subscriptions"),
            "resource_group": _between(next(iter(targets), ""), "resourcegroups"),
        },
        links=(
            ("Source", _read.first(essentials, "investigationLink") or _search(context)),
        ),
        starts=essentials.get("firedDateTime") or essentials.get("startDateTime"),
        ends=essentials.get("resolvedDateTime") or essentials.get("lastModifiedDateTime"),
    )  # fmt: skip


def _health(
    kind: str,
    context: dict[str, Any],
    about: dict[str, Any],
    key: str,
    target: str,
    status: AlertStatus,
) -> tuple[AlertStatus, str]:
    """Health alerts are fired anew for each change, with the state in their properties."""
    if status is not _read.FIRING:
        return status, key
    if kind == "servicehealth":
        said = _read.first(about, "stage") or _read.first(context, "status")
        return _read.state(said, _STATES), _read.first(about, "trackingId") or key
    said = _read.first(about, "currentHealthStatus") or _read.first(context, "status")
    return _read.state(said, _STATES), f"health {target.casefold()}" if target else key


def _classic(holder: dict[str, Any], context: dict[str, Any]) -> AlertReading:
    """Metric and web test alerts, and what autoscaling did."""
    name = _read.first(context, "name")
    place = _read.first(context, "resourceName") or _last(_read.first(context, "resourceId"))
    operation = _read.first(holder, "operation")
    number = _read.first(context, "severity")
    condition = _read.part(context, "condition")
    return _read.alert(
        _read.INFO if operation else _read.state(_read.first(holder, "status"), _STATES),
        _read.first(context, "id") or f"{name} {place}",
        _read.on(f"{operation}: {name}" if operation else name, place) or "An alert without a name",
        type=AlertType.CHANGE if operation else AlertType.METRIC,
        word=_read.raw(context, "severity"),
        severity=_severity(number),
        description=_read.first(context, "description", "details"),
        resource=place,
        labels={
            **_dimensions({"condition": condition}),
            **_read.flat(condition, ("metricValue",)),
            **_read.flat(context, ("description", "timestamp", "id")),
            **_read.flat(_read.part(holder, "properties")),
        },
        links=(("Source", _read.first(context, "portalLink")),),
        ends=context.get("timestamp"),
    )


def _activity(log: dict[str, Any], said: str) -> AlertReading:
    about = _read.part(log, "properties")
    operation = _read.first(log, "operationName")
    source = _read.word(_read.first(log, "eventSource")).replace("_", "")
    target = _read.first(log, "resourceId")
    place = _last(target) or _read.first(about, "service", "impactedServices")
    status, key = _read.state(said, _STATES), f"{operation} {target.casefold()}".strip()
    if source in ("servicehealth", "resourcehealth"):
        key = _read.first(log, "correlationId", "eventDataId")
        status, key = _health(source, log, about, key, target, status)
    headline = _read.first(about, "title") or _read.first(log, "description") or operation
    return _read.alert(
        status,
        key,
        _read.on(headline, place) or "An activity without a name",
        type=AlertType.CLOUD,
        word=_read.raw(log, "level"),
        description=_read.first(about, "communication", "details", "statusMessage"),
        resource=place,
        labels=_read.flat(log, ("description", "eventTimestamp", "submissionTimestamp", "claims")),
        starts=about.get("impactStartTime"),
        ends=log.get("eventTimestamp"),
    )


def _log(body: dict[str, Any]) -> AlertReading:
    items = _read.words(body.get("AffectedConfigurationItems"))
    dimensions = _read.tags(body.get("Dimensions"))
    rule = _read.first(body, "AlertRuleName")
    place = _last(next(iter(items), "")) or _last(_read.first(dimensions, "Computer", "ResourceId"))
    place = place or _last(_read.first(body, "ResourceId"))
    return _read.alert(
        _read.state(_read.first(body, "MonitorCondition", "Status"), _STATES),
        f"{_read.first(body, 'SubscriptionId', 'WorkspaceId')} {rule} {place}".strip(),
        _read.on(rule, place) or _read.first(body, "Description", "SearchQuery"),
        type=AlertType.LOG,
        word=_read.raw(body, "Severity"),
        severity=_severity(_read.first(body, "Severity")),
        description=_read.first(body, "Description", "SearchQuery"),
        resource=place,
        labels={**_read.flat(body, ("Description", "SearchQuery", "ResultCount")), **dimensions},
        links=(("Source", _read.first(body, "LinkToSearchResults",
                                      "LinkToFilteredSearchResultsUI")),),
    )  # fmt: skip


def _budget(body: dict[str, Any]) -> AlertReading:
    name = _read.first(body, "BudgetName")
    spent, budget = _read.first(body, "SpendingAmount"), _read.first(body, "Budget")
    return _read.alert(
        _read.FIRING,
        f"budget {_read.first(body, 'SubscriptionId')} {name}",
        f"Budget {name}: {spent} of {budget} {_read.first(body, 'Unit')} spent",
        type=AlertType.CLOUD,
        severity=Severity.WARNING,
        resource=_read.first(body, "SubscriptionName", "SubscriptionId"),
        labels=_read.flat(body, ("SpendingAmount",)),
    )


def _custom(body: dict[str, Any]) -> AlertReading:
    """The custom JSON of log alerts, ``{"text": …}`` as a rule."""
    title = _read.first(body, "alertname", "alertRuleName", "title", "name", "text", "summary")
    title = title or _read.first(body, "description", "message") or _read.unexpanded(body)
    if not title:
        raise Malformed("there is neither an alert nor a text in it", "data")
    return _read.alert(
        _read.state(_read.first(body, "monitorCondition", "status", "state"), _STATES),
        _read.first(body, "originAlertId", "alertId", "id"),
        title,
        type=AlertType.LOG,
        word=_read.raw(body, "severity"),
        severity=_severity(_read.first(body, "severity")),
        description=_read.first(body, "description", "text"),
        resource=_last(_read.first(body, "resourceName", "resource", "resourceId")),
        labels=_read.flat(body, ("text", "description", "title")),
        links=(("Source", _read.first(body, "linktosearchresults", "url", "portalLink")),),
    )


# ---- parts -------------------------------------------------------------------------------------


def _severity(said: str) -> Severity | None:
    """``Sev2`` or ``2`` of five, 0 being critical; words are left to the table of words."""
    return _SEVERITIES.get(said.casefold().removeprefix("sev").strip())


def _type(service: str, signal: str) -> AlertType:
    if "Health" in service or "Activity" in service or signal == "Activity Log":
        return AlertType.CLOUD
    return AlertType.LOG if signal == "Log" else AlertType.METRIC


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _between(path: str, name: str) -> str:
    pieces = path.split("/")
    for at, piece in enumerate(pieces[:-1]):
        if piece.casefold() == name:
            return pieces[at + 1]
    return ""


def _dimensions(context: Mapping[str, Any]) -> dict[str, str]:
    condition = _read.part(context, "condition")
    found: dict[str, str] = {}
    for each in _read.parts(condition.get("allOf"), 10):
        found |= _read.tags(each.get("dimensions"))
        if metric := _read.first(each, "metricName"):
            found["metric"] = metric
    return found


def _search(context: Mapping[str, Any]) -> str:
    for each in _read.parts(_read.part(context, "condition").get("allOf"), 10):
        if found := _read.first(each, "linkToFilteredSearchResultsUI", "linkToSearchResultsUI"):
            return found
    return _read.first(context, "LinkToFilteredSearchResultsUI", "LinkToSearchResults")
