"""What runs actions outside, in the server: one system for each of the settings. With several
processes the one that holds the lease follows; each may begin an execution."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Gauge

from bot.actions import Actions
from bot.automation import reading
from bot.automation.pen import log
from bot.automation.system import System
from bot.automation_settings import connect
from bot.running import Looking
from commands import queries
from commands.automation import beginning, ending, executing
from commands.automation.offers import HTTP, Offer
from commands.automation.port import Standing
from commands.context import Ctx
from commands.door import Door
from commands.outgoing import Landed
from integrations.base import IntegrationError, Misconfigured, Permanent, Remote, Runner, Transient
from store import executions, upkeep
from store.clock import HOUR, MINUTE, SECOND, Instant
from store.executions import KEPT, UNKNOWN, Execution
from store.model import Actor

if TYPE_CHECKING:
    from bot.carry import Carrier
    from bot.settings import Settings

_LEASE = "automation"
LEASE_LIFE, RENEW = 20 * SECOND, 5.0
LOOKS = (2.0, 5.0, 13.0)
"""Seconds after which it is looked for, when the answer to its start was lost: after these it is
started once more if it is not there."""
GIVEN_UP = 24 * HOUR
DRY = 1.7
"""Seconds that who asks for a dry run waits for its words."""
NO_WORD = "No answer came to its start for 24 hours: look before it is run again."


class Engine:
    """The systems by name. Without any in the settings it does nothing."""

    def __init__(self, door: Door, settings: Settings, actions: Actions, me: str) -> None:
        self._door, self._me, self._posts = door, me, actions
        self.systems: dict[str, System] = {}
        self.owned = False
        self._counted: Mapping[str, int] = {}
        self._count_at: Instant = 0
        self._looking = Looking(
            self._own, RENEW, "pixelview-automation", log,
            "who follows executions could not be said; once more in a while",
        )  # fmt: skip
        for name, one in settings.stackstorm.items():
            try:
                runner = connect(name, one)
            except IntegrationError as error:
                log.error("%s can't be used: %s", name, error)
                continue
            self.systems[name] = System(
                door, name, one, settings.actions, runner, lambda: self.owned
            )
        door.automation = self

    async def start(self) -> None:
        """Everything runs."""
        if not self.systems:
            return
        await self.open()
        self._looking.start()
        for system in self.systems.values():
            system.start()

    async def open(self) -> None:
        """What marks ours, and whether this process follows."""
        instance = await self._door.system(beginning.instance)
        for system in self.systems.values():
            system.mark = f"pixelview-{instance}-"
        await self._own()

    async def stop(self) -> None:
        """End, and let another process follow."""
        if not self.systems:
            return
        await self._looking.stop()
        for system in self.systems.values():
            await system.stop()
        await self._door.system(lambda ctx: upkeep.drop_lease(ctx.tx, _LEASE, self._me))

    async def _own(self) -> None:
        def take(ctx: Ctx) -> bool:
            held = upkeep.take_lease(ctx.tx, _LEASE, self._me, ctx.now, LEASE_LIFE)
            return held is not None

        self.owned = await self._door.system(take)
        if (now := self._door.clock.now()) >= self._count_at:
            self._count_at = now + MINUTE
            self._counted = await self._door.reader.read(executions.counted)

    # the port

    def runner(self, name: str) -> Runner | None:
        """One of the settings, by its name."""
        found = self.systems.get(name)
        return found.runner if found is not None else None

    def status(self) -> Sequence[Standing]:
        """How each stands."""
        return [each.standing() for each in self.systems.values()]

    async def output(self, execution: Execution) -> str:
        """What one that still runs printed so far, as people may read it."""
        runner = self.runner(execution.system)
        if runner is None or not execution.remote:
            return ""
        async with asyncio.timeout(DRY):
            text = await runner.output(execution.remote, KEPT)
        return await reading.clean(text, reading.secrets_of(execution), self._door.rules.redact)

    async def dry(
        self, offer: Offer, params: Mapping[str, Any], incident: int, actor: Actor
    ) -> str:
        """What an action would do, in words."""
        if offer.via == HTTP:
            return await self._would_post(offer, params, incident, actor)
        one = await self._door.system(
            lambda ctx: executing.ask(
                ctx, offer, params=params, incident=incident, by=actor.id, dry=True
            )
        )
        loop = asyncio.get_running_loop()
        end = loop.time() + DRY
        while loop.time() < end:
            await asyncio.sleep(0.1)
            now = await self._door.reader.read(lambda tx: executions.get(tx, one.id))
            if now is not None and now.over:
                text = await self._door.reader.read(lambda tx: executions.output(tx, one.id))
                return "\n".join(filter(None, (text, now.outcome if now.code else "")))
        return f"Its dry run is under way as execution {one.id}; what comes of it is told to you."

    async def _would_post(
        self, offer: Offer, params: Mapping[str, Any], incident: int, actor: Actor
    ) -> str:
        """As whoever asks may read it."""
        secret = tuple(each.name for each in offer.params if each.secret)
        now = self._door.clock.now()
        one = Execution(0, "asked", offer.name, "", "", now, HTTP, params=params, secret=secret)
        sight = self._door.sight(actor)
        detail = await sight.read(self._door.reader, lambda tx: queries.brief(tx, incident))
        return self._posts.shown(one, detail, now)

    # errands

    async def begin(self, one: Execution) -> Landed | None:
        """Start it, once; what was started already is found and followed."""
        number, system = one.id, self.systems[one.system]
        found = await self._door.system(lambda ctx: beginning.starting(ctx, number))
        if found is None:
            return None
        if not found.remote:
            remote = await self._started(system, found)
            if remote is None:
                return None
            found = await system.adopt(number, remote) or found
        elif self.owned:
            system.follower.put(found)
        return Landed("", found.remote)

    async def _started(self, system: System, one: Execution) -> Remote | None:
        """It, as it is there; None where it was not started, and will not be."""
        number, tag = one.id, f"{system.mark}{one.id}"
        try:
            if one.extra.get("posted"):
                there = await self._there(system, one, tag)
                if there is not None:
                    return there
            leaves = await self._door.system(lambda ctx: beginning.leaving(ctx, number))
            if leaves is None:
                return None
            by = one.by or one.automation or "pixelview"
            return await system.runner.run(one.ref, one.params, tag, by)
        except _Later:
            raise
        except Transient as error:
            left = error.uncertain or bool(one.extra.get("posted"))
            await self._door.system(lambda ctx: beginning.held_up(ctx, number, left=left))
            system.follower.unanswered(error)
            waited = self._door.clock.now() - one.asked_at
            if left and waited > GIVEN_UP:
                await self._ends(number, UNKNOWN, NO_WORD)
                return None
            pause = LOOKS[0] if error.uncertain else min(max(waited / SECOND / 4, 1.0), 15.0)
            raise Transient(str(error), error.retry_after or pause) from error
        except (Permanent, Misconfigured) as error:
            said = str(error)
            await self._door.system(lambda ctx: self._refused(ctx, number, said))
            return None

    async def _there(self, system: System, one: Execution, tag: str) -> Remote | None:
        """Whether it was started although no answer came; looked for several times, as it may
        still be on its way there."""
        remote = await system.runner.find(tag)
        if remote is not None:
            return remote
        looks = int(one.extra.get("looks", 0))
        if looks < len(LOOKS):
            await self._door.system(lambda ctx: beginning.looked(ctx, one.id))
            raise _Later(f"{one.system} does not have it yet", LOOKS[looks])
        return None

    def _refused(self, ctx: Ctx, number: int, said: str) -> None:
        one = executions.get(ctx.tx, number)
        if one is not None and not one.over:
            ending.never_began(ctx, one, said)

    async def _ends(self, number: int, state: str, said: str) -> None:
        await self._door.system(lambda ctx: ending.ended(ctx, number, state, said))

    async def cancel(self, one: Execution) -> Landed | None:
        """Ask for its end."""
        system = self.systems[one.system]
        if not one.remote:
            return None
        try:
            remote = await system.runner.cancel(one.remote)
        except Transient as error:
            raise Transient(str(error), error.retry_after or 5.0) from error
        except IntegrationError as error:
            log.warning("execution %d can't be canceled: %s", one.id, error)
            return None
        system.follower.heard(remote)
        return Landed("", "canceling")

    # how it stands

    def signs(self) -> list[tuple[str, bool, str]]:
        """Lines for the Health box."""
        found = []
        for one in self.status():
            well = one.reached_at is not None and not one.error
            stream = "" if one.stream else ", without its stream"
            fine = f"{one.version or 'up'}, {one.actions} actions, {one.followed} followed{stream}"
            found.append((f"StackStorm {one.name}", well, fine if well else one.error or "…"))
        return found

    def gauges(self) -> dict[str, tuple[str, float]]:
        """For Prometheus: each system says its own."""
        return {}

    def collect(self, registry: CollectorRegistry) -> None:
        """For Prometheus: each system."""
        if not self.systems:
            return
        words = {
            "open": "Executions that are followed.",
            "lag_seconds": "From an end being heard of to its word on disk, at the last one.",
            "stream_up": "Whether the system tells by itself what changes.",
            "reached_seconds": "Since the system answered last.",
        }
        total = Gauge(
            "pixelview_executions",
            "Executions there were, by their state.",
            ["state"],
            registry=registry,
        )
        for state, many in sorted(self._counted.items()):
            total.labels(state).set(many)
        gauges = {
            name: Gauge(f"pixelview_executions_{name}", text, ["system"], registry=registry)
            for name, text in words.items()
        }
        now = self._door.clock.now()
        for one in self.status():
            values = {
                "open": one.followed, "lag_seconds": one.lag / SECOND, "stream_up": one.stream,
                "reached_seconds": (now - one.reached_at) / SECOND if one.reached_at else -1,
            }  # fmt: skip
            for name, value in values.items():
                gauges[name].labels(one.name).set(float(value))


def connected(door: Door, settings: Settings, carrier: Carrier, me: str) -> Engine:
    """What runs actions outside, with the errands that begin them."""
    actions = Actions(settings.actions, settings.url, door.rules.redact)
    carrier.act_by(actions)
    engine = Engine(door, settings, actions, me)
    carrier.others.errands.executing.engine = engine
    return engine


class _Later(Transient):
    """It is looked for once more, which says nothing of the system."""
