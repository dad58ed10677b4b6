"""Texts of the portal in the reader's language; the catalog's own texts come from the catalog."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from tojimari.catalog import Catalog, load_catalog
from tojimari.catalog.read import parse_yaml
from tojimari.model import Lang, Text

FOLDER = Path(__file__).parent / "texts"


@cache
def catalog() -> Catalog:
    """Return the catalog, loaded once a process."""
    return load_catalog()


@cache
def texts() -> dict[str, Text]:
    """Return every text of the portal by its key.

    Raises ValueError for a key given twice, here or by the catalog: one would stand where the
    other belongs.
    """
    found: dict[str, Text] = {}
    others = catalog().content.ui
    for path in sorted(FOLDER.glob("*.yaml")):
        for key, text in msgspec.convert(parse_yaml(path.read_bytes()), dict[str, Text]).items():
            if key in found or key in others:
                raise ValueError(f"{path.name}: {key} is given twice")
            found[key] = text
    return found


def current_lang() -> Lang:
    """Return the language of the request being answered; Japanese unless English was chosen."""
    return "en" if (get_language() or "ja").startswith("en") else "ja"


def say(key: str, lang: Lang | None = None, **numbers: object) -> str:
    """Return the portal's text ``key``, or the catalog's where the portal has none.

    Raises KeyError when neither has it.
    """
    lang = lang or current_lang()
    text = texts().get(key)
    return (text or catalog().ui(key)).say(lang, **numbers)


def context(request: HttpRequest) -> dict[str, Any]:
    """Give every template the language, the other one, and where it runs."""
    lang = current_lang()
    return {"lang": lang, "local": settings.LOCAL, "public_url": settings.PUBLIC_URL}
