"""discord.py imports what is deprecated, so it is imported before warnings are errors."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import discord  # noqa: F401
