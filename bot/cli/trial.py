"""``python -m bot try``: how one webhook body would be read, without a server or a database."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, TextIO

import integrations
from integrations._http import unfold
from integrations.base import Malformed, Misconfigured, Receiver, Request
from store.clock import SystemClock
from store.model import AlertReading

LIMIT = 16 * 1024 * 1024
"""The most bytes one body may have or unfold to."""

_GZIP = b"\x1f\x8b"


def run(argv: list[str], out: TextIO = sys.stdout, err: TextIO = sys.stderr) -> int:
    """Print one JSON object per alert to ``out`` and give 0.

    What can't be read gives 2 and one JSON object ``{"error","where"}`` on ``err``.
    """
    try:
        asked = _arguments(argv)
        receiver = _receiver(asked.integration)
        alerts = receiver.read(_request(_body(asked.file), asked.content_type)).alerts
    except Malformed as error:
        return _refuse(err, error.error, error.where)
    except Misconfigured as error:
        return _refuse(err, str(error), error.setting)
    for alert in alerts:
        _say(out, printed(asked.integration, alert))
    return 0


def printed(source: str, alert: AlertReading) -> dict[str, Any]:
    """One alert as people and programs see it; instants in milliseconds."""
    return {
        "source": source,
        "type": alert.type,
        "key": alert.key,
        "status": alert.status,
        "severity": alert.severity,
        "severity_raw": alert.severity_raw,
        "title": alert.title,
        "description": alert.description,
        "resource": alert.resource,
        "labels": dict(alert.labels),
        "links": [{"name": link.name, "url": link.url} for link in alert.links],
        "starts_at": alert.starts_at,
        "ends_at": alert.ends_at,
    }


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Malformed(message, "arguments")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="python -m bot try", description=__doc__)
    parser.add_argument("integration", help="who sent it: alertmanager, webhook, …")
    parser.add_argument("file", type=Path, help="the body as it came, gzip or plain")
    parser.add_argument("--content-type", default="application/json", metavar="T")
    return parser.parse_args(argv)


def _receiver(name: str) -> Receiver:
    found = integrations.load(name)
    if found is None:
        raise Malformed(_unknown(name), "integration", 404)
    if not isinstance(found, Receiver):
        raise Malformed(f"{name} receives no webhooks", "integration", 404)
    return found


def _body(file: Path) -> bytes:
    try:
        found = file.read_bytes()
    except OSError as error:
        raise Malformed(f"{file}: {error.strerror}", "file") from error
    packed = file.suffix == ".gz" or found.startswith(_GZIP)
    return unfold(found, "gzip" if packed else "", LIMIT)


def _request(body: bytes, content_type: str) -> Request:
    return Request(
        body=body,
        content_type=content_type.partition(";")[0].strip().lower(),
        headers={"content-type": content_type},
        received_at=SystemClock().now(),
    )


def _unknown(name: str) -> str:
    problem = integrations.problems().get(name)
    if problem:
        return f"the integration {name} {problem}"
    return f"no integration {name!r}; there are {', '.join(integrations.names())}"


def _refuse(err: TextIO, error: str, where: str) -> int:
    _say(err, {"error": error, "where": where})
    return 2


def _say(to: TextIO, what: Mapping[str, Any]) -> None:
    to.write(json.dumps(what, ensure_ascii=False) + "\n")
