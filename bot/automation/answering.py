"""Brings a person's answer to the workflow that asked, once; what comes of it is on the card."""

from __future__ import annotations

import re

from commands.automation import inquiring
from commands.door import Door
from commands.outgoing import Landed
from integrations.base import IntegrationError, Misconfigured, Runner, Transient

_OVER = re.compile(
    r"already|responded|timed out|timeout|not (?:be )?found|no longer|unable to ident",
    re.IGNORECASE,
)


async def answer(door: Door, runner: Runner | None, number: int) -> Landed | None:
    """Raises Transient where it is to be tried again: answering twice changes nothing there."""
    one = await door.system(lambda ctx: inquiring.wanted(ctx, number))
    if one is None:
        return None
    if runner is None:
        why = f"{one.system} is not in the settings any more."
        await door.system(lambda ctx: inquiring.refused(ctx, number, why))
        return None
    try:
        await runner.answer(one.remote, dict(one.answer))
    except Transient as error:
        if error.uncertain:
            await door.system(lambda ctx: inquiring.unsure(ctx, number))
        if one.expires_at is not None and one.expires_at <= door.clock.now():
            late = f"{one.system} did not answer until its time was over."
            await door.system(lambda ctx: inquiring.refused(ctx, number, late, over=True))
            return None
        raise
    except Misconfigured as error:
        said = str(error)
        await door.system(lambda ctx: inquiring.refused(ctx, number, said))
        return None
    except IntegrationError as error:
        said = str(error)
        over = bool(_OVER.search(said)) and "schema" not in said
        await door.system(lambda ctx: inquiring.refused(ctx, number, said, over=over))
        return None
    await door.system(lambda ctx: inquiring.sent(ctx, number))
    return Landed("", "answered")
