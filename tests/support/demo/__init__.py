"""PixelView with a Slack, a Discord and a mail server on this machine, for a person without
accounts: ``make demo``, or ``async with Demo() as demo`` in a test."""

from tests.support.demo.demo import Demo, DidNotStart

__all__ = ["Demo", "DidNotStart"]
