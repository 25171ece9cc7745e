"""The few words commands and cards share."""

from __future__ import annotations

_SURFACES = {
    "web": "the console",
    "slack": "Slack",
    "discord": "Discord",
    "cli": "the command line",
    "api": "the API",
    "email": "e-mail",
    "system": "PixelView",
}


def surface_name(surface: str) -> str:
    """A surface as people call it."""
    return _SURFACES.get(surface, surface)


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
