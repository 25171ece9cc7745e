"""What a connector knows stays true through pages, cuts, expired versions, throttling and a server
that hangs; nothing is gone and nothing over because the API server does not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integrations.base import Misconfigured, Permanent, Transient
from integrations.kubernetes import api, watching
from store.model import MINUTE
from tests.integrations.kubernetes.listening import READER, Known, Still, connector, polled
from tests.support.kube import FakeKube, rules_of, seeds


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once."""
    monkeypatch.setattr(watching, "FIRST", 0.01)


PODS = [f"k8s:prod-1:pod:shop/p{n}" for n in range(7)]


@pytest.fixture
async def kube() -> AsyncIterator[FakeKube]:
    async with FakeKube() as made:
        made.users["reader"] = rules_of([READER])
        made.put(*(seeds.pod(f"p{n}") for n in range(7)), seeds.node("n1"))
        yield made
        assert made.violations == []


def asked(kube: FakeKube, end: str, **query: str) -> int:
    """How many requests of a path had these parameters."""
    return sum(path.endswith(end) and query.items() <= said.items() for _, path, said in kube.asked)


async def test_lists_come_in_pages_and_watches_go_on_from_where_the_list_stood(
    kube: FakeKube,
) -> None:
    async with Known(connector(kube, token="reader", page_size=3)) as known:
        await known.all()
        assert set(PODS) <= set(known.resources)
        assert asked(kube, "/pods", limit="3") == 3
        version = next(q["resourceVersion"] for _, p, q in kube.asked
                       if p.endswith("/pods") and q.get("watch"))  # fmt: skip
        assert version == str(kube.store.version)
        kube.put(seeds.pod("p9"))
        kube.drop(seeds.pod("p0"))
        await known.until(lambda: "k8s:prod-1:pod:shop/p9" in known.resources
                          and PODS[0] not in known.resources)  # fmt: skip
        assert asked(kube, "/pods", limit="3") == 3
        assert kube.agents == {"PixelView"}


async def test_a_continue_token_that_expires_costs_one_more_list(kube: FakeKube) -> None:
    made = connector(kube, page_size=3)
    kube.store.next()
    seen = kube._list

    def compacting(*args: object) -> object:
        answer = seen(*args)  # type: ignore[arg-type]
        kube._continues.clear()
        return answer

    kube._list = compacting  # type: ignore[method-assign, assignment]
    async with Known(made) as known:
        await known.all()
        assert set(PODS) <= set(known.resources)


@pytest.mark.parametrize("over_http", [True, False])
async def test_an_expired_version_is_listed_anew_and_nothing_is_missed(
    kube: FakeKube, over_http: bool
) -> None:
    kube.gone_over_http = over_http
    kube.bookmark_every = 60.0
    async with Known(connector(kube)) as known:
        await known.all()
        lists = asked(kube, "/pods", limit="500")
        # While the watches are away something happens, and is forgotten.
        kube.hung.clear()
        kube.cut()
        kube.store.put(kube._collection(seeds.pod("p8")), seeds.pod("p8"))
        kube.drop(seeds.pod("p1"))
        kube.compact()
        kube.hung.set()
        await known.until(lambda: "k8s:prod-1:pod:shop/p8" in known.resources
                          and PODS[1] not in known.resources)  # fmt: skip
        assert asked(kube, "/pods", limit="500") > lists
        assert PODS[2] in known.resources


async def test_a_watch_that_ends_with_an_error_lists_anew(kube: FakeKube) -> None:
    async with Known(connector(kube)) as known:
        await known.all()
        lists = asked(kube, "/pods", limit="500")
        kube.reset_watchers()
        kube.put(seeds.pod("p8"))
        await known.until(lambda: "k8s:prod-1:pod:shop/p8" in known.resources)
        await known.until(lambda: asked(kube, "/pods", limit="500") > lists)
        await known.until(lambda: not known.broken)


