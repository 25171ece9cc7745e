"""How long tokens live, and how often somebody may ask, as ``pixelview.yaml`` says it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from commands.rules import tokens
from commands.rules.tokens import TokenRules


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TokenSettings(_Strict):
    """``life`` of a token with a role and ``intake_life`` of one of a monitor that name none:
    ``90d``, ``1y``, ``never``; ``warn`` are the days before its end at which that is told."""

    life: str = "1y"
    intake_life: str = "never"
    warn: tuple[int, ...] = (14, 3, 1)

    @field_validator("life", "intake_life")
    @classmethod
    def _a_life(cls, value: str) -> str:
        tokens.life(value)
        return value

    @field_validator("warn")
    @classmethod
    def _days(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= days <= 365 for days in value):
            raise ValueError("write days, such as [14, 3, 1]")
        return value

    def rules(self) -> TokenRules:
        """As the rules take them."""
        return TokenRules(tokens.life(self.life), tokens.life(self.intake_life), self.warn)


class LimitSettings(_Strict):
    """How often somebody may ask, a minute; 0 is without limit.

    ``api`` is for each token of a program, ``intake`` for each of a monitor (a storm of its alerts
    is legitimate: no limit unless it is set), ``sign_in`` for each address that signs in or opens a
    link. After ``failures`` wrong tokens or links an address waits, longer each time, up to
    ``longest`` seconds. ``pages`` are the incidents that one opens by hand in ten minutes.
    """

    api: int = Field(1200, ge=0, le=1_000_000)
    intake: int = Field(0, ge=0, le=1_000_000)
    sign_in: int = Field(60, ge=0, le=100_000)
    failures: int = Field(20, ge=0, le=10_000)
    longest: int = Field(300, ge=1, le=86_400)
    pages: int = Field(30, ge=0, le=10_000)
