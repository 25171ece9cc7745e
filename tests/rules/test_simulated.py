"""A simulated night knows the alert rules: how bad it counts, when it pages, when it is over."""

from __future__ import annotations

from tests.rules.conftest import Built

RULES = """
rules:
  - {name: soft, match: "severity=critical service=lab", severity: warning}
  - {name: later, match: "warning service=lab", delay: 7}
  - {name: shots, match: "service=lab", resolve_after: 30}
  - {name: hush, match: "service=chatter", quiet: true}
"""


async def test_a_simulated_alert_is_judged_waits_and_ends_as_the_rules_say(house: Built) -> None:
    world = await house(RULES)
    told = await world.asks("ana", "simulate", severity="critical", service="lab")
    said = "\n".join(told.lines)
    assert "Warning because rule soft says so; the monitor: critical." in said
    assert "Step 1 waits 7 min. Rule later." in said
    assert "the first 7 min after it fired" in said
    assert "not a word of it for 30 min" in said


async def test_a_simulated_alert_that_is_kept_quiet_pages_nobody(house: Built) -> None:
    world = await house(RULES)
    told = await world.asks("ana", "simulate", severity="error", service="chatter")
    assert any("NOBODY would be paged." in line for line in told.lines)
    assert any("rule hush keeps it quiet" in line for line in told.lines)


async def test_a_proof_names_what_rules_keep_quiet(house: Built) -> None:
    world = await house(RULES)
    told = await world.asks("ana", "prove", days=1)
    quiet = "hush (service=chatter · kept, nobody is paged)"
    assert f"Nobody is asked about what a rule keeps quiet: {quiet}." in told.lines
