"""What is no StackStorm, or half of one, is said as what it is; and two can be set up."""

from __future__ import annotations

import pytest

from integrations import stackstorm
from integrations.base import Misconfigured, Permanent, Transient
from tests.support.stackstorm import StackStorm


async def test_what_is_no_stackstorm_is_said_and_a_second_one_is_reached() -> None:
    async with StackStorm() as st2:
        first = stackstorm.runner("one", st2.settings())
        second = stackstorm.runner("two", {**st2.settings(), "url": st2.auth_url})
        assert await first.hello() == "StackStorm 3.10dev, as pixelview"
        with pytest.raises(Misconfigured, match="not StackStorm's API") as wrong:
            await second.hello()
        assert wrong.value.setting == "url"

        made = st2.fault("GET /executions", 200, 1, body='{"id": "6b')
        with pytest.raises(Transient, match="can't be read"):
            await first.look("6b" * 12)
        st2.faults.remove(made)
        st2.fault("POST /executions", 201, 1, body="[1]")
        with pytest.raises(Transient) as half:
            await first.run("core.local", {"cmd": "true"}, "pv-1", "ana")
        assert half.value.uncertain, "it may have been started"
        assert await first.find("pv-1") is None
        with pytest.raises(Permanent, match="would evaluate"):
            await first.run("core.local", {"cmd": "<% env() %>"}, "pv-2", "ana")
        for each in (first, second):
            await each.close()


async def test_what_strangers_wrote_is_live_neither_in_events_nor_in_answers() -> None:
    async with StackStorm() as st2:
        runner = stackstorm.runner("one", st2.settings())
        secret = "<% st2kv('system.token', decrypt=>true) %> {{{% x"
        labels = {"host": secret, "{{ 1 }}": ["<%"]}
        await runner.tell({"event": "opened", "incident": {"id": "7", "labels": labels}}, "ev-1")
        assert st2.world.told[0]["body"]["payload"]["incident"]["labels"] == {
            "host": "< % st2kv('system.token', decrypt=>true) %> { { { % x",
            "{ { 1 }}": ["< %"],
        }
        with pytest.raises(Permanent, match="evaluates"):
            await runner.answer("6b" * 12, {"why": secret})
        await runner.close()
