"""Listens for signed events of PixelView and hands each on as pixelview.event, once."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from st2reactor.sensor.base import Sensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "actions"))

from lib.pixelview_api import check, event_of

TRIGGER = "pixelview.event"
LARGEST = 256 * 1024
REMEMBERED = 10_000
PATIENCE = 10
"""Seconds a sender may take over a request."""


class EventSensor(Sensor):
    """A body that PixelView did not sign is answered 401; one that was told before, 200."""

    def __init__(self, sensor_service, config=None):
        super().__init__(sensor_service=sensor_service, config=config)
        self._log = sensor_service.get_logger(name="EventSensor")
        self._server, self._ended = None, threading.Event()
        self._told, self._lock = OrderedDict(), threading.Lock()

    def setup(self):
        """Listen, where it is configured."""
        port, secret = int(self._config.get("listen_port") or 0), self._config.get("secret") or ""
        if not port or not secret:
            self._log.info("listen_port and secret are not both configured: nothing listens")
            return
        host = self._config.get("listen_host") or "127.0.0.1"
        self._server = ThreadingHTTPServer((host, port), _handler(self, secret))
        self._server.daemon_threads = True

    def run(self):
        """Answer until the end."""
        if self._server is None:
            self._ended.wait()
        else:
            self._server.serve_forever(poll_interval=0.05)

    def cleanup(self):
        """Listen no more."""
        self._ended.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def add_trigger(self, trigger):
        """One trigger is told of everything."""

    def update_trigger(self, trigger):
        """One trigger is told of everything."""

    def remove_trigger(self, trigger):
        """One trigger is told of everything."""

    def take(self, marks, event):
        """Hand an event on, unless one of its marks was told; they are forgotten again where
        StackStorm did not take it."""
        with self._lock:
            if any(mark in self._told for mark in marks):
                return
            self.sensor_service.dispatch(trigger=TRIGGER, payload=event)
            self._told.update(dict.fromkeys(marks, True))
            while len(self._told) > REMEMBERED:
                self._told.popitem(last=False)


def _handler(sensor, secret):
    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_POST(self):
            """One event."""
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > LARGEST:
                self._answer(413 if length.isdigit() else 411, "the length is missing or too large")
                return
            body, headers = self.rfile.read(int(length)), self.headers
            given = headers.get("X-PixelView-Signature", "")
            sent = headers.get("X-PixelView-Timestamp", "")
            wrong = check(secret, given, sent, body, time.time())
            if wrong:
                self._answer(401, wrong)
                return
            try:
                event = event_of(json.loads(body))
            except ValueError as error:
                self._answer(400, str(error))
                return
            # what is signed is told once, whatever stands in the headers beside
            told = headers.get("X-PixelView-Delivery", ""), event.get("delivery"), given
            sensor.take([str(mark) for mark in told if mark], event)
            self._answer(202, "")

        def _answer(self, status, error):
            body = json.dumps({"error": error} if error else {"ok": True}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format, *args):
            """StackStorm's log is enough."""

    return Handler
