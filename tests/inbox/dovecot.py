"""A real Dovecot on loopback, with one user's mailbox in a folder of its own."""

from __future__ import annotations

import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.service import free_port
from tests.inbox import certificate

PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
MISSING = "" if PROGRAM and os.getuid() == 0 else "dovecot-imapd is not here, or we are not root"
USER, PASSWORD = "alerts", "sesame"
_OWNER = 65_534

_CONF = """
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
default_vsz_limit = 512M
auth_failure_delay = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
"""


class Dovecot:
    """Started in the foreground, and ended by its id."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pv-dovecot-"))
        self.folder.chmod(0o755)
        self.port, self.tls = free_port(), free_port()
        self.cert, key = certificate.write(self.folder)
        mail = self.folder / "mail"
        mail.mkdir()
        os.chown(mail, _OWNER, _OWNER)
        self._conf = self.folder / "dovecot.conf"
        self._conf.write_text(
            _CONF.format(folder=self.folder, cert=self.cert, key=key, password=PASSWORD,
                         owner=_OWNER, port=self.port, tls=self.tls)
        )  # fmt: skip
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        assert PROGRAM is not None
        self._running = subprocess.Popen([PROGRAM, "-F", "-c", str(self._conf)])
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "dovecot.log").read_text()[-2000:])

    def stop(self) -> None:
        """Stop it; the mail stays."""
        if self._running is not None:
            self._running.terminate()
            self._running.wait(20)
            self._running = None

    def end(self) -> None:
        """Stop it and take its folder away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self) -> imaplib.IMAP4:
        """Somebody who reads the mailbox with a mail program."""
        found = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        found.login(USER, PASSWORD)
        return found

    def deliver(self, *mails: bytes, folder: str = "INBOX") -> None:
        """Put mails in, as a mail server would."""
        client = self.client()
        for raw in mails:
            client.append(folder, "", "", raw.replace(b"\n", b"\r\n"))
        client.logout()

    def flags(self, folder: str = "INBOX") -> list[tuple[str, ...]]:
        """The flags of each mail of a folder, in order."""
        client = self.client()
        status, _ = client.select(folder, readonly=True)
        if status != "OK":
            client.logout()
            return []
        _, found = client.fetch("1:*", "(FLAGS)")
        client.logout()
        return [
            tuple(flag.decode() for flag in imaplib.ParseFlags(each) if flag != b"\\Recent")
            for each in found
            if isinstance(each, bytes)
        ]
