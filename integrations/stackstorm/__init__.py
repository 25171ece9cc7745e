"""StackStorm: what it sends to us, and the actions it runs for us, followed to their end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.base import Capability, Manifest, Runner
from integrations.stackstorm.settings import RUNNER
from integrations.stackstorm.webhook import read

MANIFEST = Manifest(
    name="stackstorm",
    title="StackStorm",
    capabilities=frozenset({Capability.RECEIVE, Capability.RUN}),
    docs="https://docs.stackstorm.com/chatops/notifications.html",
)

__all__ = ["MANIFEST", "RUNNER", "check_runner", "read", "runner"]


def check_runner(settings: Mapping[str, Any]) -> None:
    """Misconfigured where the settings can't be, as far as they alone tell."""
    from integrations.stackstorm.settings import system

    system("", settings)


def runner(name: str, settings: Mapping[str, Any]) -> Runner:
    """The runner of one StackStorm. Misconfigured where a setting is wrong; asks nothing yet."""
    from integrations.stackstorm.executing import StackStorm
    from integrations.stackstorm.settings import system

    return StackStorm(system(name, settings))
