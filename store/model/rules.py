"""What people say of alerts that fit a filter: how bad, when to page, with what, under what."""

from __future__ import annotations

from dataclasses import dataclass

from store.model.escalation import Hours


@dataclass(frozen=True, slots=True)
class Flapping:
    """An alert that changed its state ``changes`` times ``within`` so many minutes flaps, until it
    stays as it is for ``calm`` minutes. ``changes`` 0: nothing flaps."""

    changes: int = 6
    within: int = 60
    calm: int = 5


NEVER = Flapping(0)


@dataclass(frozen=True, slots=True)
class AlertRule:
    """What holds for the alerts that ``match`` (a filter; an empty one fits all of them).

    Of several rules that fit, the first that says something of a matter decides it. Times are in
    minutes. ``severity`` replaces what the monitor says, ``delay`` puts the first page off and
    ``hours`` keep it within them, ``group_by`` and ``group_window`` say what makes one incident,
    ``resolve_after`` so long without a word it counts as over. ``under`` is a filter: while
    something that fits it fires, with the same values for the labels ``equal``, nobody is asked.
    ``quiet``: kept, and nobody is ever asked. ``private``: shown to
    its people alone. ``hours``, ``under`` and ``quiet`` are about critical
    alerts only with ``criticals``.
    """

    name: str
    match: str = ""
    severity: str | None = None
    delay: int | None = None
    group_by: tuple[str, ...] | None = None
    group_window: int | None = None
    resolve_after: int | None = None
    under: str | None = None
    equal: tuple[str, ...] = ()
    criticals: bool = False
    flapping: Flapping | None = None
    quiet: bool | None = None
    hours: Hours | None = None
    private: bool | None = None
