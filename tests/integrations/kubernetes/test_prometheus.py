"""Disk I/O, throttling and volumes from a Prometheus beside the cluster."""

from __future__ import annotations

from collections import Counter

import pytest
from aiohttp import web

from integrations.base import Transient
from store.model.resource import Sample
from tests.integrations.kubernetes.listening import Known, connector, polled
from tests.support.kube import FakeKube, seeds
from tests.support.pagers.server import Standin


class FakePrometheus(Standin):
    """Answers instant queries; ``values`` by the metric a query begins its sums with."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[str] = []
        self.seen: Counter[str] = Counter()

    def routes(self) -> list[web.RouteDef]:
        """The one address that is used."""
        return [web.post("/prom/api/v1/query", self._query)]

    async def _query(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer prom":
            return web.Response(status=401)
        query = str((await request.post())["query"])
        self.queries.append(query)
        if "kubelet_volume_stats" in query:
            result = [_row("91.5", persistentvolumeclaim="orders")]
        elif "fs_reads" in query:
            result = [_row("1000", pod="cart-1"), _row("500", pod="cart-2"), _row("9", pod="gone")]
        elif query.startswith("100 *"):
            result = [_row("12.5", pod="cart-1"), _row("NaN", pod="cart-2")]
        else:
            result = []
        return web.json_response({"status": "success", "data": {"result": result}})


def _row(value: str, **labels: str) -> dict[str, object]:
    return {"metric": {"namespace": "shop", **labels}, "value": [1_795_700_000, value]}


async def test_workloads_and_volumes_have_what_prometheus_knows() -> None:
    async with FakeKube() as kube, FakePrometheus() as prometheus:
        rs = seeds.owner("ReplicaSet", "cart-7f3c")
        kube.put(
            seeds.deployment(), seeds.replicaset("cart-7f3c", "cart"),
            seeds.pod("cart-1", of=rs), seeds.pod("cart-2", of=rs),
        )  # fmt: skip
        made = connector(
            kube, prometheus_url=f"{prometheus.url}/prom", prometheus_token="prom",
            prometheus_selector='cluster="prod-1"',
        )  # fmt: skip
        async with Known(made) as known:
            await known.all()
            found = [each for each in await polled(made, "metrics") if isinstance(each, Sample)]
            values = {(each.resource, each.metric): each.value for each in found}
            cart = "k8s:prod-1:deployment:shop/cart"
            assert values[cart, "disk_read"] == 1500
            assert values[cart, "throttled_share"] == 12.5
            assert values["k8s:prod-1:volume:shop/orders", "disk"] == 91.5
            assert all('{cluster="prod-1"}' in each for each in prometheus.queries)
            prometheus.answer_next(503, "busy")
            with pytest.raises(Transient, match="Prometheus answers 503"):
                await polled(made, "metrics")
