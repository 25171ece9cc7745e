"""What an alert rule would be about: the incidents it fits, now and in the week before."""

from __future__ import annotations

from commands.context import View
from commands.rules import alert_rules, filters
from commands.told import Told
from store import incidents
from store.db import Tx
from store.definitions import Row
from store.model import DAY, Incident, IncidentStatus
from store.thaw import alert_rule

_MOST = 2_000
_SHOWN = 5


async def told(view: View, name: str, row: Row) -> Told:
    """The rule in words, and what it fits; nothing is changed."""
    bare = {key: each for key, each in row.items() if key != "written"}
    rule = alert_rule(bare)
    wanted, since = filters.read(rule.match), view.now - 7 * DAY

    def look(tx: Tx) -> list[Incident]:
        return incidents.page(tx, incidents.Wanted(), _MOST)

    week = [i for i in await view.read(look) if i.opened_at >= since]
    fits = [i for i in week if wanted.fits(filters.of_incident(i))]
    open_ = [i for i in week if i.status is not IncidentStatus.RESOLVED]
    now = [i for i in fits if i.status is not IncidentStatus.RESOLVED]
    shown = ", ".join(f"#{i.id}" for i in now[:_SHOWN])
    paged = sum(bool(i.paged) for i in fits)
    paging = f"people were paged for {paged} of them"
    lines = (
        f"Rule {name}: {alert_rules.said(rule)}.",
        f"It fits {len(now)} of the {_count(len(open_))} open now{': ' if shown else ''}{shown}.",
        f"In the last 7 days it would have fitted {len(fits)} of {_count(len(week))}; {paging}.",
    )
    return Told(lines, {"fits": len(fits), "of": len(week), "open": len(now), "paged": paged}, True)


def _count(many: int) -> str:
    return f"{many} incident{'' if many == 1 else 's'}"
