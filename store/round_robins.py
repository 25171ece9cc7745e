"""Whose turn it is: one pointer for each step that asks in turn, shared by all incidents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from store.db import Tx
from store.tables import ROUND_ROBINS


def peek(tx: Tx, policy: str, step: int) -> int:
    """How often the step has asked so far."""
    return int(tx.run("turn", _turn, b_policy=policy, b_step=step).scalar() or 0)


def take(tx: Tx, policy: str, step: int) -> int:
    """The turn of this asking, from 0; nobody else gets the same one."""
    tx.insert_new(ROUND_ROBINS, [(policy, step, 0)])
    return int(tx.run("take turn", _take, b_policy=policy, b_step=step).scalar_one()) - 1


def _turn() -> Any:
    return select(ROUND_ROBINS.c.next).where(_mine())


def _take() -> Any:
    number = ROUND_ROBINS.c.next
    return ROUND_ROBINS.update().where(_mine()).values(next=number + 1).returning(number)


def _mine() -> Any:
    mine = ROUND_ROBINS.c.policy == bindparam("b_policy")
    return mine & (ROUND_ROBINS.c.step == bindparam("b_step"))
