"""How Google Cloud's resources are, what is measured, what changed, and what runs out."""

from __future__ import annotations

import pytest

from integrations.base import Changes, Cursor, Permanent, Progress, Transient
from integrations.gcp.measures import MEASURES, Measure, asked
from store.model import MINUTE
from store.model.resource import Fault, Happening, Health, Resource, Sample
from tests.gcp.conftest import Make
from tests.support.gcp.server import FakeGoogle
from tests.support.gcp.world import DATA, SHOP, WWW, ZONES
from tests.support.told import Waiting, only, told
from tests.support.world import START

CHECKS = {
    "instances": {"ServerRepairing", "ServerStuck"},
    "databases": {"DatabaseFailed", "DatabaseSuspended", "DatabaseMaintenance"},
    "clusters": {"ClusterDegraded", "NodePoolError"},
    "backends": set[str](),
    "service_health": {"ServiceIssue"},
}


@pytest.mark.parametrize("part", CHECKS)
async def test_each_check_names_what_is_wrong_with_keys_that_stay(make: Make, part: str) -> None:
    connector = make()
    first = only(Fault, await told(connector, f"{SHOP}/{part}"))
    assert {each.kind for each in first} == CHECKS[part]
    assert first == only(Fault, await told(connector, f"{SHOP}/{part}"))
    assert not only(Fault, await told(connector, f"{DATA}/{part}"))


async def test_what_was_stopped_or_has_an_unknown_state_is_no_fault(make: Make) -> None:
    faults = only(Fault, await told(make(), f"{SHOP}/instances"))
    assert {each.title for each in faults} == {
        "web-02 is being repaired", "web-05 stays STAGING",
    }  # fmt: skip
    stuck = next(each for each in faults if each.kind == "ServerStuck")
    assert stuck.after == 15 * MINUTE


@pytest.mark.parametrize("api", ["compute", "sql", "container", "servicehealth"])
async def test_an_api_that_a_project_does_not_use_has_no_faults(
    make: Make, google: FakeGoogle, api: str
) -> None:
    google.off.add((SHOP, api))
    parts = {"compute": "instances", "sql": "databases", "container": "clusters",
             "servicehealth": "service_health"}  # fmt: skip
    assert await told(make(), f"{SHOP}/{parts[api]}") == []


async def test_a_check_that_is_refused_or_not_whole_is_an_error_and_ends_no_fault(
    make: Make, google: FakeGoogle
) -> None:
    google.silent.add(ZONES[0])
    connector = make()
    assert only(Fault, await told(connector, f"{SHOP}/databases"))
    google.forbidden.add((SHOP, "cloudsql.instances.list"))
    with pytest.raises(Permanent, match="cloudsql"):
        await told(connector, f"{SHOP}/databases")
    with pytest.raises(Transient):
        await told(connector, f"{SHOP}/instances")
    google.answer_next(200, {"clusters": [], "missingZones": ["europe-west1-b"]})
    with pytest.raises(Transient, match="europe-west1-b"):
        await told(connector, f"{SHOP}/clusters")


async def test_backends_that_fail_their_check_are_a_fault_of_the_service(
    make: Make, google: FakeGoogle
) -> None:
    group = f"{WWW}/projects/{SHOP}/zones/{ZONES[1]}/instanceGroups/web"
    google.world.health[group][0]["healthState"] = "UNHEALTHY"
    connector = make()
    (fault,) = only(Fault, await told(connector, f"{SHOP}/backends"))
    assert fault.title == "web-backend: 1 of 2 backends are unhealthy"
    assert (fault.severity, fault.description) == ("warning", "web-01")
    google.world.health[group][1]["healthState"] = "TIMEOUT"
    (worse,) = only(Fault, await told(connector, f"{SHOP}/backends"))
    assert (worse.key, worse.severity) == (fault.key, "critical")


async def test_an_outage_of_google_is_one_of_the_region_it_is_in(make: Make) -> None:
    (fault,) = only(Fault, await told(make(), f"{SHOP}/service_health"))
    assert fault.resource == f"gcp:{SHOP}:region:europe-west1"
    assert fault.description == "It gets better."
    assert fault.since == START - 30 * MINUTE


async def test_measures_are_the_latest_points_of_what_they_are_of(make: Make) -> None:
    connector = make()
    await told(connector, f"{SHOP}/inventory")
    samples = only(Sample, await told(connector, f"{SHOP}/metrics"))
    assert len(samples) == 40
    vm = f"//compute.googleapis.com/projects/{SHOP}/zones/{ZONES[1]}/instances/web-04"
    cpu = next(each for each in samples if each.resource == vm)
    assert (cpu.metric, cpu.at) == ("cpu", START - 5 * MINUTE)
    assert cpu.value == pytest.approx(4.0)


async def test_series_that_name_no_machine_find_it_by_its_number(
    make: Make, google: FakeGoogle
) -> None:
    kind = "compute.googleapis.com/instance/cpu/utilization"
    for each in google.world.series[SHOP, kind]:
        each["metric"] = {"type": kind}
    connector = make()
    assert not only(Sample, await told(connector, f"{SHOP}/metrics"))
    await told(connector, f"{SHOP}/inventory")
    assert len(only(Sample, await told(connector, f"{SHOP}/metrics"))) == 40


