"""What can be done to resources of the sources there are, and who must agree first."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict

from bot.approval_settings import ApprovalSettings
from bot.yamlfile import Place
from commands.inventory.offered import Offered
from integrations.base import Action


class ResourceActionSettings(BaseModel):
    """How an action on resources is held here: nobody has one that is not ``enabled``, ``approval``
    names the second person it needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    approval: ApprovalSettings | None = None


def offered(
    actions: Mapping[str, Action], settings: Mapping[str, ResourceActionSettings]
) -> dict[str, Offered]:
    """Those that are enabled, by name."""
    found = {}
    for name, action in sorted(actions.items()):
        own = settings.get(name, ResourceActionSettings())
        if own.enabled:
            found[name] = Offered(action, own.approval.need() if own.approval else None)
    return found


def mistakes(
    actions: Mapping[str, Action], settings: Mapping[str, ResourceActionSettings]
) -> Iterator[tuple[Place, str]]:
    """Actions that no source has."""
    for name in settings:
        if name not in actions:
            near = next(iter(difflib.get_close_matches(name, actions, 1, 0.6)), "")
            hint = f"; did you mean {near}?" if near else ""
            yield ("inventory", "actions", name), f"no source has an action {name}{hint}"
