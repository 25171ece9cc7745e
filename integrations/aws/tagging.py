"""Tags of many resources at once by the tagging API, for services that don't list them."""

from __future__ import annotations

from integrations.aws.place import Place
from integrations.aws.reading import parts, tags, text


async def of(place: Place, *types: str) -> dict[str, dict[str, str]]:
    """ARN → tags of everything here of these types (``lambda:function``); empty where the tagging
    API may not be asked."""
    found: dict[str, dict[str, str]] = {}
    async for page in place.pages(
        "resourcegroupstaggingapi", "GetResources", ResourceTypeFilters=list(types),
        ResourcesPerPage=100,
    ):  # fmt: skip
        for each in parts(page, "ResourceTagMappingList"):
            found[text(each.get("ResourceARN"))] = tags(each.get("Tags"))
    return found