async def test_a_cut_connection_goes_on_from_its_last_bookmark(kube: FakeKube) -> None:
    kube.bookmark_every = 0.02
    async with Known(connector(kube)) as known:
        await known.all()
        lists = asked(kube, "/pods", limit="500")
        kube.put(seeds.node("n2"))  # moves the version of everything
        await known.until(lambda: "k8s:prod-1:node:n2" in known.resources)
        watched = known.connector._watched
        assert watched is not None
        await known.until(
            lambda: all(f._version == str(kube.store.version) for f in watched._feeds)
        )
        kube.store.compact()  # and yet no version is too old
        kube.cut()
        kube.put(seeds.pod("p8"))
        await known.until(lambda: "k8s:prod-1:pod:shop/p8" in known.resources)
        assert asked(kube, "/pods", watch="1") == 2
        assert asked(kube, "/pods", limit="500") == lists
        assert asked(kube, "/pods", allowWatchBookmarks="true") == asked(kube, "/pods", watch="1")


async def test_throttled_requests_wait_as_long_as_the_server_says(kube: FakeKube) -> None:
    for _ in range(3):
        kube.refuse_next(429, "TooManyRequests", "slow down", 0.05)
    async with Known(connector(kube)) as known:
        await known.all()
        assert set(PODS) <= set(known.resources)


async def test_a_server_that_hangs_makes_everything_stale_and_ends_nothing(kube: FakeKube) -> None:
    clock = Still()
    kube.put(seeds.pod("bad", statuses=[seeds.crashing()], ready=False))
    made = connector(kube, clock=clock, read_timeout=0.3, connect_timeout=0.3)
    async with Known(made) as known:
        await known.all()
        before = set(known.resources)
        kube.hung.clear()
        first = await polled(made, "api")
        assert not known.broken
        assert first[1].kind == "ApiServerUnreachable"
        clock.at += MINUTE
        again = await polled(made, "api")
        assert again[1].severity == "critical"
        assert again[1].since == clock.at - MINUTE
        await known.until(lambda: len(known.broken) == 6)
        assert "does not answer" in known.broken["workloads"]
        assert set(known.resources) == before
        assert "CrashLoopBackOff" in known.kinds()
        kube.hung.set()
        kube.drop(seeds.pod("bad"))
        well = await polled(made, "api")
        assert [type(each).__name__ for each in well] == ["Resource", "Sample"]
        await known.until(lambda: not known.broken and "CrashLoopBackOff" not in known.kinds())
        assert known.begun >= 12


async def test_a_server_that_is_away_is_found_again(kube: FakeKube) -> None:
    async with Known(connector(kube)) as known:
        await known.all()
        runner = kube._runner
        assert runner is not None
        kube.cut()
        await runner.cleanup()
        await known.until(lambda: len(known.broken) == 6)
        assert set(PODS) <= set(known.resources)
        async with kube:
            await known.until(lambda: not known.broken)
            assert set(PODS) <= set(known.resources)


async def test_what_the_role_does_not_allow_is_left_out_and_said(kube: FakeKube) -> None:
    rules = kube.users["reader"]
    assert rules is not None
    for _, rule in rules.rules:
        if "horizontalpodautoscalers" in rule.get("resources", []):
            rule["resources"] = []
        if "replicasets" in rule.get("resources", []):
            rule["resources"] = ["deployments", "statefulsets", "daemonsets"]
    pod = seeds.pod(
        "cart-7f3c-1",
        of=seeds.owner("ReplicaSet", "cart-7f3c"),
        labels={"pod-template-hash": "7f3c"},
        statuses=[seeds.crashing()],
        ready=False,
    )
    kube.put(pod, seeds.deployment(have=0, want=1))
    made = connector(kube, token="reader")
    async with Known(made) as known:
        await known.all()
        found = await polled(made, "api")
        assert "horizontalpodautoscalers, replicasets" in found[-1].note
        # A Deployment is found by the template's hash where its ReplicaSets are not to be seen.
        assert known.fault("CrashLoopBackOff").resource == "k8s:prod-1:deployment:shop/cart"


async def test_who_may_see_nothing_at_all_sweeps_nothing(kube: FakeKube) -> None:
    kube.users["nobody"] = rules_of([])
    async with Known(connector(kube, token="nobody")) as known:
        await known.until(lambda: len(known.broken) == 6)
        said = known.broken["workloads"]
        assert said.startswith("nothing may be looked at: the right to list ")
        assert said.endswith(" is lacking (403)")
        assert known.begun == 0


