"""A page for people: the workspace as Slack would show it, pressable, refreshing by itself."""

from __future__ import annotations

from .routes import add_routes

__all__ = ["add_routes"]
