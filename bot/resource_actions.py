"""What can be done to resources of the sources there are, and who must agree first."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict

from bot.approval_settings import ApprovalSettings
from bot.yamlfile import Place
from commands.automation.offers import RESOURCE, Offer
from integrations.base import Action


class ResourceActionSettings(BaseModel):
    """How an action on resources is held here: nobody has one that is not ``enabled``, ``approval``
    names the second person it needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    approval: ApprovalSettings | None = None


def offered(
    actions: Mapping[str, Action], settings: Mapping[str, ResourceActionSettings]
) -> Iterator[Offer]:
    """Those that are enabled."""
    for name, action in sorted(actions.items()):
        own = settings.get(name, ResourceActionSettings())
        if own.enabled:
            yield Offer(
                name, RESOURCE, name.partition(".")[0], name, action.title, action.help,
                action.params, kinds=action.kinds,
                needs=(own.approval.need(),) if own.approval else (),
                dangerous=_INTERRUPTS if action.dangerous else "",
            )  # fmt: skip


_INTERRUPTS = "it interrupts something for people"


def mistakes(
    actions: Mapping[str, Action], settings: Mapping[str, ResourceActionSettings]
) -> Iterator[tuple[Place, str]]:
    """Actions that no source has."""
    for name in settings:
        if name not in actions:
            near = next(iter(difflib.get_close_matches(name, actions, 1, 0.6)), "")
            hint = f"; did you mean {near}?" if near else ""
            yield ("inventory", "actions", name), f"no source has an action {name}{hint}"
