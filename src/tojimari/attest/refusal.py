"""Why a statement is refused: one code a reason, and the sentence of each is in the catalog."""

from typing import Literal, get_args

Why = Literal[
    "too_large",  # more than a statement can be
    "malformed",  # no statement, or damaged
    "not_a_statement",  # signed, but of another kind or another form
    "unknown_issuer",  # signed with a key that the reader does not trust
    "forged",  # the signature is not of that key
    "altered",  # something was changed or added after signing
    "over_disclosed",  # shows twice, or apart, what may not be shown so
    "future",  # from a day that has not come
    "expired",
    "unbound",  # not made for anybody, though the reader asks for that
    "wrong_audience",  # made for somebody else
    "replayed",  # made for another request, or long ago
    "revoked",
    "suspended",  # held back for now, and may count again
    "superseded",  # a newer one was made in its place
    "bad_status",  # the list of revoked statements is no list of this issuer
    "stale_status",  # that list is too old to say anything
]
REASONS: tuple[Why, ...] = get_args(Why)


class StatementRefused(ValueError):
    """A statement that is not accepted. ``why`` is the reason's code; ``str()`` says what was found."""

    def __init__(self, why: Why, found: str) -> None:
        """Keep the code."""
        super().__init__(found)
        self.why: Why = why
