"""What the Slack app can be used for, and the scopes and events each use needs. The manifest, the
check, the words about health and the surface itself all read this one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.workspaces import FEATURES


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An entry of Slack's menus: ``message`` on a message, ``global`` anywhere."""

    name: str
    kind: str
    callback: str
    description: str


@dataclass(frozen=True, slots=True)
class Feature:
    """One use: what it is ``for``, scope → why it is needed, the events it hears, and what does
    not work ``without`` it."""

    name: str
    use: str
    scopes: dict[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    without: str = ""
    shortcuts: tuple[Shortcut, ...] = ()


CORE = Feature(
    "core",
    "cards, pages, commands and answers only you see",
    {
        "chat:write": "cards, threads, pages, answers only you see",
        "commands": "the slash command and shortcuts",
        "im:write": "opening the conversation a page goes to",
        "users:read": "names of who presses and writes, who is away",
        "users:read.email": "matching members to people by e-mail",
    },
    ("app_uninstalled", "tokens_revoked"),
)

_ALL = (
    Feature(
        "home", "the Home tab: what is yours, who is on call, your shifts",
        events=("app_home_opened",),
    ),
    Feature(
        "shortcuts", "“Declare an incident” anywhere, and incidents and notes out of messages",
        shortcuts=(
            Shortcut("Declare an incident", "global", "pv_declare", "Opens the form"),
            Shortcut("Make an incident of this", "message", "pv_incident",
                     "An incident with these words"),
            Shortcut("Add to the timeline", "message", "pv_note",
                     "A note of these words in an incident"),
        ),
    ),
    Feature(
        "threads", "words in a card's thread and in direct messages count as notes",
        {
            "channels:history": "words in threads of public channels",
            "groups:history": "words in threads of private channels",
            "im:history": "words to the bot, which go to the incident you were paged for",
        },
        ("message.channels", "message.groups", "message.im"),
        "Words in threads stay there: cards offer Note… instead",
    ),
    Feature(
        "mentions", "commands as “@PixelView why” in threads, where Slack has no slash commands",
        {"app_mentions:read": "what follows the bot's name"},
        ("app_mention",),
        "“@PixelView why” in a thread is not heard",
    ),
    Feature(
        "rooms", "war rooms: a channel for an incident, with people, links and the pinned card",
        {
            "channels:manage": "making public rooms, inviting, topic, archiving",
            "groups:write": "the same for private rooms",
            "bookmarks:read": "adding no link twice",
            "bookmarks:write": "card, runbook and dashboard at the top of the room",
            "pins:write": "pinning the card",
        },
        without="War rooms can't be made",
    ),
    Feature(
        "usergroups", "@oncall-db follows whoever is on call",
        {
            "usergroups:read": "finding @oncall-db",
            "usergroups:write": "letting it follow whoever is on call",
        },
        without="User groups do not follow who is on call",
    ),
    Feature(
        "roles", "roles of people come from user groups (access.from.slack)",
        {"usergroups:read": "who is in which user group"},
        without="Roles do not follow user groups",
    ),
    Feature(
        "presence", "do-not-disturb, before a shift and in who",
        {"dnd:read": "when somebody's notifications are off"},
        without="Do-not-disturb is not seen",
    ),
    Feature(
        "channels", "the check sees whether the bot is in the channels that routes name",
        {
            "channels:read": "public channels",
            "groups:read": "private channels the bot is in",
        },
        without="Whether the bot is in its channels shows only when it posts",
    ),
    Feature(
        "public", "cards in public channels without an invitation",
        {"chat:write.public": "posting where the bot is not a member"},
        without="The bot must be invited to each channel",
    ),
    Feature(
        "pictures", "trends as pictures beside answers that only you see",
        {"files:write": "bringing the picture to Slack; it is shared with no channel"},
        without="Trends are shown as signs in the text alone",
    ),
)  # fmt: skip

REGISTRY: dict[str, Feature] = {feature.name: feature for feature in _ALL}
HEARD = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}
"""Kind of channel → the scope with which its words are heard."""
DEFAULT = ("home", "shortcuts")
"""What an app is made for where nothing is said: whatever needs no scope beyond the core's."""