async def test_a_server_that_is_only_just_starting_is_asked_again(kube: FakeKube) -> None:
    for _ in range(20):
        kube.refuse_next(403, "Forbidden", "RBAC is not ready")
    async with Known(connector(kube)) as known:
        await known.all()
        assert set(PODS) <= set(known.resources)


async def test_a_wrong_token_is_said(kube: FakeKube) -> None:
    made = connector(kube, token="nobody")
    async with Known(made) as known:
        await known.until(lambda: len(known.broken) == 6)
        assert known.broken["nodes"] == "its token or certificate is not accepted (401)"
        for part in ("api", "services"):
            with pytest.raises(Permanent) as told:
                await polled(made, part)
            assert str(told.value) == known.broken["nodes"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('pods is forbidden: User "x" cannot list resource "pods" in API group "" at the cluster',
         "the right to list pods is lacking (403)"),
        ('User "x" cannot patch resource "a/scale" in API group "apps" in the namespace "s"',
         "the right to patch a/scale in namespace s is lacking (403)"),
        ('forbidden: User "x" cannot get path "/version"',
         "the right to get /version is lacking (403)"),
        ("admission says no", "admission says no (403)"),
    ],
)  # fmt: skip
def test_a_refusal_says_which_right_is_lacking(words: str, said: str) -> None:
    assert str(api.known(api.Refused(403, "Forbidden", words))) == said


async def test_a_context_that_is_not_there_is_said_alike_by_all_parts(
    kube: FakeKube, tmp_path: Path
) -> None:
    file = tmp_path / "config"
    file.write_text(
        "apiVersion: v1\nkind: Config\n"
        f"clusters: [{{name: c, cluster: {{server: '{kube.url}'}}}}]\n"
        "users: [{name: u, user: {token: admin}}]\n"
        "contexts: [{name: one, context: {cluster: c, user: u}},"
        " {name: two, context: {cluster: c, user: u}}]\n"
    )
    made = connector(kube, api_server="", token="", kubeconfig=str(file), context="three")
    async with Known(made) as known:
        await known.until(lambda: len(known.broken) == 6)
        with pytest.raises(Misconfigured) as told:
            await polled(made, "services")
    sentence = "kubeconfig has no context three; there are one, two"
    assert (told.value.setting, str(told.value)) == ("context", sentence)
    assert set(known.broken.values()) == {f"context: {sentence}"}


async def test_namespaces_are_asked_for_or_left_out(kube: FakeKube) -> None:
    kube.put(seeds.pod("x", "kube-system"), seeds.pod("y", "team-a"))
    async with Known(connector(kube, exclude_namespaces=["kube-system"])) as known:
        await known.all()
        assert "k8s:prod-1:pod:kube-system/x" not in known.resources
        assert asked(kube, "/api/v1/pods", fieldSelector="metadata.namespace!=kube-system")
    async with Known(connector(kube, namespaces=["team-a"])) as known:
        await known.all()
        pods = [each for each in known.resources if ":pod:" in each]
        assert pods == ["k8s:prod-1:pod:team-a/y"]
        assert asked(kube, "/namespaces/team-a/pods", watch="1")
    async with Known(connector(kube, namespaces=["team-*"])) as known:
        await known.all()
        assert [each for each in known.resources if ":pod:" in each] == pods


async def test_many_changes_of_one_pod_are_told_once(kube: FakeKube) -> None:
    made = connector(kube)
    made.pace = 0.2
    async with Known(made) as known:
        await known.all()
        told = known.told
        for n in range(50):
            pod = seeds.pod("p3")
            pod["metadata"]["annotations"] = {"touched": str(n)}
            kube.put(pod)
        kube.put(seeds.pod("last"))
        await known.until(lambda: "k8s:prod-1:pod:shop/last" in known.resources)
        assert known.told == told + 1


async def test_a_stream_that_is_begun_again_begins_anew(kube: FakeKube) -> None:
    made = connector(kube)
    for _ in range(2):
        told = made.stream()
        async for page in told:
            if page:
                break
        await told.aclose()  # type: ignore[attr-defined]
    await made.close()
    with pytest.raises(Transient):
        await polled(made, "services")
