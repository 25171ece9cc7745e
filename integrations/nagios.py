"""Nagios and Naemon: a notification command posts macros, as a form, JSON or the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _nagios
from integrations.base import Capability, Manifest, Monitor, Reading, Request, Setting

MANIFEST = Manifest(
    name="nagios",
    title="Nagios",
    capabilities=frozenset({Capability.RECEIVE, Capability.WRITE_BACK}),
    settings=(
        Setting("url", "Address of Nagios' CGIs: https://nagios.example.org/nagios4/cgi-bin"),
        Setting(
            "user",
            "A user of the CGIs, best of the same name as PixelView's contact: then"
            " Nagios shows what that contact is told of, and takes commands for it",
        ),
        Setting("password", "The user's password", secret=True),
        Setting("ca_file", "Certificates to trust instead of the public ones"),
        Setting(
            "command_file",
            "Nagios' command file, where it runs on this machine; commands go"
            " there instead of cmd.cgi",
        ),
        Setting("author", "Who acknowledges and comments", default="PixelView"),
        Setting("notify", "Nagios tells its contacts of our acknowledgements", default=False),
        Setting(
            "passive_results", "A resolve sets what is only reported passively to OK", default=False
        ),
        Setting(
            "report",
            "host!service, a passive check of Nagios: told at each look that PixelView runs,"
            " WARNING with what is wrong; its freshness check tells when PixelView does not",
        ),
    ),
    docs="https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/notifications.html",
)


def read(request: Request) -> Reading:
    """The one host or service of a notification; none where it is told of our own doing."""
    found = _nagios.alert(request, "$HOSTNAME$ as host")
    return Reading(() if _nagios.is_ours(found) else (found,))


def connect(settings: Mapping[str, Any]) -> Monitor:
    """A Nagios that is told what people did, and looked at."""
    from integrations._nagios_monitor import NagiosMonitor

    return NagiosMonitor(settings)
