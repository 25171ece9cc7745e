"""The test card: says that nothing is wrong, and who pressed it where."""

from __future__ import annotations

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Head, Press, Rows, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands.trying import KIND, Trial, read
from commands.words import headed
from store.model import Severity

VERB = "card-works"


def card(test: Trial, scene: Scene) -> Card:
    """Waits for a press; afterwards says who pressed where."""
    done = all(chat in test.pressed for chat in test.chats)
    said = "Cards arrive here and presses come back." if done else "Nothing is wrong."
    if not done:
        said += " Press the button: this card then says that it came back."
    return Card(
        id=test.id,
        rev=len(test.pressed),
        color=words.RESOLVED if done else words.COLOR[Severity.INFO],
        head=Head("✅" if done else "ℹ️", "TEST CARD", 0, "from PixelView", scene.link("setup")),
        state=State((own(said),)),
        actions=Actions(
            (Press("It works", token(VERB, test.id, 0), primary=True, says="This card works"),)
        ),
        fold=(Rows(tuple(_row(chat, test, scene) for chat in test.chats[:5])),),
        notification=(own("ℹ️ Test card, nothing is wrong · press its button"),),
        quiet=True,
    )


def _row(chat: str, test: Trial, scene: Scene) -> Spans:
    """``✅ Slack: Ana pressed · 09:12``."""
    found = test.pressed.get(chat)
    if found is None:
        return (own(f"{headed(chat)} waits for a press"),)
    who, at = found
    name = words.cut(words.clean(scene.definitions.name_of(who)), 40)
    pressed = (own(f"✅ {headed(chat)}: "), strange(name), own(" pressed"))
    return separated([pressed, (when(at, scene.now),)])


ABOUTS = {KIND: About(read, card)}
