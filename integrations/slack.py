"""What Slack needs to be told, for the list of integrations; the surface itself is in bot/."""

from __future__ import annotations

from integrations.base import Capability, Manifest, Setting

MANIFEST = Manifest(
    name="slack",
    title="Slack",
    capabilities=frozenset({
        Capability.CARDS, Capability.PAGE, Capability.DIRECTORY, Capability.PRESENCE,
    }),
    settings=(
        Setting("bot_token", "The bot token (xoxb-…), from the app's page under OAuth & "
                "Permissions.", secret=True),
        Setting("app_token", "The app-level token (xapp-…) with connections:write, for Socket "
                "Mode: nothing has to be reachable from outside.", secret=True),
        Setting("signing_secret", "The signing secret, for HTTP: Slack then calls "
                "<url>/slack/events. With both, Socket Mode is used and HTTP is taken too.",
                secret=True),
        Setting("command", "The slash command of the app.", default="/pv"),
        Setting("base_url", "Where Slack's API is.", default="https://slack.com/api/"),
    ),
    docs="https://docs.slack.dev/app-manifests/",
)  # fmt: skip
