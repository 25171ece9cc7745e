"""What Discord needs to be told, for the list of integrations; the surface itself is in bot/."""

from __future__ import annotations

from integrations.base import Capability, Manifest, Setting

MANIFEST = Manifest(
    name="discord",
    title="Discord",
    capabilities=frozenset({Capability.CARDS, Capability.PAGE, Capability.PRESENCE}),
    settings=(
        Setting("bot_token", "The bot's token, from the Developer Portal under Bot.", secret=True),
        Setting("guild", "The server's id. Needed where the bot is in several servers; with it "
                "commands are registered there, without it everywhere, direct messages too."),
        Setting("cards", "v2 (Components V2) or embed (text, embed and buttons).", default="v2"),
        Setting("message_content", "Read the words people write in threads of cards: turn on the "
                "Message Content Intent in the Developer Portal too.", default=False),
        Setting("presence", "See who is there: turn on the Presence Intent in the Developer "
                "Portal too.", default=False),
        Setting("api_base", "Where Discord's API is.", default="https://discord.com/api/v10"),
        Setting("gateway_url", "Where Discord's gateway is, if not where it always is."),
    ),
    docs="https://discord.com/developers/docs/quick-start/getting-started",
)  # fmt: skip
