"""In which encoding a page is written; Japanese pages are not all UTF-8."""

import re

from tojimari.collect.outside.replies import Reply
from tojimari.lib.encodings import by_label, decoded

_CHARSET = re.compile(r"charset\s*+=\s*+[\"']?+\s*+([\w.:-]{2,30})", re.IGNORECASE)
_DECLARED = 200


def text_of(reply: Reply) -> str:
    """Return a page's text by its byte order mark, its header, its own word, or by looking."""
    body = reply.body
    for declared in (
        (reply.header("content-type") or "")[:_DECLARED],
        body[:2048].decode("latin-1"),
    ):
        found = _CHARSET.search(declared)
        text = by_label(body, found[1] if found else "")
        if text is not None:
            return text
    return decoded(body).text
