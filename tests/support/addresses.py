"""Every address of the portal, and how its blanks are filled."""

import re

from django.urls import URLPattern, URLResolver, get_resolver


def routes(resolver=None, prefix=""):
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.namespace != "api" and not route.startswith("accounts/"):
                yield from routes(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.name


def filled(route: str, ids: dict) -> str:
    def put(match: re.Match) -> str:
        return str(ids.get(match.group(2), "wrong-secret"))

    return "/" + re.sub(r"<(\w+:)?(\w+)>", put, route).replace("\\Z", "")
