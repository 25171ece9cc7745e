"""clouds.yaml as the OpenStack tools read it; certificates are checked whatever it says."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from integrations.base import Misconfigured
from integrations.openstack.reach import Unanswered
from tests.openstack.looking import looking
from tests.security.authority import Authority

CLOUDS = """
clouds:
  prod:
    auth:
      auth_url: {url}/identity/v3
      username: bot
      project_name: demo
      user_domain_name: Default
      project_domain_name: Default
    {more}
"""
SECURE = "clouds: {prod: {auth: {password: hunter2-not}}}"


async def test_a_cloud_of_clouds_yaml_with_its_secrets_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "clouds.yaml"
    file.write_text("clouds: {}")
    (tmp_path / "secure.yaml").write_text(SECURE)
    async with looking(auth_url="", cloud="prod", clouds_file=str(file)) as eye:
        file.write_text(CLOUDS.format(url=eye.cloud.url, more="region_name: RegionOne"))
        assert len((await eye.look("servers")).resources) == 3
        assert (await eye.connector.parts())[0].name == "api"


async def test_a_cloud_that_is_not_in_the_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "clouds.yaml"
    file.write_text("clouds: {}")
    async with looking(auth_url="", cloud="prod", clouds_file=str(file)) as eye:
        with pytest.raises(Misconfigured, match="prod"):
            await eye.look("servers")


async def test_a_file_that_would_believe_any_certificate_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "clouds.yaml"
    file.write_text("clouds: {}")
    (tmp_path / "secure.yaml").write_text(SECURE)
    async with looking(auth_url="", cloud="prod", clouds_file=str(file)) as eye:
        file.write_text(CLOUDS.format(url=eye.cloud.url, more="verify: false"))
        with pytest.raises(Misconfigured, match="verify: false"):
            await eye.look("servers")


async def test_the_certificate_is_checked_against_the_authority_that_is_named(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path)
    pair = authority.pair("127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.cert, pair.key)
    async with looking(tls=context, ca_file=str(authority.root)) as eye:
        assert len((await eye.look("servers")).resources) == 3
    async with looking(tls=context) as eye:
        with pytest.raises(Unanswered) as error:
            await eye.look("servers")
        assert error.value.how == "tls"
