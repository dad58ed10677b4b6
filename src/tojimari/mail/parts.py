"""Mails taken apart by the standard library, large files in them left where they are.

Its parser keeps every line of a body as a string of its own, and decoding makes five more copies: a
mail of 13 MB took a hundred more. So long runs of base64 are taken out before, and put back where a part's
contents are asked for.
"""

import binascii
import re
from email.message import Message as Parsed
from email.parser import BytesParser
from email.policy import Policy, compat32
from typing import Any

_RUN = re.compile(rb"\n\r?\n([A-Za-z0-9+/=\r\n]+)")
"""What may be a body in base64: after an empty line. A boundary begins with ``--``, which is none of it."""
_SHORTEST = 1 << 16
_LINE_ENDS = b"\r\n"


class _Aside:
    """The runs that were taken out of a mail, by the line that stands in their place."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.mark = "tojimari"
        while self.mark.encode() in data:  # so that nobody can have written one
            self.mark += "i"
        self.runs: list[tuple[int, int]] = []
        self._line = re.compile(rf"{self.mark} (\d+)")

    def slim(self) -> bytes:
        """Return the mail without its long runs."""
        pieces, after = list[bytes](), 0
        for found in _RUN.finditer(self.data):
            first, end = found.span(1)
            if end < len(self.data):  # a line that only begins so is none of it
                end = max(first, self.data.rfind(b"\n", first, end))
            # The last end of line stays: before a boundary it is no part of the body.
            while end > first and self.data[end - 1] in _LINE_ENDS:
                end -= 1
            if end - first >= _SHORTEST:
                pieces += [self.data[after:first], f"{self.mark} {len(self.runs)}".encode()]
                self.runs.append((first, end))
                after = end
        return b"".join([*pieces, self.data[after:]]) if pieces else self.data

    def whole(self, payload: str) -> bytes | None:
        """Return a part's contents with what was taken out; None where nothing was."""
        if not self.runs or self.mark not in payload:
            return None
        pieces, after = list[bytes | memoryview](), 0
        for found in self._line.finditer(payload):
            first, end = self.runs[int(found[1])]
            pieces += [_raw(payload[after : found.start()]), memoryview(self.data)[first:end]]
            after = found.end()
        return b"".join([*pieces, _raw(payload[after:])])


class Part(Parsed):
    """A part of a mail; ``get_payload`` hands out what it would have of the whole mail."""

    def __init__(self, aside: _Aside, policy: "Policy[Any]") -> None:
        """Begin empty, as the parser wants it."""
        super().__init__(policy)
        self._aside = aside

    def get_payload(self, i: Any = None, decode: Any = False) -> Any:
        """Return the contents; see the standard library."""
        held = self._payload  # type: ignore[has-type]
        whole = self._aside.whole(held) if i is None and isinstance(held, str) else None
        if whole is None:
            return super().get_payload(i, decode)
        if not decode:
            return whole.decode("ascii", "surrogateescape")
        if str(self.get("content-transfer-encoding", "")).lower() == "base64":
            return _of_base64(whole.translate(None, _LINE_ENDS))
        self._payload = whole.decode("ascii", "surrogateescape")
        try:
            return super().get_payload(i, decode)
        finally:
            self._payload = held


def parsed(data: bytes) -> Parsed:
    """Return a mail taken apart. Raises RecursionError where parts are nested too deeply."""
    aside = _Aside(data)
    slim = aside.slim() if len(data) >= _SHORTEST else data

    def part(policy: "Policy[Any]" = compat32) -> Part:
        return Part(aside, policy)

    return BytesParser(part, policy=compat32).parsebytes(slim)


def _raw(text: str) -> bytes:
    return text.encode("ascii", "surrogateescape")


def _of_base64(data: bytes) -> bytes:
    """Return what base64 says, as far as it can be read, as the standard library does."""
    for padding in (b"=" * (-len(data) % 4), b"=="):
        try:
            return binascii.a2b_base64(data + padding if padding else data)
        except binascii.Error:
            continue
    return data
