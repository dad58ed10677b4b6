"""What web servers answer: single replies, and the chains of redirects that lead to them."""

from urllib.parse import urljoin

import msgspec

HOPS_AT_MOST = 10
REDIRECT_LOOP = "redirect loop"
TOO_MANY_REDIRECTS = "too many redirects"


class Reply(msgspec.Struct, frozen=True):
    """One answer of a web server.

    Attributes:
        url: what was asked for.
        status: HTTP status code.
        headers: (name in lower case, value) in the order they came; names may repeat.
        body: the decoded body, at most ``limit`` bytes.
        cut: the body was longer than that.
        version: HTTP version, e.g. ``HTTP/1.1``.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    cut: bool = False
    version: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        """Return the values of a header joined with ", ", None where it was not sent."""
        values = self.every(name)
        return ", ".join(values) if values else None

    def every(self, name: str) -> list[str]:
        """Return each value of a header that may be sent more than once."""
        return [value for key, value in self.headers if key == name.lower()]


class RedirectChain(msgspec.Struct, frozen=True):
    """A request and the redirects that were followed. ``stopped``: why no further, else ""."""

    replies: tuple[Reply, ...]
    stopped: str = ""

    @property
    def last(self) -> Reply:
        """Return where it ended."""
        return self.replies[-1]

    @property
    def arrived(self) -> bool:
        """Say whether it ends with an answer, not with a redirect that leads nowhere."""
        return self.stopped in ("", REDIRECT_LOOP, TOO_MANY_REDIRECTS)

    def walked(self) -> tuple[Reply, ...]:
        """Return the replies, a loop repeated up to the redirects a browser follows."""
        replies = list(self.replies)
        if self.stopped == REDIRECT_LOOP:
            again = urljoin(replies[-1].url, (replies[-1].header("location") or "").strip())
            start = next((i for i, reply in enumerate(replies) if reply.url == again), 0)
            circle = replies[start:]
            while len(replies) <= HOPS_AT_MOST:
                replies.append(circle[(len(replies) - start) % len(circle)])
        return tuple(replies)
