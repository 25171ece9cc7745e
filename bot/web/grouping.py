"""The rows of a list under their heads: who has it by itself, or any field or label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from zlib import crc32

from bot.cards import words
from bot.web.now import PAGE, Board, Group, place
from bot.web.wanted import Wanted
from commands.rules import lists
from store.model import Incident, IncidentGroup, IncidentStatus

_PLACES = {
    "nobody": "Nobody has it",
    "somebody": "Somebody has it",
    "quiet": "Quiet",
    "over": "Resolved",
}
_STATES = {"triggered": "New", "acknowledged": "In progress", "resolved": "Resolved"}


def groups(
    board: Board, found: Sequence[Incident], wanted: Wanted, whole: bool = True
) -> list[Group]:
    """The incidents in their groups, 50 on a page: the worst group first, in it the most urgent and
    youngest. Not ``whole``: there are more of each than are read."""
    value_of = _by_place if wanted.group == "who" else _by(wanted.group)
    paired = [(value_of(i), i) for i in found]
    counted: dict[str, IncidentGroup] = {}
    for value, i in paired:
        one, there = lists.one(value, i), counted.get(value)
        counted[value] = one if there is None else there.plus(one)
    places = {value: at for at, value in enumerate(_order(counted.values(), wanted))}
    paired.sort(key=lambda vi: (places[vi[0]], *_within(vi[1], wanted.sort)))
    first = (wanted.page - 1) * PAGE if wanted.open else 0
    shown = paired[first : first + PAGE]
    return [
        Group(
            _name(wanted.group, value),
            _title(board, wanted.group, value),
            tuple(board.row(i) for v, i in shown if v == value),
            f"{counted[value].total}{'' if whole else '+'}",
        )
        for value in dict.fromkeys(v for v, _ in shown)
    ]


def _order(found: Iterable[IncidentGroup], wanted: Wanted) -> list[str]:
    if wanted.group == "who":
        return list(_PLACES)
    return [g.value for g in lists.in_order(found)]


def _within(i: Incident, sort: str) -> tuple[int, ...]:
    if sort:
        return (i.opened_at if sort == "oldest" else -i.opened_at,)
    over = i.status is IncidentStatus.RESOLVED
    return 9 if over else i.severity.rank, -i.opened_at


def _by_place(i: Incident) -> str:
    return place(i)


def _by(group: str) -> Callable[[Incident], str]:
    """An incident stands in one group: of several tags in that of the first."""
    values = lists.group_of("who" if group == "person" else group)
    return lambda i: min(values(i))


def _name(group: str, value: str) -> str:
    """A word for the page's own use."""
    plain = value.isascii() and value.isalnum() and len(value) < 20
    return value if group == "who" or plain else f"g{crc32(value.encode('utf-8', 'replace'))}"


def _title(board: Board, group: str, value: str) -> str:
    if group == "who":
        return _PLACES[value]
    if not value:
        return "Nobody has it" if group == "person" else f"No {words.cut(words.clean(group), 40)}"
    shown = words.cut(words.clean(value), 80)
    if group == "person":
        return board.name(value)
    if group == "status":
        return _STATES.get(value, shown)
    if group in {"severity", "type"}:
        return shown.capitalize()
    return f"Team {shown}" if group == "team" else f"#{shown}" if group == "tag" else shown
