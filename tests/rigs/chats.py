"""Slack and Discord beside a really running service: where a card stands in both, what it says, and
pressing it. The chats are strict stand-ins that slack-bolt and discord.py connect to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import yaml
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.rigs.support import Service, eventually
from tests.support.discord import FakeDiscord
from tests.support.discord import Message as DiscordMessage
from tests.support.slack import FakeSlack
from tests.support.slack import Message as SlackMessage

CHANNEL = "ops-alerts"
PLACES = [f"slack:#{CHANNEL}", f"discord:#{CHANNEL}"]
PATIENCE = 45.0
"""Seconds until what is known stands on a card: limits of both chats are kept."""

T = TypeVar("T")


class Cards:
    """The cards in #ops-alerts of both chats, found by a piece of what they say."""

    def __init__(self, slack: FakeSlack, discord: FakeDiscord) -> None:
        self._slack, self._discord = slack, discord

    def slack(self, mark: str) -> SlackMessage | None:
        """The card in Slack."""
        posted = self._slack.channel(CHANNEL).posted
        cards = (m for m in posted if m.thread_ts in (None, m.ts))
        return next((m for m in cards if mark in m.visible_text), None)

    def discord(self, mark: str) -> DiscordMessage | None:
        """The card in Discord."""
        cards, text = self._discord.channel(CHANNEL).public, self._discord.visible_text
        return next((m for m in cards if mark in text(m)), None)

    def says(self, mark: str) -> tuple[str, str]:
        """What both say now; nothing where there is none."""
        slack, discord = self.slack(mark), self.discord(mark)
        return (
            slack.visible_text if slack else "",
            self._discord.visible_text(discord) if discord else "",
        )

    def threads(self, mark: str) -> tuple[str, str]:
        """What is written below both."""
        slack, discord = self.slack(mark), self.discord(mark)
        posted = self._slack.channel(CHANNEL).posted
        said = [m.visible_text for m in posted if slack and m.thread_ts == slack.ts != m.ts]
        below = discord.thread.public if discord and discord.thread else []
        return "\n".join(said), "\n".join(map(self._discord.visible_text, below))


class Chats:
    """Both chats for a story that waits in its own thread; they run in another."""

    def __init__(self, portal: BlockingPortal, slack: FakeSlack, discord: FakeDiscord) -> None:
        self._portal, self._slack, self._discord = portal, slack, discord
        self._cards = Cards(slack, discord)

    def settings(self, text: str) -> str:
        """A pixelview.yaml with both chats, its people linked, and every card in #ops-alerts."""
        known: dict[str, Any] = yaml.safe_load(text)
        for person in known["people"].values():
            person.update(self._calls(self._account, person["name"]))
        slack, discord = self._slack, self._discord
        [team] = known["teams"]
        known |= {
            "slack": {
                "bot_token": slack.bot_token, "app_token": slack.app_token,
                "base_url": slack.base_url,
            },
            "discord": {
                "bot_token": discord.token, "api_base": discord.api_base,
                "gateway_url": discord.gateway_url, "guild": str(discord.guild_id),
            },
            "routes": [{"name": "all", "team": team, "channels": PLACES}],
        }  # fmt: skip
        return yaml.safe_dump(known, allow_unicode=True, sort_keys=False)

    def connected(self, running: Service) -> None:
        """Wait until the service is there in both."""
        eventually("both chats are connected", lambda: _is_ready(running), seconds=30)

    def both_say(self, number: str, *words: str) -> None:
        """Wait until the card of an incident has these words in both chats."""
        self._until(self._cards.says, number, words)

    def both_say_not(self, number: str, *words: str) -> None:
        """Wait until the card of an incident has them in neither."""
        self._until(self._cards.says, number, words, there=False)

    def threads_say(self, number: str, *words: str) -> None:
        """Wait until these words stand in the threads of both."""
        self._until(self._cards.threads, number, words)

    def _until(
        self,
        look: Callable[[str], tuple[str, str]],
        number: str,
        words: Sequence[str],
        *,
        there: bool = True,
    ) -> None:
        said = ("", "")

        def so_it_is() -> bool:
            nonlocal said
            said = self._calls(look, f"#{number} ")
            return all(bool(each) and (w in each) is there for each in said for w in words)

        what = f"{words} {'' if there else 'not '}in both chats of #{number}"
        try:
            eventually(what, so_it_is, seconds=PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{error}; they say {said}") from None

    def press_slack(self, who: str, number: str, button: str) -> None:
        """A person presses a button of the card in Slack."""
        card = self._calls(self._cards.slack, f"#{number} ")
        assert card is not None, f"no card of #{number} in Slack"
        seen = self._portal.call(self._slack.press, who, card, button)
        assert seen.error is None, seen.error

    def press_discord(self, who: str, number: str, button: str) -> None:
        """A person presses a button of the card in Discord."""
        card = self._calls(self._cards.discord, f"#{number} ")
        assert card is not None, f"no card of #{number} in Discord"
        user = self._calls(self._discord.user, who)
        seen = self._portal.call(self._discord.press, user, card, button)
        assert seen.kind != "failed", f"Discord says that {button} failed"

    def fill_slack(self, who: str, number: str, entry: str, **values: str) -> None:
        """A person opens a form from the card's ⋯ in Slack, fills it in and sends it."""
        card = self._calls(self._cards.slack, f"#{number} ")
        assert card is not None, f"no card of #{number} in Slack"
        choose = partial(self._slack.choose, until=self._form_of(who))
        opened = self._portal.call(choose, who, card, entry)
        assert opened.modal is not None, f"{entry} opens no form: {opened}"
        sent = self._portal.call(self._slack.submit, who, opened.modal, values)
        assert sent.error is None and not sent.errors, (sent.error, sent.errors)

    def fill_discord(self, who: str, number: str, entry: str, **values: str) -> None:
        """A person opens a form from the card's More… in Discord, fills it in and sends it."""
        card = self._calls(self._cards.discord, f"#{number} ")
        assert card is not None, f"no card of #{number} in Discord"
        user = self._calls(self._discord.user, who)
        opened = self._portal.call(self._discord.choose, user, card, entry)
        assert opened.kind == "modal", f"{entry} opens no form: {opened.text}"
        sent = self._portal.call(self._discord.submit, user, opened, values)
        assert sent.kind != "failed", f"Discord says that {entry} failed"

    def _form_of(self, who: str) -> Callable[[], object]:
        """Whether there is a form that can be sent: one that says Loading… can't."""
        return lambda: (form := self._slack.modal(who)) and form.body.get("submit")

    def _account(self, name: str) -> Mapping[str, str]:
        return {
            "slack": self._slack.add_user(name).id,
            "discord": str(self._discord.add_user(name).id),
        }

    def _calls(self, function: Callable[..., T], *args: Any) -> T:
        """In the thread of the chats, where nothing else happens meanwhile."""
        return self._portal.call(function, *args)


def _is_ready(running: Service) -> bool:
    return running.api.get("/readyz").status_code == 200


@contextmanager
def chats() -> Iterator[Chats]:
    """Both running; at the end neither was asked anything that a real one refuses."""
    slack, discord = FakeSlack(), FakeDiscord(patience=15.0)
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(slack),
        portal.wrap_async_context_manager(discord),
    ):
        portal.call(slack.add_channel, CHANNEL)
        portal.call(discord.add_channel, CHANNEL)
        yield Chats(portal, slack, discord)
    assert slack.violations == []
    assert discord.violations == []
