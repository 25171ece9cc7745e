"""What the settings say of actions: what can't be is named with its place, the rest is offered."""

from __future__ import annotations

import pytest

from bot.automation import catalogue
from bot.rulebook import offers_of
from bot.settings import BadSettings, parse
from integrations.base import Param, RemoteAction

ST2 = "stackstorm: {st2: {url: 'http://st2.test', api_key: k, secrets: ['pin']}}\n"


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        ("{url: 'http://x.test/', run: 'st2:pg.x'}", "either url: or run:"),
        ("{run: 'st3:pg.x'}", "st3 is none of the systems under stackstorm: st2"),
        ("{run: 'pg.x'}", "write st2:pg.x for an action of StackStorm"),
        ("{run: 'st2:pg.x', secret: s}", "secret is for actions with a url"),
        ("{run: 'st2:pg.x', undo: beck}", "beck is not one of the actions; did you mean back"),
        ("{run: 'st2:pg.x', deadline: soon}", "soon is no span of time"),
        ("{run: 'st2:pg.x', params: {host: '{host name}'}}", "is no template"),
        ("{run: 'st2:pg.x', fixed: {a: 1}, params: {a: 2}}", "a is among params too"),
        ("{run: 'st2:pg.x', approval: {by: '@nobody'}}", "nobody is not one of the people"),
    ],
)
def test_what_can_not_be_is_named_with_its_line(entry: str, mistake: str) -> None:
    text = f"{ST2}actions:\n  back: {{run: 'st2:pg.back'}}\n  it: {entry}\n"
    with pytest.raises(BadSettings, match=mistake) as error:
        parse(text, "p.yaml")
    assert "p.yaml:4" in str(error.value)


def test_an_action_that_the_settings_shape_is_run_as_they_say_and_not_beside_that() -> None:
    entry = "{run: 'st2:pg.rotate', params: {host: '{labels.host}'}, deadline: 5m, saves: 20m}"
    settings = parse(f"{ST2}actions: {{rotate: {entry}}}\n", "p.yaml")
    there = offers_of(settings)
    params = (Param("host", required=True), Param("pin"), Param("dry_run", "flag"))
    told = [
        RemoteAction("pg.rotate", "Rotate", params=params),
        RemoteAction("pg.off", enabled=False),
        RemoteAction("core.local", params=(Param("cmd"),)),
    ]
    one = settings.stackstorm["st2"]
    there.told("st2", catalogue.offers("st2", one, settings.actions, told))
    assert [each.name for each in there] == ["rotate", "st2:core.local"]
    rotate = there.get("st2:pg.rotate")
    assert rotate is not None and rotate is there.get("rotate") is there.get("pg.rotate")
    assert (rotate.deadline, rotate.saves, rotate.dry) == (300_000, 20, "dry_run")
    assert [each.name for each in rotate.params if each.secret] == ["pin"]
    assert there.get("core.local") is there.get("st2:core.local")
    assert [*catalogue.unknown([rotate])] == []