class UnknownFeature(ValueError):
    """No feature has that name."""


def chosen(names: Iterable[str]) -> tuple[Feature, ...]:
    """The core and these features, in the registry's order; UnknownFeature names what is none."""
    wanted = {name.strip().casefold() for name in names if name.strip()} - {CORE.name}
    if "all" in wanted:
        wanted = set(FEATURES)
    if strange := sorted(wanted - REGISTRY.keys()):
        known = ", ".join((*REGISTRY, "all"))
        raise UnknownFeature(f"{', '.join(strange)}: no such feature; there are {known}")
    return (CORE, *(feature for name, feature in REGISTRY.items() if name in wanted))


def scopes_of(features: Iterable[Feature]) -> tuple[str, ...]:
    """The scopes they need together."""
    return tuple(sorted({scope for feature in features for scope in feature.scopes}))


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is wanted for, and what it allows. ``wanted`` is None where nothing is said:
    then everything is on that the token allows. ``scopes`` is None where Slack names none."""

    wanted: tuple[str, ...] | None
    scopes: frozenset[str] | None

    def on(self, name: str) -> bool:
        """Whether a feature is wanted and may be used."""
        if self.wanted is not None and name not in self.wanted:
            return False
        return not self.lacks(REGISTRY[name])

    def unwanted(self, name: str) -> str:
        """That a feature is not among those that are wanted, in words; "" where it is."""
        if self.wanted is None or name in self.wanted:
            return ""
        return f"{REGISTRY[name].without}: {name} is not among slack.features"

    @property
    def heard(self) -> frozenset[str]:
        """The kinds of channels whose words count as notes: channel, group, im."""
        feature = REGISTRY["threads"]
        if self.wanted is not None and feature.name not in self.wanted:
            return frozenset()
        lacks = self.lacks(feature)
        return frozenset(kind for kind, scope in HEARD.items() if scope not in lacks)

    def lacks(self, feature: Feature) -> tuple[str, ...]:
        """The scopes a feature needs that are not granted."""
        granted = self.scopes if self.scopes is not None else feature.scopes.keys()
        return tuple(scope for scope in feature.scopes if scope not in granted)

    @property
    def asked(self) -> tuple[Feature, ...]:
        """The core and what is wanted; with nothing said, what the token allows."""
        names = REGISTRY if self.wanted is None else self.wanted
        return chosen(n for n in names if self.wanted is not None or self.on(n))

    def missing(self) -> tuple[tuple[Feature, tuple[str, ...]], ...]:
        """The features that are wanted and can't be used for want of scopes."""
        lacking = ((feature, self.lacks(feature)) for feature in self.asked)
        return tuple((feature, lacks) for feature, lacks in lacking if lacks)

    def off(self) -> tuple[Feature, ...]:
        """The features that are off: not wanted, or not allowed where nothing is said."""
        return tuple(f for name, f in REGISTRY.items() if not self.on(name))

    def spare(self) -> tuple[str, ...]:
        """Scopes that are granted and that nothing wanted needs."""
        known = chosen(FEATURES if self.wanted is None else self.wanted)
        return tuple(sorted((self.scopes or frozenset()) - set(scopes_of(known))))


def unheard(lacks: Sequence[str]) -> str:
    """Where words stay, for want of these scopes."""
    where = {"channels:history": "threads", "groups:history": "private channels",
             "im:history": "direct messages"}  # fmt: skip
    named = [where.get(scope, scope) for scope in lacks]
    said = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    given = "is" if len(lacks) == 1 else "are"
    return f"Words in {said} stay there (feature threads): {', '.join(lacks)} {given} not given"


def lacking(feature: Feature, scopes: Sequence[str]) -> str:
    """What a feature lacks, in words."""
    *most, last = scopes
    names = f"{', '.join(most)} and {last}" if most else last
    are = "is" if len(scopes) == 1 else "are"
    if feature is CORE:
        use = "; ".join(feature.scopes[scope] for scope in scopes)
        return f"{names} {are} not granted: {use}"
    return f"{feature.without or feature.use}: {names} {are} not granted"
