"""Checks that an event was signed by PixelView, within the last five minutes."""

import time

from lib.pixelview_api import canonical, check
from st2common.runners.base_action import Action


class Verify(Action):
    """An event as the trigger or the webhook has it."""

    def run(self, event):
        """Whether it is PixelView's, and the event, or why not."""
        secret = (self.config or {}).get("secret") or ""
        sent, given = str(event.get("sent") or ""), str(event.get("signature") or "")
        wrong = check(secret, given, sent, canonical(event), time.time())
        return (False, {"error": wrong}) if wrong else (True, event)
