"""Sign-in, and the SDK's clients: one session an account, few clients at a time, all of one loader,
all within time limits, by the proxy and with the authorities of the settings."""

from __future__ import annotations

import logging
import tempfile
from collections import OrderedDict
from pathlib import Path
from threading import RLock
from typing import Any

from integrations import _wire
from integrations.aws.errors import Refused, translated
from integrations.aws.models import loader
from integrations.aws.settings import AccountSettings, Source
from integrations.base import IntegrationError, Misconfigured, Permanent, Transient
from store import tls

MOST = 12
"""Clients that are held at a time; each has connections and a few MB."""
TRIES = 4
SESSION = "PixelView"

Key = tuple[str, str, str]


# It logs how credentials could not be renewed, with a traceback; we say it ourselves.
logging.getLogger("botocore.credentials").setLevel(logging.ERROR)


def _not_assumed(error: Exception, role: str) -> IntegrationError:
    """No call is left out because of it: nothing at all can be asked of the account."""
    said = translated(error, "sts:AssumeRole")
    if isinstance(said, Refused):
        return Permanent(f"the role {role} may not be assumed: {said}")
    return Transient(f"the role {role} can't be assumed: {said}")


class Clients:
    """Made when first asked for, in whichever thread; all methods may be called from several."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._roles: dict[str, AccountSettings] = {}
        self._sessions: dict[str, Any] = {}
        self._clients: OrderedDict[Key, Any] = OrderedDict()
        self._lock = RLock()
        self._bundle = ""

    def know(self, account: AccountSettings) -> None:
        """Which role to assume for an account's id; "" is the account one signs in to."""
        with self._lock:
            if self._roles.get(account.id) != account:
                self._roles[account.id] = account
                self._drop(account.id)

    def get(self, account: str, region: str, service: str) -> Any:
        """The client for a service; whatever the SDK raises."""
        key = (account, region, service)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._made(self._session(account), region, service)
                while len(self._clients) > MOST:
                    self._clients.popitem(last=False)[1].close()
            self._clients.move_to_end(key)
            return self._clients[key]

    def renew(self, account: str) -> None:
        """Sign in anew the next time: what there is has expired."""
        with self._lock:
            self._drop(account)

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
            self._sessions.clear()
            if self._bundle:
                Path(self._bundle).unlink(missing_ok=True)
                self._bundle = ""

    def regions(self, service: str) -> frozenset[str]:
        """The regions that the SDK knows a service to be in; none where it does not know."""
        with self._lock:
            session = self._session("")
            found: set[str] = set()
            for partition in session.get_available_partitions():
                found |= set(session.get_available_regions(service, partition))
            return frozenset(found)

    def _drop(self, account: str) -> None:
        self._sessions.pop(account, None)
        for key in [key for key in self._clients if key[0] == account]:
            self._clients.pop(key)  # its calls that are under way end by themselves

    def _session(self, account: str) -> Any:
        if account not in self._sessions:
            role = self._roles.get(account, AccountSettings(account))
            made = self._assumed(role) if role.role_arn else self._signed_in()
            self._sessions[account] = made
        return self._sessions[account]

    def _blank(self) -> Any:
        import boto3
        from botocore.session import Session

        profile = self._source.profile or None
        core = Session(profile=profile)
        core.register_component("data_loader", loader())
        return core, boto3.Session(botocore_session=core)

    def _signed_in(self) -> Any:
        core, session = self._blank()
        key, secret, token = self._source.keys
        if key:
            core.set_credentials(key, secret, token or None)
        return session

    def _assumed(self, role: AccountSettings) -> Any:
        from botocore import credentials

        def assume() -> dict[str, Any]:
            asked = {"RoleArn": role.role_arn, "RoleSessionName": SESSION}
            if role.external_id:
                asked["ExternalId"] = role.external_id
            signer = self._made(self._signed_in(), self._source.region, "sts")
            try:
                found = signer.assume_role(**asked)["Credentials"]
            except Exception as error:  # noqa: BLE001  whatever a library raises is told apart
                raise _not_assumed(error, role.role_arn) from None
            finally:
                signer.close()
            return {
                "access_key": found["AccessKeyId"],
                "secret_key": found["SecretAccessKey"],
                "token": found["SessionToken"],
                "expiry_time": found["Expiration"].isoformat(),
            }

        class Role(credentials.CredentialProvider):  # type: ignore[misc]
            METHOD = CANONICAL_NAME = "pixelview-role"

            def load(self) -> Any:
                return credentials.DeferredRefreshableCredentials(assume, self.METHOD)

        core, session = self._blank()
        core.register_component("credential_provider", credentials.CredentialResolver([Role()]))
        return session

    def _made(self, session: Any, region: str, service: str) -> Any:
        from botocore.config import Config

        source = self._source
        address = source.endpoint_url or f"https://{service}.{region}.amazonaws.com"
        asked = _wire.proxy(address)
        return session.client(
            service,
            region_name=region,
            endpoint_url=source.endpoint_url or None,
            verify=self._authorities(),
            config=Config(
                connect_timeout=source.number("connect_timeout"),
                read_timeout=source.number("read_timeout"),
                retries={"mode": "standard", "total_max_attempts": TRIES},
                proxies={"http": asked, "https": asked} if asked else {},
                max_pool_connections=int(source.number("threads")),
                user_agent_extra="PixelView",
                s3={"addressing_style": "path"} if source.endpoint_url else None,
            ),
        )

    def _authorities(self) -> str | None:
        """The file of the authorities to believe: the source's own, or the public ones with what
        the service believes beside; None leaves it to the SDK."""
        if own := self._source.ca_file:
            if not Path(own).is_file():
                raise Misconfigured(f"there is no file {own}", "ca_file")
            return own
        if not (beside := tls.beside()):
            return None
        if not self._bundle:
            from botocore.httpsession import where

            texts = [Path(each).read_text(encoding="utf-8") for each in (where(), *beside)]
            with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
                file.write("\n".join(texts))
            self._bundle = file.name
        return self._bundle
