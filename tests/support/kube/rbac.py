"""Who may do what, read from the very manifests that are shipped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass(slots=True)
class Rules:
    """The rules of a user; a rule with a namespace holds there alone."""

    rules: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def allow(self, verb: str, group: str, resource: str, name: str, namespace: str) -> bool:
        """Whether a request on a resource (``pods/log``) is allowed."""
        for place, rule in self.rules:
            if place and place != namespace:
                continue
            names = rule.get("resourceNames")
            if (
                _has(rule, "verbs", verb)
                and _has(rule, "apiGroups", group)
                and _has(rule, "resources", resource)
                and (not names or name in names)
            ):
                return True
        return False

    def allow_path(self, verb: str, path: str) -> bool:
        """Whether a path that is no resource may be asked."""
        return any(
            _has(rule, "verbs", verb) and _has(rule, "nonResourceURLs", path)
            for _, rule in self.rules
        )


def _has(rule: dict[str, Any], what: str, word: str) -> bool:
    listed = rule.get(what) or []
    return word in listed or "*" in listed


def rules_of(files: Iterable[Path]) -> Rules:
    """Everything the roles of these manifests allow."""
    found = Rules()
    for file in files:
        for each in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if each and each["kind"] in ("Role", "ClusterRole"):
                place = each["metadata"].get("namespace", "") if each["kind"] == "Role" else ""
                found.rules += [(place, rule) for rule in each.get("rules") or []]
    return found