async def test_points_of_every_type_and_of_other_resources_are_read(
    make: Make, google: FakeGoogle
) -> None:
    end = {"endTime": "2026-11-24T03:00:00Z"}

    def put(kind: str, type_: str, labels: dict[str, str], value: dict[str, object]) -> None:
        google.world.series[SHOP, kind] = [
            {"metric": {"type": kind}, "resource": {"type": type_, "labels": labels},
             "points": [{"interval": end, "value": value}, {"interval": None}]},
            {"points": None}, {"resource": {"type": "a_new_one"}, "points": [{}]},
        ]  # fmt: skip

    put("pubsub.googleapis.com/subscription/num_undelivered_messages", "pubsub_subscription",
        {"subscription_id": "orders"}, {"int64Value": "12345"})  # fmt: skip
    put("cloudsql.googleapis.com/database/cpu/utilization", "cloudsql_database",
        {"database_id": f"{SHOP}:db1", "region": "eu"}, {"doubleValue": 0.5})  # fmt: skip
    put("run.googleapis.com/request_count", "cloud_run_revision",
        {"service_name": "api", "location": "eu1"}, {"distributionValue": {"mean": 3}})  # fmt: skip
    samples = {(e.resource, e.metric): e.value for e in
               only(Sample, await told(make(), f"{SHOP}/metrics"))}  # fmt: skip
    root = f"projects/{SHOP}"
    assert samples[f"//pubsub.googleapis.com/{root}/subscriptions/orders", "queue_depth"] == 12345
    assert samples[f"//cloudsql.googleapis.com/{root}/instances/db1", "cpu"] == 50
    assert samples[f"//run.googleapis.com/{root}/locations/eu1/services/api", "requests"] == 3


@pytest.mark.parametrize("measure", [e for e in MEASURES if e.reducer], ids=lambda e: e.google)
def test_several_series_of_a_resource_are_made_one_by_labels_it_has(measure: Measure) -> None:
    by = asked(measure, START)["aggregation.groupByFields"]
    assert by and all(each.startswith(("resource.labels.", "metric.labels.")) for each in by)


async def test_measures_that_are_not_whole_are_said(make: Make, google: FakeGoogle) -> None:
    google.errors = [{"code": 14, "message": "A cell of Monitoring does not answer"}]
    items = await told(make(), f"{SHOP}/metrics")
    assert "does not answer" in only(Progress, items)[-1].note
    assert only(Sample, items)


async def test_what_may_not_be_asked_is_left_out_and_said(make: Make, google: FakeGoogle) -> None:
    rights = {
        "metrics": "monitoring.timeSeries.list", "databases": "cloudsql.instances.list",
        "instances": "compute.instances.list", "quotas": "compute.regions.list",
        "activity": "logging.logEntries.list", "clusters": "container.clusters.list",
    }  # fmt: skip
    google.forbidden |= {(SHOP, right) for right in rights.values()}
    connector = make()
    for part, right in rights.items():
        items = await told(connector, f"{SHOP}/{part}")
        assert only(Changes, items), part  # nothing is gone, and nothing over
        assert right in only(Progress, items)[-1].note
        assert not only(Fault, items)


async def test_the_inventory_shows_how_the_checks_found_a_resource(make: Make) -> None:
    connector = make()
    for part in ("databases", "clusters"):
        await told(connector, f"{SHOP}/{part}")
    found = {e.key: e for e in only(Resource, await told(connector, f"{SHOP}/inventory"))}
    database = found[f"//cloudsql.googleapis.com/projects/{SHOP}/instances/thing-07"]
    assert (database.health, database.why) == (Health.DOWN, "BILLING_ISSUE")
    path = f"projects/{SHOP}/locations/europe-west1/clusters/thing-04"
    cluster = found[f"//container.googleapis.com/{path}"]
    assert (cluster.health, cluster.why) == (Health.DEGRADED, "etcd slow")


async def test_the_audit_log_says_who_changed_what_and_goes_on_later(
    make: Make, google: FakeGoogle
) -> None:
    connector = make()
    items = await told(connector, f"{SHOP}/activity")
    assert isinstance(items[0], Changes)
    found = only(Happening, items)
    # The end of a long operation is not told again, and one is older than an hour.
    assert [each.key for each in found] == [f"audit:{SHOP}:entry30", f"audit:{SHOP}:entry1"]
    assert (found[0].who, found[0].reason, found[0].change) == (
        "ana@example.com", "setMachineType", True,
    )  # fmt: skip
    assert found[0].resource.endswith(f"/zones/{ZONES[1]}/instances/web-01")
    (cursor,) = only(Cursor, items)
    later = only(Happening, await told(connector, f"{SHOP}/activity", cursor.text))
    assert [each.key for each in later] == [f"audit:{SHOP}:entry1"]


async def test_a_quota_that_is_nearly_used_is_a_fault(make: Make) -> None:
    items = await told(make(), f"{SHOP}/quotas")
    kinds = {each.resource.rpartition(":")[2]: each.kind for each in only(Fault, items)}
    assert kinds == {"cpus": "QuotaNearLimit", "static_addresses": "QuotaFull",
                     "networks": "QuotaFull"}  # fmt: skip
    assert {each.kind for each in only(Resource, items)} == {"quota"}
    assert {each.metric for each in only(Sample, items)} == {"used", "limit"}


async def test_slower_is_obeyed_in_both_of_googles_ways_of_saying_it(
    make: Make, google: FakeGoogle, waiting: Waiting
) -> None:
    connector = make()
    await told(connector, f"{SHOP}/databases")
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3.5s"}
    google.answer_next(429, {"error": {"code": 429, "details": [info]}})
    reason = {"reason": "rateLimitExceeded"}
    google.answer_next(403, {"error": {"code": 403, "errors": [reason]}})
    assert only(Fault, await told(connector, f"{SHOP}/databases"))
    assert waiting.waits == [3.5, 4.0]
