"""``tojimari incident verify``: whether an exported record of an incident is as it was written."""

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from tojimari.catalog import Catalog, load_for_words
from tojimari.cli.parts import parts_of
from tojimari.lib.printable import printable
from tojimari.model import Lang, TojimariError
from tojimari.respond.record.exported import Unreadable, open_exported
from tojimari.respond.record.verification import Verification, verify

CODES = {"whole": 0, "broken": 1, "unknown": 2}
SHOWN_AT_MOST = 20
_FILE_BYTES = 2_000_000
_DIGEST = (16, 64)
_NAME_LETTERS = 60


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Check a record. Returns 0 whole, 1 it breaks, 2 cannot tell."""
    catalog = load_for_words()
    printed = _printed(arguments.printed, catalog)
    keys, trusted = _keys(arguments.key, catalog), _trusted(arguments.ca, catalog)
    try:
        opened = open_exported(arguments.file)
    except Unreadable as error:
        raise _bad(catalog, error.why, arguments.file) from error
    except OSError as error:
        raise _unread(arguments.file, error) from error
    try:
        found = verify(opened, keys=keys, trusted=trusted, printed=printed)
        others = opened.others
    finally:
        opened.close()
    if arguments.format == "json":
        form = {"schema": "tojimari.verification/1", **msgspec.to_builtins(found)}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(form)).decode() + "\n")
    else:
        sys.stdout.write("\n".join(sentences(found, others, catalog, lang)) + "\n")
    return CODES[found.state]


def _bad(catalog: Catalog, why: str, file: Path) -> TojimariError:
    text = catalog.ui(f"verify.bad_{why}")
    return TojimariError(text.say("ja", file=str(file)), text.say("en", file=str(file)))


def _unread(file: Path, error: OSError) -> TojimariError:
    why = error.strerror or str(error)
    return TojimariError(
        f"{file}: 読めません ({why})。場所を確かめてください。",
        f"{file}: cannot be read ({why}). Check the place.",
    )


def _small_file(file: Path, catalog: Catalog, why: str) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(_FILE_BYTES + 1)
    except OSError as error:
        raise _unread(file, error) from error
    if len(data) > _FILE_BYTES:
        raise _bad(catalog, why, file)
    return data


def _keys(file: Path | None, catalog: Catalog) -> dict[str, Any] | None:
    if file is None:
        return None
    data = _small_file(file, catalog, "key")
    with parts_of("agent"):
        from tojimari.respond.record.head import read_keys
    try:
        found = read_keys(data)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise _bad(catalog, "key", file) from error
    if not found:
        raise _bad(catalog, "key", file)
    return found


def _trusted(file: Path | None, catalog: Catalog) -> list[Any]:
    if file is None:
        return []
    data = _small_file(file, catalog, "ca")
    with parts_of("timestamp"):
        from tojimari.respond.record.stamp import certificates
    try:
        return certificates(data)
    except ValueError as error:
        raise _bad(catalog, "ca", file) from error


def _printed(given: str, catalog: Catalog) -> str:
    text = "".join(given.split()).replace("-", "").lower()
    if given and not (
        _DIGEST[0] <= len(text) <= _DIGEST[1]
        and all(letter in "0123456789abcdef" for letter in text)
    ):
        bad = catalog.ui("verify.bad_printed")
        raise TojimariError(bad.say("ja"), bad.say("en"))
    return text


def sentences(
    found: Verification, others: tuple[str, ...], catalog: Catalog, lang: Lang
) -> list[str]:
    """Return what checking gave, in plain words: first whether it is whole, last what that means."""

    def say(key: str, **words: Any) -> str:
        return catalog.ui(f"verify.{key}").say(lang, **words)

    said = [_first(found, say)]
    if found.broken is None or found.digest:
        if found.signed != "false":
            said.append(say(f"signed_{found.signed}", covered=found.covered, kid=_plain(found.kid)))
        if found.signed in ("given", "own") and found.covered < found.lines:
            said.append(say("not_covered", number=found.covered + 1))
        if found.stamped != "false":
            at = f"{found.stamped_at:%Y-%m-%d %H:%M:%S} UTC" if found.stamped_at else ""
            said.append(say(f"stamped_{found.stamped}", line=found.stamped_line, at=at))
        if found.printed:
            said.append(say("printed", number=found.printed))
            if found.printed < found.lines:
                said.append(say("printed_part", number=found.printed + 1))
        if found.digest:
            said.append(say("digest", digest=found.digest))
    said += _gone(found, say)
    if others:
        names = ", ".join(map(_plain, others[:3]))
        said.append(say("others", n=len(others), names=names))
    return [*said, say("only")]


def _plain(name: str) -> str:
    return printable(name[:_NAME_LETTERS])


def _first(found: Verification, say: Any) -> str:
    if found.broken is not None:
        leaf = say(f"leaf_{found.broken.leaf}") if found.broken.leaf else ""
        why: str = say(f"why_{found.broken.why}", leaf=leaf)
        return str(say("broken", number=found.broken.number, why=why))
    if found.signed == "false":
        return str(say("broken_signature", why=say("signed_false")))
    if found.stamped == "false":
        return str(say("broken_signature", why=say("stamped_false")))
    if found.state == "unknown" and found.lost:
        return str(say("unknown_lost", n=found.lines))
    if found.state == "unknown" and found.vouched:
        return str(say("unknown_part", n=found.lines, vouched=found.vouched))
    return str(say(found.state, n=found.lines))


def _gone(found: Verification, say: Any) -> list[str]:
    said = [
        say(_erasure(leaf, known), number=number, leaf=say(f"leaf_{leaf}"))
        for number, leaf, known in found.checked.erased[:SHOWN_AT_MOST]
    ]
    if len(found.checked.erased) > SHOWN_AT_MOST:
        said.append(say("more", n=len(found.checked.erased) - SHOWN_AT_MOST))
    if found.checked.no_file:
        said.append(say("no_file", n=len(found.checked.no_file)))
    return said


def _erasure(leaf: str, known: bool) -> str:
    """Return the text for something that is not there. known: whether a line says it was erased."""
    if known:
        return "erased"
    return "erased_who" if leaf == "who" else "erased_unsaid"
