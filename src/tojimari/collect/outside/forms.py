"""Where the forms of a page send what people write into them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tojimari.collect.outside.addresses import meant
from tojimari.collect.outside.visit import Page

_FORMS_AT_MOST = 500
_FIELDS_AT_MOST = 2_000
_LINE = "input:not([type]), input[type=text i]"
_PASSWORD = "input[type=password i]"  # noqa: S105  # a selector
# Fields that hold what should not be read on the way.
_PERSONAL = (
    f"{_LINE}, {_PASSWORD}, input[type=email i], input[type=tel i], input[type=number i], "
    "input[type=date i], input[type=file i], select, textarea"
)
# Where there is one that names an address, it sends there instead (HTML Standard, 4.10.18.6).
_SENDER = "button[formaction], input[type=submit i][formaction], input[type=image i][formaction]"
_ANY = "input, select, textarea, button"


class Form(msgspec.Struct, frozen=True):
    """A form in which people write something.

    Attributes:
        to: scheme and host it sends to; of several the one that is not encrypted.
        secret: has a password field.
        open: sent without encryption, or filled in on a page that others could change on its way.
    """

    to: str
    secret: bool
    open: bool


def forms(page: Page) -> Iterator[Form]:
    """Yield the forms in which people write something; those that only search are left out."""
    elsewhere = _elsewhere(page)
    on_open_page = urlsplit(page.reply.url).scheme == "http"
    for form in page.tree.css("form")[:_FORMS_AT_MOST]:
        # Of forms with one id the first has them.
        name = form.attributes.get("id")
        outer = elsewhere.pop(name, []) if name else []
        fields = _those(form, outer, _PERSONAL)
        if not fields or _searches(form, fields):
            continue
        senders = _those(form, outer, _SENDER)
        written = [one.attributes.get("formaction") or "" for one in senders[:_FIELDS_AT_MOST]]
        if (form.attributes.get("method") or "").strip().lower() == "dialog" and not written:
            continue  # closes a window on the page and sends nothing
        targets = [_target(page, one) for one in [form.attributes.get("action") or "", *written]]
        open_ = next((one for one in targets if one.startswith("http:")), "")
        yield Form(
            to=open_ or targets[0],
            secret=any(one.css_matches(_PASSWORD) for one in fields),
            open=bool(open_) or on_open_page,
        )


def _elsewhere(page: Page) -> dict[str, list[Any]]:
    """Return the fields and buttons that say themselves which form they belong to, by its id."""
    found: dict[str, list[Any]] = {}
    for node in page.tree.css("[form]")[:_FIELDS_AT_MOST]:
        if node.css_matches(_ANY):
            found.setdefault(node.attributes.get("form") or "", []).append(node)
    return found


def _those(form: Any, outer: list[Any], selector: str) -> list[Any]:
    # One that names a form belongs to that one alone, wherever it stands.
    inner = [one for one in form.css(selector) if "form" not in one.attributes]
    return inner + [one for one in outer if one.css_matches(selector)]


def _searches(form: Any, fields: list[Any]) -> bool:
    """Say whether a form only searches: it says so, or asks for one line of text with GET."""
    if (form.attributes.get("role") or "").strip().lower() == "search":
        return True
    method = (form.attributes.get("method") or "get").strip().lower()
    return len(fields) == 1 and fields[0].css_matches(_LINE) and method == "get"


def _target(page: Page, written: str) -> str:
    """Return scheme and host of where a form sends; without an address that is the page itself."""
    url = meant(page.base, written) if written.strip() else page.reply.url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" if url else ""
