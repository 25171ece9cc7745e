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
