"""The state of a site that later looks are compared with, and how it advances with them."""

from datetime import datetime
from typing import Literal

import msgspec

from tojimari.assess.defacement.alarms import alarms_of
from tojimari.assess.defacement.changes import Change
from tojimari.model import TojimariError
from tojimari.model.snapshots import SiteSnapshot

PAGES_AT_MOST = 60
_FILES_AT_MOST = 40


class Baseline(msgspec.Struct, frozen=True, rename={"since": "kept_at"}):
    """A site that later looks are compared with; stored as JSON, under the names of version 1.

    Attributes:
        version: of this shape.
        site: host name it is of.
        since: when it was begun or last accepted (UTC).
        state: the site as it was, with the ordinary changes since.
        accepted: alarming things the owner said are his own, each as ``change_key``.
    """

    version: Literal[1]
    site: str
    since: datetime
    state: SiteSnapshot
    accepted: frozenset[str] = frozenset()


def change_key(change: Change) -> str:
    """Return a change as one text, the same each time it is seen."""
    return f"{change.kind}\t{change.page}\t{change.evidence}"


def encode(baseline: Baseline) -> bytes:
    """Return the content of the file."""
    return msgspec.json.format(msgspec.json.encode(baseline), indent=1)


def decode(data: bytes) -> Baseline:
    """Read the content of the file. Raises TojimariError for anything else."""
    try:
        baseline = msgspec.json.decode(data, type=Baseline)
        if not baseline.state.pages:
            raise msgspec.ValidationError("no pages")
        baseline.state.listing.new_among([])
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise TojimariError(
            f"前回のホームページの控えが読めません ({error})。`--accept` を付けると、今の状態で作り直します。",
            f"What was kept of the web site last time cannot be read ({error}). `--accept` keeps "
            "the present state instead.",
        ) from error
    return baseline


def begin(site: str, state: SiteSnapshot, at: datetime, *, accept: bool) -> Baseline:
    """Return a new baseline; with ``accept`` what is alarming in it by itself is the owner's own."""
    accepted = (
        frozenset(change_key(change) for change in alarms_of(state)) if accept else frozenset()
    )
    stored = SiteSnapshot(pages=state.pages, files=state.files, listing=state.listing)
    return Baseline(1, site, at, stored, accepted)


def advance(baseline: Baseline, now: SiteSnapshot, changes: list[Change]) -> Baseline:
    """Return the baseline with what changed in the ordinary way; alarming pages stay as they were."""
    alarming = {change.page for change in changes if change.severity == "alarm"}
    before = {page.url: page for page in baseline.state.pages}
    pages = {page.url: page for page in now.pages}
    home = baseline.state.pages[0].url
    merged = {home: before[home]}
    for url, page in pages.items():
        if url not in alarming:
            merged[url] = page
    for url, page in before.items():
        if url not in now.gone or url in alarming:
            merged.setdefault(url, page)
    files = {place: code for place, code in now.files.items() if place not in alarming}
    for place, code in baseline.state.files.items():
        files.setdefault(place, code)
    listed = {"listing", "spam_names"} & {c.kind for c in changes if c.severity == "alarm"}
    state = SiteSnapshot(
        pages=tuple(merged.values())[:PAGES_AT_MOST],
        files=dict(list(files.items())[:_FILES_AT_MOST]),
        listing=baseline.state.listing if listed else now.listing,
    )
    return msgspec.structs.replace(baseline, state=state)
