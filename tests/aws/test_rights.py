"""The policies that are shipped allow what the connector can ask and do, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integrations.aws import ACTIONS, models, rights

FOLDER = Path(__file__).parents[2] / "deploy" / "aws"
HUB = {"sts", "organizations"}
LOOKS = rights.actions({k: v for k, v in rights.LOOKS.items() if k not in HUB})
DEEDS = rights.actions(rights.DEEDS)


def allowed(name: str) -> set[str]:
    """The actions of a policy."""
    policy = json.loads((FOLDER / name).read_text())
    assert all(each["Effect"] == "Allow" for each in policy["Statement"])
    return {action for each in policy["Statement"] for action in each["Action"]}


def test_the_policies_allow_what_is_asked_and_nothing_else() -> None:
    assert allowed("read-policy.json") == LOOKS
    assert allowed("actions-policy.json") == DEEDS
    assert allowed("hub-policy.json") == rights.actions({name: rights.LOOKS[name] for name in HUB})
    assert not any("*" in each for each in LOOKS | DEEDS)


def test_the_template_of_the_role_allows_the_same() -> None:
    text = (FOLDER / "role.yaml").read_text()
    listed = set(re.findall(r"^ +- ([a-z0-9-]+:[A-Za-z0-9]+)$", text, re.MULTILINE))
    assert listed == LOOKS | DEEDS
    acts = text.index("  Acts:\n    Type")
    assert all(text.index(f"- {each}\n") > acts for each in DEEDS)


def test_what_only_looks_changes_nothing() -> None:
    looking = re.compile(r"[a-z0-9-]+:(?:Describe|Get|List|Lookup|Filter)[A-Z]\w+")
    assert all(looking.fullmatch(each) for each in LOOKS)
    assert {each.name for each in ACTIONS} == {"aws.reboot", "aws.start", "aws.stop", "aws.scale"}


def test_a_model_is_cut_down_to_the_calls_that_are_made() -> None:
    model: dict[str, Any] = {
        "metadata": {"serviceId": "It"},
        "operations": {
            "ListThings": {"output": {"shape": "Out"}, "documentation": "<p>long</p>"},
            "DeleteThings": {"input": {"shape": "Gone"}},
        },
        "shapes": {
            "Out": {"type": "structure", "members": {"documentation": {"shape": "Text"}}},
            "Text": {"type": "string", "documentation": "<p>long</p>"},
            "Gone": {"type": "structure", "members": {}},
        },
    }
    found = models.cut(model, frozenset({"ListThings"}))
    assert found["operations"] == {"ListThings": {"output": {"shape": "Out"}}}
    assert set(found["shapes"]) == {"Out", "Text"}
    assert found["shapes"]["Text"] == {"type": "string"}
    assert "documentation" in found["shapes"]["Out"]["members"]


def test_importing_the_integration_imports_no_sdk() -> None:
    code = """
import sys
import integrations.aws, integrations.aws.connector
integrations.aws.inventory("x", {})
print([each for each in sys.modules if each.startswith(("boto", "moto"))])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=FOLDER.parents[1],
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_sdk_has_every_call_and_can_make_no_other() -> None:
    from integrations.aws.clients import Clients
    from integrations.aws.settings import source

    clients = Clients(source("x", {"access_key": "a", "secret_key": "b"}))
    for service in {*rights.LOOKS, *rights.DEEDS}:
        known = clients.get("", "us-east-1", service).meta.method_to_api_mapping
        assert set(known.values()) == set(rights.operations(service)), service
    held = {str(each).split("/")[0] for key in models.loader()._cache for each in key[1:]}
    assert not held & set(rights.LOOKS), "whole models are held beside the cut ones"
    clients.close()
