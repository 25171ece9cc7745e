"""OnCall's integrations and their routes: the intake source of an alert, and labels where a route's
template or pattern asks for nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.imports.base import Imported, Names, glob, slug
from bot.imports.bundle import Bundle
from bot.imports.records import Record
from integrations._severity import known

_EVERYTHING = frozenset((".*", "^.*$", ".+", "(.*)"))
_PATH = r"payload(?:\.|\.get\(['\"])(?:commonLabels|groupLabels|labels)['\")]*"
_EQUALS = re.compile(
    _PATH + r"(?:\.(?P<dot>\w+)|\.get\(['\"](?P<get>\w+)['\"][^)]*\)|\[['\"](?P<at>\w+)['\"]\])"
    r"\s*(?:==\s*['\"](?P<value>[^'\"]*)['\"]|in\s*\[(?P<values>[^\]]*)\])"
)
_PAIR = re.compile(r"\\?[\"'](\w+)\\?[\"']\s*(?:\\s[*+]?|\s)*:\s*(?:\\s[*+]?|\s)*\\?[\"']"
                   r"([\w.-]+|\([\w.|-]+\))\\?[\"']")  # fmt: skip


def read(
    bundle: Bundle, found: Imported, policies: Mapping[str, str], teams: Mapping[str, str]
) -> None:
    """A route for each of an integration's, its default route last."""
    names, channels = Names("route"), _channels(bundle)
    rules: dict[str, list[Record]] = {}
    for record in bundle["routes"]:
        rules.setdefault(record.ref("integration_id") or "", []).append(record)
    for key, integration in bundle.by_id("integrations").items():
        title = integration.maybe("name") or key
        source = slug(title) or slug(key)
        what = f"integration {title}"
        kind = integration.maybe("type") or "webhook"
        why = (
            f"its alerts are those of the intake source {source}: make its token by "
            f"pv token create --name {source} --source {source} --intake {_intake(kind)}"
        )
        found.approximated(what, why)
        own = sorted(rules.get(key, []), key=lambda r: (_default(r), r.number("position", 0)))
        default = integration.record("default_route")
        if default is not None and not any(map(_default, own)):
            own.append(default)
        if integration.get("templates") and _templated(integration.record("templates")):
            found.left_out(what, "its templates")
        team = teams.get(integration.ref("team_id") or "")
        for route in own:
            _route(found, route, (title, source, team), names, policies, channels)


def _route(
    found: Imported,
    record: Record,
    of: tuple[str, str, str | None],
    names: Names,
    policies: Mapping[str, str],
    channels: Mapping[str, str],
) -> None:
    title, source, team = of
    default = _default(record)
    said = "" if default else record.maybe("routing_regex") or ""
    match = _told(_match(said, record.maybe("routing_type")))
    what = f"integration {title}, route {said or 'default'}"
    if match is None:
        found.left_out(what, "no label says what its pattern looks for in the whole payload")
        return
    if match:
        found.approximated(what, f"by labels: {', '.join(f'{k}={v}' for k, v in match.items())}")
    chain = record.ref("escalation_chain_id")
    policy = policies.get(chain or "")
    if chain and policy is None:
        found.left_out(what, f"its escalation chain {chain} is not among those imported")
    if policy is None:
        if not default:
            found.left_out(what, "it has no escalation chain")
            return
        found.approximated(what, "it had no escalation chain; here its team is asked, if any")
    name = names.of(f"{source} {said}" if len(said) < 30 else source)
    written: dict[str, Any] = {"name": name, "match": {"source": glob(source), **match}}
    if team:
        written["team"] = team
    if policy:
        written["policy"] = policy
    slack = record.record("slack")
    channel = slack.maybe("channel_id") if slack is not None else None
    if channel and (slack is None or slack.flag("enabled", True)):
        written["channels"] = [f"slack:{channels.get(channel, channel)}"]
    found.routes.append(written)
    found.origins["routes", name] = f"Grafana OnCall integration {title}, {said or 'default route'}"


def _told(match: dict[str, Any] | None) -> dict[str, Any] | None:
    """The match, with severities in our words; None where a label's name means something else."""
    if match is None or any(name in match for name in ("source", "type", "resource", "title")):
        return None
    if "severity" not in match:
        return match
    said = match["severity"] if isinstance(match["severity"], list) else [match["severity"]]
    ours = [known(word) for word in said]
    if None in ours:
        return None
    severities = list(dict.fromkeys(str(each) for each in ours))
    return {**match, "severity": severities[0] if len(severities) == 1 else severities}


def _default(record: Record) -> bool:
    return record.flag("is_the_last_route") or "routing_regex" not in record.fields


def _match(said: str, kind: str | None) -> dict[str, Any] | None:
    """Labels for a Jinja template of comparisons, or a pattern of JSON pairs; None for others."""
    text = said.strip()
    if not text or (kind != "jinja2" and text in _EVERYTHING):
        return {}
    if text.startswith("{{") or kind == "jinja2":
        inner = re.sub(r"^\{\{-?|-?\}\}$", "", text).strip()
        if inner.casefold() == "true":
            return {}
        return _compared(inner)
    pair = _PAIR.fullmatch(text)
    if pair is None:
        return None
    values = pair[2].strip("()").split("|")
    return {pair[1]: values[0] if len(values) == 1 else values}


def _compared(inner: str) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for part in re.split(r"\s+and\s+", inner):
        one = _EQUALS.fullmatch(part.strip())
        if one is None:
            return None
        label = one["dot"] or one["get"] or one["at"]
        if one["value"] is not None:
            found[label] = glob(one["value"])
        else:
            found[label] = [glob(v) for v in re.findall(r"['\"]([^'\"]*)['\"]", one["values"])]
    return found


def _intake(kind: str) -> str:
    return "alertmanager" if kind in ("alertmanager", "grafana_alerting") else "webhook"


def _templated(templates: Record | None) -> bool:
    """Whether any template was changed."""
    values = list(templates.fields.values()) if templates is not None else []
    while values:
        value = values.pop()
        if isinstance(value, dict):
            values.extend(value.values())
        elif value:
            return True
    return False


def _channels(bundle: Bundle) -> dict[str, str]:
    """Names of Slack channels by their ids, where the export has them."""
    return {
        record.text("slack_id"): f"#{name}"
        for record in bundle["slack_channels"]
        if (name := record.maybe("name"))
    }
