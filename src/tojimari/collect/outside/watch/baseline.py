"""The state of a site that later looks are held against, as kept in a file."""

from datetime import datetime
from typing import Literal

import msgspec

from tojimari.collect.outside.watch.compare import Change
from tojimari.collect.outside.watch.crawl import Site
from tojimari.collect.outside.watch.standing import standing
from tojimari.model import TojimariError

PAGES_KEPT = 60
_FILES_KEPT = 40


class Baseline(msgspec.Struct, frozen=True):
    """A kept state.

    Attributes:
        version: of this shape.
        site: host name it is of.
        kept_at: when it was begun or last accepted (UTC).
        state: the site as it was, with the ordinary changes since.
        accepted: alarming things the owner said are his own, each as ``named``.
    """

    version: Literal[1]
    site: str
    kept_at: datetime
    state: Site
    accepted: frozenset[str] = frozenset()


def named(change: Change) -> str:
    """Return a change as one text, the same each time it is seen."""
    return f"{change.kind}\t{change.page}\t{change.evidence}"


def encode(baseline: Baseline) -> bytes:
    """Return the content of the file."""
    return msgspec.json.format(msgspec.json.encode(baseline), indent=1)


def decode(data: bytes) -> Baseline:
    """Read the content of the file. Raises TojimariError for anything else."""
    try:
        kept = msgspec.json.decode(data, type=Baseline)
        if not kept.state.pages:
            raise msgspec.ValidationError("no pages")
        kept.state.listing.new_among([])
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise TojimariError(
            f"前回のホームページの控えが読めません ({error})。`--accept` を付けると、今の状態で作り直します。",
            f"What was kept of the web site last time cannot be read ({error}). `--accept` keeps "
            "the present state instead.",
        ) from error
    return kept


def begin(site: str, state: Site, at: datetime, *, accept: bool) -> Baseline:
    """Return a new baseline; with ``accept`` what is alarming in it by itself is the owner's own."""
    accepted = frozenset(named(change) for change in standing(state)) if accept else frozenset()
    kept = Site(pages=state.pages, files=state.files, listing=state.listing)
    return Baseline(1, site, at, kept, accepted)


def go_on(kept: Baseline, now: Site, changes: list[Change]) -> Baseline:
    """Return the baseline with what changed in the ordinary way; alarming pages stay as they were."""
    alarming = {change.page for change in changes if change.severity == "alarm"}
    before = {page.url: page for page in kept.state.pages}
    pages = {page.url: page for page in now.pages}
    home = kept.state.pages[0].url
    merged = {home: before[home]}
    for url, page in pages.items():
        if url not in alarming:
            merged[url] = page
    for url, page in before.items():
        if url not in now.gone or url in alarming:
            merged.setdefault(url, page)
    files = {place: code for place, code in now.files.items() if place not in alarming}
    for place, code in kept.state.files.items():
        files.setdefault(place, code)
    listed = {"listing", "spam_names"} & {c.kind for c in changes if c.severity == "alarm"}
    state = Site(
        pages=tuple(merged.values())[:PAGES_KEPT],
        files=dict(list(files.items())[:_FILES_KEPT]),
        listing=kept.state.listing if listed else now.listing,
    )
    return msgspec.structs.replace(kept, state=state)
