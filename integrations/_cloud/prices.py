"""What things cost a month, for findings that a cloud's own recommender does not price."""

from __future__ import annotations

from collections.abc import Mapping


class Prices:
    """Those of a list, described by ``said``, and before them those of the settings, with a day of
    their own. All of them in US dollars unless the settings' say otherwise."""

    def __init__(
        self, listed: Mapping[str, float], said: str, own: Mapping[str, float], own_day: str,
        currency: str = "USD",
    ) -> None:  # fmt: skip
        self._listed = listed
        self._own = {name.lower(): price for name, price in own.items()}
        self._day = own_day
        self._said = said
        self.currency = currency

    def of(self, what: str, times: float = 1.0) -> float | None:
        """A month of so many of it, None where its price is not known."""
        name = what.lower()
        price = self._own.get(name, self._listed.get(name))
        return price * times if price is not None else None

    @property
    def said(self) -> str:
        """Which prices were taken."""
        if self._own:
            return f"Prices of the settings{f' of {self._day}' if self._day else ''}; {self._said}"
        return self._said
