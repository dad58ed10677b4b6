"""A statement: claims of one company, signed for one reader, and what checking it gives.

Two forms. The whole one is an SD-JWT: the counts are always to be read, single items where the company
showed them. The summary is a short JWS for a QR code on paper: counts, one letter an item, and the
digest of the whole. Paper has no replay protection: whoever holds a copy can show it.

Who vouches for what is part of it: this portal for what was measured, whoever reviewed for what is
reviewed, the company itself for the rest. A right signature proves who said it, not that it is true.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

import msgspec
from joserfc.jwk import ECKey

from tojimari.attest.claims import EVIDENCE, Claims, Devices, Evidence, ItemClaim
from tojimari.attest.keys import key_id
from tojimari.attest.refusal import StatementRefused, Why
from tojimari.attest.sd_jwt import (
    MAX_BYTES,
    Binding,
    Expected,
    check_times,
    digest,
    issue,
    key_from,
    open_signed,
    sign,
    verify,
)
from tojimari.attest.status_list import check_status, read_list
from tojimari.model import BEST_FIRST, State
from tojimari.model.japan import JAPAN

VCT = "urn:tojimari:statement:1"
"""The kind of statement and the version of its form."""
SUMMARY_TYPE = "tojimari-summary+jwt"
DAYS = 90
"""How long a statement is good."""
DECOYS = 5

_LETTER: Mapping[State, str] = {
    "met": "m",
    "partly": "p",
    "not_met": "n",
    "unknown": "u",
    "not_applicable": "x",
}
_MET_BY: tuple[Evidence, ...] = tuple(one for one in reversed(EVIDENCE) if one != "none")

VerdictState = Literal["holds", "holds_not_revoked", "refused"]


class Place(NamedTuple):
    """Where a status list stands, and the statement's index in it."""

    uri: str
    number: int


class About(msgspec.Struct, frozen=True):
    """Who says what of whom, until when.

    Attributes:
        issuer: address of the portal that signs.
        company: the company's name, as it is shown.
        at, expires: seconds since 1970.
        status: where it can be revoked.
    """

    issuer: str
    company: str
    at: int
    expires: int
    status: Place


class Issued(NamedTuple):
    """A signed statement: the signed part, what shows each item, and the summary for paper."""

    signed: str
    shows: dict[str, str]
    summary: str


class Statement(msgspec.Struct, frozen=True):
    """What a verified statement says.

    Attributes:
        items: the items that are shown; all others only count.
        paper: it is the summary, which anybody with a copy can show.
        binding: for whom it was made; None where for nobody.
        hidden: how many items are not shown.
    """

    issuer: str
    company: str
    framework: str
    as_of: date
    catalog_version: str
    counts: dict[State, int]
    met_by: dict[Evidence, int]
    devices: Devices
    items: tuple[ItemClaim, ...]
    hidden: int
    issued: datetime
    expires: datetime
    kid: str
    digest: str
    paper: bool = False
    binding: Binding | None = None
    check_revisions: dict[str, int] = {}


class Verdict(msgspec.Struct, frozen=True):
    """What checking gave.

    Attributes:
        state: "holds" (nothing is known of revoking), "holds_not_revoked" (by the list of ``as_of``)
            or "refused".
        why: the reason's code where it is refused.
        as_of: when the list was made that was asked.
        statement: what it says; None where it is refused, so that nobody reads on.
    """

    state: VerdictState
    why: Why | None = None
    as_of: datetime | None = None
    statement: Statement | None = None


def issue_statement(claims: Claims, about: About, key: ECKey, *, holder: ECKey | None) -> Issued:
    """Sign ``claims``. Every item is hidden until it is shown; counts never are."""
    payload = {**_about(about), **_whole(claims)}
    items = {item.id: _item(item) for item in claims.items}
    kid = key_id(key)
    signed, shows = issue(payload, {"items": items}, key, kid=kid, holder=holder, decoys=DECOYS)
    summary = sign({"typ": SUMMARY_TYPE, "kid": kid}, _summary(claims, about, signed), key)
    return Issued(signed, shows["items"], summary)


def check(
    text: str,
    keys: Mapping[str, ECKey],
    *,
    now: int,
    expected: Expected | None = None,
    status: str = "",
) -> Verdict:
    """Return what checking ``text`` gives: a whole statement, or a summary from paper.

    keys: the issuer's keys that the reader trusts. now: seconds since 1970.
    expected: whom it must be made for; None asks for nothing. status: a status list; "" for none.
    """
    text = text.strip(" \t\r\n")
    try:
        statement, payload = read_statement(text, keys, now=now, expected=expected)
        if not status:
            return Verdict("holds", statement=statement)
        listed = read_list(status.strip(" \t\r\n"), keys, now=now)
        at = check_status(payload, listed)
    except StatementRefused as refused:
        return Verdict("refused", refused.why)
    return Verdict(
        "holds_not_revoked", as_of=datetime.fromtimestamp(at, JAPAN), statement=statement
    )


def read_statement(
    text: str, keys: Mapping[str, ECKey], *, now: int, expected: Expected | None = None
) -> tuple[Statement, dict[str, Any]]:
    """Return what a statement says, and its payload. Raises StatementRefused."""
    if len(text) > MAX_BYTES:
        raise StatementRefused("too_large", f"more than {MAX_BYTES} bytes")
    if "~" in text:
        found = verify(text, keys, now=now, vct=VCT, expected=expected)
        statement = _read(found.payload, found.kid, digest(found.signed))
        return msgspec.structs.replace(statement, binding=found.binding), found.payload
    if not text.isascii():
        raise StatementRefused("malformed", "no statement")
    header, payload = open_signed(text, key_from(keys), (SUMMARY_TYPE,))
    if "_sd" in payload:
        raise StatementRefused("malformed", "a reserved name")
    check_times(payload, now)
    if expected is not None:
        raise StatementRefused("unbound", "paper is made for nobody")
    return _read_summary(payload, str(header["kid"])), payload


