"""Runs a command of PixelView: acknowledge, note …; which one says the action's metadata."""

import os

from lib.pixelview_api import Client, Refused
from st2common.runners.base_action import Action


class Command(Action):
    """Its parameters are the command's arguments; those that are not given are left out."""

    def run(self, command, **arguments):
        """Whether it was done, and what PixelView answered."""
        given = {name: value for name, value in arguments.items() if value not in (None, "")}
        try:
            client = Client(self.config or {}, os.environ.get("ST2_ACTION_EXECUTION_ID", ""))
            return True, client.command(command, given)
        except Refused as error:
            return False, {"error": str(error)}
