"""Reads an incident of PixelView."""

from lib.pixelview_api import Client, Refused
from st2common.runners.base_action import Action


class GetIncident(Action):
    """One incident with its alerts and timeline."""

    def run(self, incident):
        """Whether it is there, and the incident."""
        try:
            return True, Client(self.config or {}).incident(incident)
        except Refused as error:
            return False, {"error": str(error)}
