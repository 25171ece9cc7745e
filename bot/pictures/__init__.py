"""Drawings become PNG here, for chats that show no SVG: in a process of its own, bounded, kept for
a minute."""

from bot.pictures.drawn import Pictures, png

__all__ = ["Pictures", "png"]
