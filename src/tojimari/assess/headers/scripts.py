"""Scripts from elsewhere: over TLS, and pinned by their hash (subresource integrity)."""

from collections.abc import Sequence

from tojimari.model.facts import ScriptTag

_BETTER_FIRST = (
    "sri-implemented-but-external-scripts-not-loaded-securely",
    "sri-not-implemented-but-external-scripts-loaded-securely",
    "sri-not-implemented-and-external-scripts-not-loaded-securely",
)


def _fault(pinned: bool, encrypted: bool) -> str | None:
    if pinned:
        return None if encrypted else _BETTER_FIRST[0]
    return _BETTER_FIRST[1] if encrypted else _BETTER_FIRST[2]


def judge(tags: Sequence[ScriptTag], secure: bool) -> str:
    """Return the result code for the scripts of a page; ``secure``: it was asked for over TLS.

    Addresses without scheme count as unencrypted, as the rule says, unless they are the page's own.
    """
    if not tags:
        return "sri-not-implemented-but-no-scripts-loaded"
    loaded = [tag for tag in tags if tag.external]
    foreign = [tag for tag in loaded if not tag.own]
    faults = [fault for tag in foreign if (fault := _fault(tag.pinned, tag.scheme == "https"))]
    if faults:
        return max(faults, key=_BETTER_FIRST.index)
    if any(
        tag.pinned and (tag.scheme == "https" if tag.scheme else secure)
        for tag in loaded
        if tag.own
    ):
        return "sri-implemented-and-all-scripts-loaded-securely"
    if foreign:
        return "sri-implemented-and-external-scripts-loaded-securely"
    return "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"
