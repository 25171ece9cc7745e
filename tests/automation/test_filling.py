"""What an action is run with: templates over an incident, what people give, what is not taken."""

from commands.automation.offers import Offer
from commands.rules.conditions import Facts
from commands.rules.filling import deed, fill, mistakes, words
from integrations.base import Param

FACTS = Facts({
    "labels.host": ("db-3", "db-4"), "labels.evil": ("x; rm -rf /",),
    "labels.jinja": ("{{st2kv.system.key}}",), "incident.id": ("1842",), "owner": ("ana",),
    "labels.resource.name": ("a stranger's",), "severity": ("critical",),
})  # fmt: skip
PARAMS = (
    Param("host", required=True), Param("keep", default="24h"), Param("count", "number"),
    Param("force", "flag"), Param("tags", "list"), Param("extra", "object"),
    Param("mode", choices=("fast", "safe")), Param("password", secret=True),
)  # fmt: skip


def _offer(**more: object) -> Offer:
    return Offer("rotate-wal", "remote", "st2", "pg.rotate_wal", params=PARAMS, **more)  # type: ignore[arg-type]


def test_what_people_give_counts_for_more_than_templates_and_nothing_means_nothing() -> None:
    offer = _offer(given={"host": "{labels.none|labels.host|'db-1'}", "keep": "48h"})
    filled = fill(offer, FACTS, {})
    assert filled.params == {"host": "db-3", "keep": "48h"}
    assert filled.taken == ("host", "keep")
    mine = fill(offer, FACTS, {"host": "db-9", "keep": ""})
    assert mine.params == {"host": "db-9"}, "an emptied field is not filled in again"
    assert fill(_offer(), FACTS, {}).missing == ("host",)


def test_values_become_what_the_action_takes_or_are_refused_with_the_reason() -> None:
    given = {"host": "db-3", "count": "12", "force": "yes", "tags": "a, b", "extra": '{"a":[1]}',
             "mode": "safe"}  # fmt: skip
    right = fill(_offer(), FACTS, given).params
    assert right == {"host": "db-3", "count": 12, "force": True, "tags": ["a", "b"],
                     "extra": {"a": [1]}, "mode": "safe"}  # fmt: skip
    assert fill(_offer(), FACTS, {**given, "count": 7, "force": False, "tags": ["x"]}).params[
        "tags"
    ] == ["x"]
    wrong = {"host": "{{ st2kv.system.key }}", "count": "many", "force": "maybe", "extra": "[1]",
             "mode": "slow", "speed": "1"}  # fmt: skip
    refused = fill(_offer(), FACTS, wrong).refused
    assert set(refused) == set(wrong)
    assert "fast, safe" in refused["mode"]
    assert "no parameter" in refused["speed"]


def test_text_of_strangers_is_taken_only_where_it_looks_like_a_name() -> None:
    for template in ("{labels.evil}", "on {labels.evil}", "{labels.none|labels.evil|'db-1'}"):
        filled = fill(_offer(given={"host": template}), FACTS, {})
        assert "not taken" in filled.refused["host"], template
        assert "rm -rf" not in str(filled.params)
    assert fill(_offer(given={"host": "{labels.evil!any}"}), FACTS, {}).params == {
        "host": "x; rm -rf /"
    }
    computed = fill(_offer(given={"host": "{labels.jinja!any}"}), FACTS, {})
    assert "computed" in computed.refused["host"]
    asked = fill(_offer(), FACTS, {"host": "<% env() %>"})
    assert "computed" in asked.refused["host"], "a workflow evaluates what it is given"
    taken = fill(_offer(given={"host": "{resource.name}"}), FACTS, {})
    assert taken.missing == ("host",), "a label can't pass for a field of a resource"


def test_what_is_fixed_nobody_changes_and_what_is_allowed_holds_for_defaults_too() -> None:
    offer = _offer(
        fixed={"host": "{labels.host}", "env": "{{ config.env }}"}, allow={"keep": ("1*",)}
    )
    filled = fill(offer, FACTS, {"host": "db-9"})
    assert filled.params == {"host": "db-3", "env": "{{ config.env }}"}
    assert "settings" in filled.refused["host"]
    assert filled.refused["keep"] == "may be 1* here, not 24h"
    assert not fill(offer, FACTS, {"keep": "12h"}).refused
    lost = fill(_offer(fixed={"host": "{labels.none}"}), FACTS, {})
    assert lost.refused["host"], "it never runs without what was to hold it"


def test_deeds_read_as_people_type_them_and_hide_secrets() -> None:
    params = {"host": "db-3", "force": True, "password": "hunter2", "why": "two words"}
    assert deed(_offer(), params) == (
        'rotate-wal host=db-3 force=yes password=•••• why="two words"'
    )
    assert words("fail {params.from} over", FACTS, {"from": "db-1"}) == "fail db-1 over"


def test_templates_that_mean_nothing_are_found_when_they_are_read() -> None:
    assert not list(mistakes({"host": "{labels.host|'db-1'}", "x": "{{ jinja }}", "n": 3}))
    assert len(list(mistakes(["{label.host}", "{labels host}"]))) == 2
