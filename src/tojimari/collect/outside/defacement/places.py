"""Places: host and path of a file, without what changes with every version of it."""

import re
from urllib.parse import urljoin, urlsplit

from tojimari.knowledge.services import FAMILIAR

# Numbers of a version, taken out so that an update is not a change.
_VERSION = re.compile(r"(?<=[/@._-])v?\d[\w.]*")


def address(base: str, text: str) -> str:
    """Return the full address ``text`` means on a page at ``base``, as browsers read it, or ""."""
    text = re.sub(r"[\t\r\n]", "", text[:4000]).strip()
    try:
        url = urljoin(base, text)
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and not parts.hostname:
            return ""
        _ = parts.port
    except ValueError:
        return ""
    # The first page without its slash is the same page.
    bare = parts.scheme in ("http", "https") and not parts.path
    return parts._replace(path="/").geturl() if bare else url


def host_of(url: str) -> str:
    """Return the host of a web address in lower case, "" for any other address."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").rstrip(".")[:253] if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def place(url: str) -> str:
    """Return host and path of a file without what changes with every version of it."""
    host = host_of(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return host
    name = host + _VERSION.sub("#", parts.path)[:200]
    # The number of a tag container says whose container it is.
    container = re.search(r"(?:^|&)id=([\w-]{3,30})", parts.query)
    return f"{name}?id={container[1]}" if container and host in FAMILIAR else name