def _about(about: About) -> dict[str, Any]:
    place = {"idx": about.status.number, "uri": about.status.uri}
    return {
        "iss": about.issuer,
        "iat": about.at,
        "exp": about.expires,
        "vct": VCT,
        "company": about.company,
        "status": {"status_list": place},
    }


def _whole(claims: Claims) -> dict[str, Any]:
    return {
        "framework": claims.framework,
        "framework_version": claims.framework_version,
        "as_of": claims.as_of.isoformat(),
        "catalog": claims.catalog_version,
        "checks": claims.check_revisions,
        "counts": claims.counts,
        "met_by": claims.met_by,
        "devices": {"seen": claims.devices.seen, "known": claims.devices.known},
    }


def _item(item: ItemClaim) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(item)
    return {name: value for name, value in found.items() if name != "id"}


def _summary(claims: Claims, about: About, signed: str) -> dict[str, Any]:
    """Return what the summary says: as few letters as a QR code on paper can bear."""
    return {
        "iss": about.issuer,
        "iat": about.at,
        "exp": about.expires,
        "c": about.company[:40],
        "f": claims.framework,
        "d": claims.as_of.isoformat(),
        "v": claims.catalog_version,
        "n": [claims.counts[state] for state in BEST_FIRST],
        "b": [claims.met_by[evidence] for evidence in _MET_BY],
        "o": [claims.devices.seen, claims.devices.known],
        "s": "".join(_LETTER[item.state] for item in claims.items),
        "h": digest(signed),
        "status": {"status_list": {"idx": about.status.number, "uri": about.status.uri}},
    }


class _Payload(msgspec.Struct):
    """The form that the payload of a whole statement must have."""

    iss: str
    iat: int
    exp: int
    company: str
    framework: str
    as_of: date
    catalog: str
    checks: dict[str, int]
    counts: dict[State, int]
    met_by: dict[Evidence, int]
    devices: Devices
    items: dict[str, dict[str, Any]] = {}


class _SummaryPayload(msgspec.Struct):
    """The form that the payload of a summary must have."""

    iss: str
    iat: int
    exp: int
    c: str
    f: str
    d: date
    v: str
    n: tuple[int, int, int, int, int]
    b: tuple[int, int, int, int]
    o: tuple[int, int | None]
    s: str
    h: str


def _read(payload: Mapping[str, Any], kid: str, whole: str) -> Statement:
    try:
        read = msgspec.convert(payload, _Payload)
        items = tuple(
            msgspec.convert({**fields, "id": id_}, ItemClaim) for id_, fields in read.items.items()
        )
    except msgspec.ValidationError as error:
        raise StatementRefused("not_a_statement", str(error)) from error
    if not _counts_fit(read.counts, read.met_by, [item.state for item in items]):
        raise StatementRefused("not_a_statement", "the counts do not fit what is shown")
    return Statement(
        issuer=read.iss,
        company=read.company,
        framework=read.framework,
        as_of=read.as_of,
        catalog_version=read.catalog,
        counts=read.counts,
        met_by=read.met_by,
        devices=read.devices,
        items=items,
        hidden=sum(read.counts.values()) - len(items),
        issued=datetime.fromtimestamp(read.iat, JAPAN),
        expires=datetime.fromtimestamp(read.exp, JAPAN),
        kid=kid,
        digest=whole,
        check_revisions=read.checks,
    )


def _counts_fit(
    counts: Mapping[State, int], met_by: Mapping[Evidence, int], shown: Collection[State]
) -> bool:
    """Return whether all five counts are there, none negative, and none below what is shown."""
    shown_ = list(shown)
    return (
        set(counts) == set(BEST_FIRST)
        and set(met_by) == set(_MET_BY)
        and min((*counts.values(), *met_by.values())) >= 0
        and sum(met_by.values()) == counts["met"]
        and all(shown_.count(state) <= counts[state] for state in BEST_FIRST)
    )


def _read_summary(payload: Mapping[str, Any], kid: str) -> Statement:
    try:
        read = msgspec.convert(payload, _SummaryPayload)
    except msgspec.ValidationError as error:
        raise StatementRefused("not_a_statement", str(error)) from error
    counts = dict(zip(BEST_FIRST, read.n, strict=True))
    met = dict(zip(_MET_BY, read.b, strict=True))
    states = {letter: state for state, letter in _LETTER.items()}
    if not set(read.s) <= set(states) or {
        state: read.s.count(letter) for letter, state in states.items()
    } != dict(counts):
        raise StatementRefused("not_a_statement", "the counts do not fit the letters")
    if not _counts_fit(counts, met, []):
        raise StatementRefused("not_a_statement", "the counts do not fit")
    return Statement(
        issuer=read.iss,
        company=read.c,
        framework=read.f,
        as_of=read.d,
        catalog_version=read.v,
        counts=counts,
        met_by=met,
        devices=Devices(*read.o),
        items=(),
        hidden=sum(read.n),
        issued=datetime.fromtimestamp(read.iat, JAPAN),
        expires=datetime.fromtimestamp(read.exp, JAPAN),
        kid=kid,
        digest=read.h,
        paper=True,
    )
