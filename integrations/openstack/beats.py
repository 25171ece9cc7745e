"""The parts of a control plane that report by heartbeats: Nova's and Cinder's services, Neutron's
agents. Which of them are down, and whether they fell silent together for want of something else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from integrations.openstack.cloud import Fields
from integrations.openstack.here import text, when
from store.model import Instant


@dataclass(frozen=True, slots=True)
class Beat:
    """One that reports. ``enabled`` False where somebody took it out of service."""

    binary: str
    host: str
    id: str
    zone: str
    up: bool
    enabled: bool
    forced: bool
    reason: str
    at: Instant | None
    type: str = ""

    @property
    def name(self) -> str:
        """For people, and unique in its region."""
        return f"{self.binary} on {self.host}"

    @property
    def state(self) -> str:
        """The provider's words."""
        return f"{'enabled' if self.enabled else 'disabled'}, {'up' if self.up else 'down'}"


def service(fields: Fields) -> Beat:
    """Of ``os-services``, Nova's or Cinder's."""
    return Beat(
        binary=text(fields, "binary"),
        host=text(fields, "host"),
        id=text(fields, "id"),
        zone=text(fields, "zone"),
        up=text(fields, "state").lower() != "down",
        enabled=text(fields, "status").lower() != "disabled",
        forced=fields.get("forced_down") is True,
        reason=text(fields, "disabled_reason"),
        at=when(fields, "updated_at"),
    )


def agent(fields: Fields) -> Beat:
    """Of Neutron's ``agents``."""
    return Beat(
        binary=text(fields, "binary", "agent_type"),
        host=text(fields, "host"),
        id=text(fields, "id"),
        zone=text(fields, "availability_zone"),
        up=fields.get("alive") is not False,
        enabled=fields.get("admin_state_up") is not False,
        forced=False,
        reason="",
        at=when(fields, "heartbeat_timestamp"),
        type=text(fields, "agent_type"),
    )


def together(beats: Iterable[Beat], told: Collection[str], now: Instant) -> frozenset[str]:
    """Hosts that fell silent with all the others of their kind: two or more, and none is left that
    reports. Those that were known to be down before (``told``) are down for a reason of their own;
    those that still count as up but are as late as the others are silent too.
    """
    enabled = [each for each in beats if each.enabled and not each.forced]
    silent = [each for each in enabled if not each.up and each.host not in told]
    late = [each for each in enabled if each.up]
    if not silent or any(not _late(each, silent, now) for each in late):
        return frozenset()
    return frozenset(each.host for each in silent) if len(silent) + len(late) > 1 else frozenset()


def all_down(
    beats: Iterable[Beat], binary: str, beside: Iterable[Beat] = (), now: Instant = 0
) -> bool:
    """Whether there are some of this kind and none of them reports, or is as late as ``beside``."""
    found = [each for each in beats if each.binary == binary]
    silent = [each for each in beside if not each.up and not each.forced]
    return bool(found) and all(not each.up or _late(each, silent, now) for each in found)


def _late(beat: Beat, silent: list[Beat], now: Instant) -> bool:
    """Whether it was last heard about as long ago as those that are down: one that is well was
    heard within a sixth of that time."""
    ages = [now - each.at for each in silent if each.at]
    return bool(ages) and beat.at is not None and (now - beat.at) * 2 > min(ages)
