"""``tojimari verify``: whether a statement about a company holds. Nothing is fetched."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from tojimari.attest.own_list import in_order, item_titles
from tojimari.catalog import Catalog, load_catalog
from tojimari.cli.parts import parts_of
from tojimari.lib.printable import printable
from tojimari.model import BEST_FIRST, Lang, TojimariError

CODES = {"holds_not_revoked": 0, "holds": 0, "refused": 1}
_FILE_BYTES = 500_000
_LETTERS = 200


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Check a statement. Returns 0 it holds, 1 refused."""
    with parts_of("attest"):
        from tojimari.attest.keys import BadKeys, read_jwks
        from tojimari.attest.sd_jwt import Expected
        from tojimari.attest.statement import check
    catalog = load_catalog()
    text = _text(arguments.file)
    try:
        keys = read_jwks(_read(arguments.issuer_keys))
    except BadKeys as error:
        raise TojimariError(
            f"{arguments.issuer_keys}: 発行元の鍵の一覧 (JWKS) ではありません。発行元の住所の "
            "/.well-known/tojimari-statements.json から取り直してください。",
            f"{arguments.issuer_keys}: is no list of an issuer's keys (JWKS). Get it again from "
            "/.well-known/tojimari-statements.json at the issuer's own address.",
        ) from error
    asked = Expected(arguments.audience, arguments.nonce)
    found = check(
        text,
        keys,
        now=int(time.time()),
        expected=asked if arguments.audience or arguments.nonce else None,
        status=_text(arguments.status) if arguments.status else "",
    )
    if arguments.format == "json":
        form = {"schema": "tojimari.verdict/1", **msgspec.to_builtins(found)}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(form)).decode() + "\n")
    else:
        sys.stdout.write("\n".join(sentences(found, catalog, lang)) + "\n")
    return CODES[found.state]


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(_FILE_BYTES + 1)
    except OSError as error:
        why = error.strerror or str(error)
        raise TojimariError(
            f"{file}: 読めません ({why})。場所を確かめてください。",
            f"{file}: cannot be read ({why}). Check the place.",
        ) from error
    if len(data) > _FILE_BYTES:
        raise TojimariError(
            f"{file}: 大きすぎます (500 kBまで)。", f"{file}: is too large (500 kB at most)."
        )
    return data


def _text(file: Path) -> str:
    """Return a file's text; bytes that are no text make it no statement, not an error."""
    return _read(file).decode("utf-8", "replace")


def sentences(verdict: Any, catalog: Catalog, lang: Lang) -> list[str]:
    """Return a verdict in plain words: first whether it holds, last what a signature means."""

    def say(key: str, **words: Any) -> str:
        return catalog.ui(f"proof.{key}").say(lang, **words)

    if verdict.state == "refused":
        return [say("refused"), say(f"why.{verdict.why}")]
    said = verdict.statement
    day = verdict.as_of.date().isoformat() if verdict.as_of else ""
    known = "?" if said.devices.known is None else said.devices.known
    lines = [
        say(verdict.state, day=day),
        say("by", issuer=_plain(said.issuer), company=_plain(said.company)),
        say("when", as_of=said.as_of.isoformat(), until=said.expires.date().isoformat()),
        say("devices", seen=said.devices.seen, known=known),
    ]
    if said.paper:
        lines.append(say("paper"))
    if said.binding:
        to, number = _plain(said.binding.audience), _plain(said.binding.nonce)
        lines.append(say("made_for", audience=to, nonce=number))
    for state in BEST_FIRST:
        lines.append(f"  {catalog.ui(f'state.{state}').say(lang)}: {said.counts[state]}")
    for kind, n in said.met_by.items():
        lines.append(f"  {say('met_by', kind=say(f'kind.{kind}'))}: {n}")
    titles = item_titles(said.framework, catalog)
    for item in in_order(said.items, titles):
        word = catalog.ui(f"state.{item.state}").say(lang)
        title = titles[item.id].say(lang) if item.id in titles else _plain(item.id)
        lines.append(f"  {title}: {word} / {say(f'kind.{item.evidence}')}")
    return [*lines, say("only")]


def _plain(text: str) -> str:
    return printable(text[:_LETTERS])
