"""Who is on call: one answer for paging, chat, console, calendar feeds and reports."""

from commands.rules.oncall.precedence import at_instant, gaps, shifts, stretches, who

__all__ = ["at_instant", "gaps", "shifts", "stretches", "who"]
