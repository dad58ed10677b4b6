"""What an exported record proves: its chain, its signed heads, its time stamps.

It says no more than it checked: a signature under a key that came with the file shows only that
one key signed, not whose it is. Whoever writes a record anew signs it with a key of their own and
puts that into the file, so such a signature makes nothing sure.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from tojimari.respond.record.chain import Break, Checked, check_lines
from tojimari.respond.record.exported import Opened, SignedHead

State = Literal["whole", "broken", "unknown"]
Signed = Literal["none", "given", "own", "unknown_key", "unchecked", "false"]
"""Whether heads are signed: there is none; by a key that was given; by one the file itself brings;
by one that nobody named; nothing here can check it; the signature is false."""
Stamped = Literal["none", "trusted", "unchecked", "false"]
"""Whether a head is stamped: no; by somebody under the given certificates; who stamped it is under
none of them, or nothing here can check it; the stamp is over something else, or false."""


class Verification(msgspec.Struct, frozen=True):
    """What checking an exported record gave.

    Attributes:
        state: whole; broken; or unknown, where the lines fit together and nothing tells more.
        vouched: up to which line a given key, or the digest of a paper or mail, tells that the
            lines are as written; 0 for none.
        lost: whether something is not there and no line says that it was erased; the names of
            writers are not meant, for they go with their accounts.
        lines: how many there are.
        broken: where it breaks; None where the lines are whole.
        digest: of the last line; "" for none.
        signed: of the newest head that counts; ``covered``: up to which line it reaches.
        kid: the key it names.
        stamped: of the newest stamp; ``stamped_at`` and ``stamped_line``: when, and up to which
            line.
        printed: whether the digest from a paper or mail is that of a line, and of which; None where
            none was given, 0 where it is of no line.
    """

    state: State
    lines: int
    checked: Checked
    broken: Break | None = None
    digest: str = ""
    signed: Signed = "none"
    covered: int = 0
    kid: str = ""
    stamped: Stamped = "none"
    stamped_at: datetime | None = None
    stamped_line: int = 0
    printed: int | None = None
    vouched: int = 0
    lost: bool = False


class _Heads(msgspec.Struct):
    signed: Signed = "none"
    covered: int = 0
    kid: str = ""
    broken: Break | None = None
    good: list[tuple[int, SignedHead]] = []


def verify(
    opened: Opened,
    *,
    keys: Mapping[str, Any] | None = None,
    trusted: Sequence[Any] = (),
    printed: str = "",
) -> Verification:
    """Return what an export proves.

    keys: the portal's keys, from elsewhere than the file; None where nobody gave any.
    trusted: certificates of those whose time stamps count.
    printed: a digest from a paper or mail, or its beginning; "" for none.
    """
    exported = opened.exported
    checked = check_lines(exported.record, exported.lines, opened.file_digest)
    digests = checked.digests
    if checked.broken is not None:
        return Verification("broken", len(exported.lines), checked, checked.broken)
    heads = _check_heads(opened, digests, keys)
    stamped, at, line = _check_stamps(heads.good, trusted)
    found = _printed(printed, digests)
    broken = heads.broken
    if broken is None and found == 0:
        broken = Break(len(digests) + 1, "not_as_printed")
    # A paper that names the last line tells as much about the end as a signature does.
    vouched = max(heads.covered if heads.signed == "given" else 0, found or 0)
    lost = _lost(opened, checked)
    sure = 0 < vouched == len(digests) and not lost
    false = heads.signed == "false" or stamped == "false"
    return Verification(
        "broken" if broken or false else "whole" if sure else "unknown",
        len(exported.lines),
        checked,
        broken,
        digests[-1] if digests else "",
        heads.signed,
        heads.covered,
        heads.kid,
        stamped,
        at,
        line,
        found,
        vouched,
        lost,
    )


def _lost(opened: Opened, checked: Checked) -> bool:
    """Return whether something was taken out of an export without a line that says so.

    Bare JSON never holds the files.
    """
    unsaid = any(leaf != "who" and not said for _, leaf, said in checked.erased)
    return unsaid or (opened.archive is not None and bool(checked.no_file))


def _printed(printed: str, digests: Sequence[str]) -> int | None:
    """Return the line whose digest begins like a printed one; 0 for none, None if none was given."""
    if not printed:
        return None
    return next((n for n, one in enumerate(digests, 1) if one.startswith(printed)), 0)


def _check_heads(opened: Opened, digests: Sequence[str], keys: Mapping[str, Any] | None) -> _Heads:
    found = _Heads()
    exported = opened.exported
    if not exported.heads:
        return found
    try:
        from tojimari.respond.record import head
    except ImportError:
        return _Heads("unchecked")
    own: Mapping[str, Any] = {}
    if keys is None:
        try:
            own = head.read_keys(msgspec.json.encode(exported.keys))
        except (ValueError, msgspec.MsgspecError):
            own = {}
    for one in exported.heads:
        try:
            said = head.read_head(one.jws, keys if keys is not None else own)
            kid = head.kid_of(one.jws)
            if said is None:
                if found.signed == "none":
                    found.signed, found.kid = "unknown_key", kid
                said = head.unverified(one.jws)
            else:
                found.signed = "given" if keys is not None else "own"
                found.kid = kid
                found.covered = max(found.covered, said.number)
                found.good.append((said.number, one))
        except head.BadHead:
            return _Heads("false")
        found.broken = found.broken or _against(said, exported.record, digests)
    return found


def _against(said: Any, record: str, digests: Sequence[str]) -> Break | None:
    """Return where lines are not those that were signed; a head nobody can check counts as well."""
    if said.record != record:
        return Break(max(1, said.number), "other_incident")
    if said.number > len(digests):
        return Break(len(digests) + 1, "cut")
    if said.number < 1 or digests[said.number - 1] != said.digest:
        return Break(max(1, said.number), "not_signed_so")
    return None


def _check_stamps(
    heads: Sequence[tuple[int, SignedHead]], trusted: Sequence[Any]
) -> tuple[Stamped, datetime | None, int]:
    stamped = [(number, one) for number, one in heads if one.stamp]
    if not stamped:
        return "none", None, 0
    if not trusted:
        return "unchecked", None, 0
    try:
        from tojimari.respond.record import stamp
    except ImportError:
        return "unchecked", None, 0
    newest: tuple[datetime, int] | None = None
    for number, one in stamped:
        try:
            at = stamp.stamped_at(one.stamp_bytes(), one.jws.encode(), trusted)
        except stamp.OtherSigner:
            continue
        except ValueError:
            return "false", None, number
        if newest is None or number >= newest[1]:
            newest = at, number
    return ("trusted", *newest) if newest else ("unchecked", None, 0)
