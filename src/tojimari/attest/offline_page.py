"""One HTML file that checks statements without a network: opened from disk, it sends nothing.

It fetches nothing and allows itself nothing else (a content security policy by digest). Whose keys to
trust it does not bring: the reader gets them from the issuer's own address and hands them in.
"""

import base64
import hashlib
import html
import re
from importlib.resources import files

import msgspec

from tojimari.attest.claims import EVIDENCE
from tojimari.attest.refusal import REASONS
from tojimari.catalog import Catalog, Framework
from tojimari.model import BEST_FIRST, Lang

MAX_BYTES = 15_000
FILE_NAME = "tojimari-verify.html"
_PLACES = ("title", "about", "statement", "keys", "status", "audience", "nonce", "button")
_WORDS = ("holds", "holds_not_revoked", "refused", "by", "when", "devices", "paper", "made_for")
_INDENT = re.compile(r"^\s+|\s*//[^\n\"`]*$", re.MULTILINE)
_SPACED = re.compile(r" ?(=>|===|!==|&&|\|\||[,;{}=?:<>+]) ?")
"""Blanks beside a sign. No text of the script holds one: a test runs what comes out."""


def offline_page(catalog: Catalog, lang: Lang, framework: Framework | None = None) -> str:
    """Return the page in ``lang``: at most MAX_BYTES.

    framework: the one whose items it calls by their titles, where there is room for them.
    """
    made = _page(catalog, lang, framework)
    return made if len(made.encode()) <= MAX_BYTES else _page(catalog, lang, None)


def _page(catalog: Catalog, lang: Lang, framework: Framework | None) -> str:

    def say(key: str) -> str:
        return catalog.ui(f"proof.{key}").say(lang)

    items = {} if framework is None else {one.id: one.title.say(lang) for one in framework.items}
    words = {
        **{name: _raw(catalog, f"proof.{name}", lang) for name in (*_WORDS, "met_by", "only")},
        "why": {why: say(f"why.{why}") for why in REASONS},
        "kind": {kind: say(f"kind.{kind}") for kind in EVIDENCE},
        "state": {state: catalog.ui(f"state.{state}").say(lang) for state in BEST_FIRST},
        "items": items,
    }
    text = msgspec.json.encode(words).decode().replace("<", "\\u003c")
    short = _SPACED.sub(r"\1", _INDENT.sub("", _file("verify.js")))
    script = short.replace("@words@", text)
    style = _file("verify.css").replace("\n", "")
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    page = _file("verify.html").replace("@lang@", lang).replace("@csp@", policy)
    for place in _PLACES:
        page = page.replace(f"@{place}@", html.escape(say(f"page.{place}")))
    return page.replace("@style@", style).replace("@script@", script)


def _raw(catalog: Catalog, key: str, lang: Lang) -> str:
    """Return a text with its places as they are: the script fills them."""
    text = catalog.ui(key)
    return text.ja if lang == "ja" else text.en


def _file(name: str) -> str:
    return (files("tojimari.attest") / name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
