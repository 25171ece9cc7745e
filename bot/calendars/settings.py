"""How calendars from outside are asked, as ``pixelview.yaml`` says it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CalendarSettings(BaseModel):
    """``interval`` is in minutes, ``timeout`` in seconds, ``max_size`` in bytes. Addresses in
    private networks, and plain http, are asked with ``private_addresses`` alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    interval: int = Field(15, ge=1, le=1440)
    timeout: int = Field(20, ge=1, le=120)
    max_size: int = Field(5 << 20, ge=1024, le=64 << 20)
    private_addresses: bool = False
