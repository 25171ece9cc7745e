"""The few words commands and cards share: places, durations, instants on a zone's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from store.model.chats import chat_of, workspace_of

FAR = 20 * 3_600_000
_HALF_A_YEAR = 182 * 86_400_000
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_SURFACES = {
    "web": "the console",
    "slack": "Slack",
    "discord": "Discord",
    "cli": "the command line",
    "api": "the API",
    "email": "e-mail",
    "sms": "SMS",
    "voice": "phone",
    "pagerduty": "PagerDuty",
    "pushover": "Pushover",
    "ntfy": "ntfy",
    "webpush": "web push",
    "apprise": "apprise",
    "system": "PixelView",
}

IN_MONITOR = "monitor:"
"""How the surface of what people do in a monitor begins; the name of its source follows."""
_MONITORS = {
    "zabbix": "Zabbix", "nagios": "Nagios", "icinga": "Icinga", "alertmanager": "Alertmanager",
}  # fmt: skip

_BY = ("sms", "voice", "email", "webpush", "pushover", "ntfy")


def surface_name(surface: str) -> str:
    """A surface as people call it."""
    if surface.startswith(IN_MONITOR):
        name = surface.removeprefix(IN_MONITOR)
        return _MONITORS.get(name, name)
    chat, workspace = chat_of(surface), workspace_of(surface)
    return f"{_SURFACES[chat]} ({workspace})" if workspace else _SURFACES.get(surface, surface)


def headed(surface: str) -> str:
    """The same at the start of a sentence."""
    name = surface_name(surface)
    return name if name == "ntfy" else f"{name[:1].upper()}{name[1:]}"


def answered_from(surface: str) -> str:
    """``from Discord``, ``by SMS``, ``in Zabbix``: where an answer came from."""
    if surface.startswith(IN_MONITOR):
        return f"in {surface_name(surface)}"
    return f"{'by' if surface in _BY else 'from'} {surface_name(surface)}"


def count(number: int, one: str, many: str = "") -> str:
    """``1 alert``, ``3 alerts``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def duration(ms: int) -> str:
    """``48 s``, ``12 min``, ``3 h 05 min``, ``2 d``."""
    seconds = max(0, ms) // 1000
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if not minutes:
        return f"{seconds} s"
    if not hours:
        return f"{minutes} min"
    if days:
        return f"{days} d"
    return f"{hours} h {minutes % 60:02d} min" if minutes % 60 else f"{hours} h"


def zone(name: str) -> ZoneInfo | None:
    """The time zone of that name, or None where it is unknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def moment(at: int, name: str) -> datetime:
    """An instant as that zone's wall clock; UTC where the zone is unknown."""
    return datetime.fromtimestamp(at / 1000, zone(name) or UTC)


def is_far(at: int, now: int) -> bool:
    """More than 20 h away: a bare clock time would be misread."""
    return abs(at - now) > FAR


def clock(at: int, name: str) -> str:
    """``03:14 CET`` in that zone."""
    wall = moment(at, name)
    return f"{wall:%H:%M} {wall.tzname() or 'UTC'}"


def bare_clock(at: int, name: str) -> str:
    """``03:14`` in that zone, for a sentence that names whose clock it is."""
    return f"{moment(at, name):%H:%M}"


def weekday(at: int, name: str) -> str:
    """``Mon`` in that zone."""
    return _WEEKDAYS[moment(at, name).weekday()]


def day(at: int, name: str) -> str:
    """``30 Nov`` in that zone."""
    wall = moment(at, name)
    return f"{wall.day} {_MONTHS[wall.month - 1]}"


def date(at: int, name: str, *, year: bool = False) -> str:
    """``Mon 30 Nov 08:00 CET`` in that zone."""
    wall = moment(at, name)
    day = f"{_WEEKDAYS[wall.weekday()]} {wall.day} {_MONTHS[wall.month - 1]}"
    return f"{day} {wall.year} {clock(at, name)}" if year else f"{day} {clock(at, name)}"


def local(at: int, name: str, now: int) -> str:
    """An instant for a person of that zone; weekday and date where it is far away, the year too
    where it could be meant of another one."""
    return date(at, name, year=abs(at - now) > _HALF_A_YEAR) if is_far(at, now) else clock(at, name)
