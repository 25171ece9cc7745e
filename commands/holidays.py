"""Public holidays of a country or a part of it, by the ``holidays`` package: its only user."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from functools import cache

from store.model.holidays import PublicHolidays


def dates(place: PublicHolidays, years: Iterable[int]) -> frozenset[date]:
    """The dates of these years, but for those in ``without``."""
    found = (of_year(place.country, place.region, year) for year in years)
    return frozenset().union(*found) - frozenset(place.without)


@cache
def of_year(country: str, region: str | None, year: int) -> frozenset[date]:
    """The dates of one year; none for a place that is not known."""
    import holidays

    try:
        return frozenset(holidays.country_holidays(country, subdiv=region, years=year))
    except NotImplementedError:
        return frozenset()


def unknown(place: PublicHolidays) -> tuple[str, str] | None:
    """What is wrong with a place, ``country`` or ``region``, and a sentence; None where nothing."""
    import holidays

    countries = holidays.list_supported_countries(include_aliases=True)
    if place.country not in countries:
        return "country", f"{place.country} is no country such as DE or US"
    regions = countries[place.country]
    if place.region is None or place.region in regions:
        return None
    if not regions:
        return "region", f"{place.country} has no regions with holidays of their own"
    near = get_close_matches(place.region, regions, 3, 0.4)
    some = ", ".join(near or regions[:12])
    return "region", f"{place.region} is no region of {place.country}: {some}"
