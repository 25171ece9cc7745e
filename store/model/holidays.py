"""Public holidays by name: the dates follow from the year, so none stand in a version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """Those of a country (ISO 3166, ``DE``) and, where given, of a part of it (``BY``), but for
    the dates in ``without``."""

    country: str
    region: str | None = None
    without: tuple[date, ...] = ()

    @property
    def place(self) -> str:
        """``DE`` or ``DE-BY``."""
        return f"{self.country}-{self.region}" if self.region else self.country
