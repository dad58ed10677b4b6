"""Mails taken apart by the standard library, large files in them left where they are.

Its parser keeps every line of a body as a string of its own, and decoding makes five more copies: a
mail of 13 MB took a hundred more. So long runs of base64 are taken out before, and put back where a part's
contents are asked for.
"""

import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message as Parsed
from email.parser import BytesParser
from email.policy import Policy, compat32
from itertools import islice
from typing import Any

_RUN = re.compile(rb"\n\r?\n([A-Za-z0-9+/=\r\n]+)")
"""What may be a body in base64: after an empty line. A boundary begins with ``--``, which is none of it."""
_SHORTEST = 1 << 16
_SHORTEST_BODY = 400
"""Of mails below that size; there it is not memory but the time of the parser, line by line."""
_HEAD_BYTES = 1 << 18
"""Of longer heads, which no honest mail has, not everything is taken apart."""
_HEAD_LINES = 2_000
_LINE_BYTES = 1 << 16
_HEAD_END = re.compile(rb"\n\r?\n")
_OF_PARTS = re.compile(
    rb"^(?:content-|mime-)[^\n]*(?:\n[ \t][^\n]*)*\n?", re.IGNORECASE | re.MULTILINE
)
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
        short = len(self.data) < _SHORTEST
        pieces, after = list[bytes](), 0
        for first, end in self._bodies() if short else self._of_base64():
            # The last end of line stays: before a boundary it is no part of the body.
            while end > first and self.data[end - 1] in _LINE_ENDS:
                end -= 1
            if end - first >= (_SHORTEST_BODY if short else _SHORTEST):
                pieces += [self.data[after:first], f"{self.mark} {len(self.runs)}".encode()]
                self.runs.append((first, end))
                after = end
        return b"".join([*pieces, self.data[after:]]) if pieces else self.data

    def _of_base64(self) -> Iterator[tuple[int, int]]:
        for found in _RUN.finditer(self.data):
            first, end = found.span(1)
            if end < len(self.data):  # a line that only begins so is none of it
                end = max(first, self.data.rfind(b"\n", first, end))
            yield first, end

    def _bodies(self) -> Iterator[tuple[int, int]]:
        """Yield what stands between an empty line and one that may be a boundary: no line of it says
        how the mail is made. Where mails hold mails, heads follow empty lines as well.
        """
        if any(each in self.data.lower() for each in (b"message/", b"multipart/digest")):
            return
        end = 0
        while found := _HEAD_END.search(self.data, end):
            first = found.end()
            end = self.data.find(b"\n--", first - 1)
            end = len(self.data) if end < 0 else max(first, end + 1)
            run = self.data[first:end]
            if run.count(b"\r") == run.count(b"\r\n"):  # the parser ends a line at one alone, too
                yield first, end

    def whole(
        self, payload: str, at_most: int | None = None, *, base64: bool = False
    ) -> bytes | memoryview | None:
        """Return a part's contents with what was taken out; None where nothing was.

        ``at_most``: bytes of each run that are put back. ``base64``: spaces around it do not matter;
        what is one run alone is then not copied.
        """
        if not self.runs or self.mark not in payload:
            return None
        pieces, after = list[bytes | memoryview](), 0
        for found in self._line.finditer(payload):
            first, end = self.runs[int(found[1])]
            end = end if at_most is None else min(end, first + at_most)
            run = memoryview(self.data)[first:end]
            if base64 and len(found[0]) == len(payload.strip()):
                return run
            pieces += [_raw(payload[after : found.start()]), run]
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
        return self._contents(i, decode, None)

    def beginning(self, at_most: int) -> Any:
        """Return the decoded contents; of a large part about as many bytes as are asked for."""
        return self._contents(None, True, at_most * 3 // 2)

    def _contents(self, i: Any, decode: Any, at_most: int | None) -> Any:
        held = self._payload  # type: ignore[has-type]
        if i is not None or not isinstance(held, str):
            return super().get_payload(i, decode)
        base64 = bool(decode) and self._encoding() == "base64"
        whole = self._aside.whole(held, at_most, base64=base64)
        if whole is None:
            return super().get_payload(i, decode)
        if base64:
            return _of_base64(whole)
        if not decode:
            return bytes(whole).decode("ascii", "surrogateescape")
        self._payload = bytes(whole).decode("ascii", "surrogateescape")
        try:
            return super().get_payload(i, decode)
        finally:
            self._payload = held

    def _encoding(self) -> str:
        return str(self.get("content-transfer-encoding", "")).lower()


def without_endless_head(data: bytes) -> bytes:
    """Return a mail with a head that can be taken apart: ``data`` itself where it has one.

    Of a longer one the first lines stay, and those further down that say what the parts are.
    """
    found = _HEAD_END.search(data)
    end = found.start() + 1 if found else len(data)
    if end <= _HEAD_BYTES:
        return data
    lines = data[:end].split(b"\n", _HEAD_LINES)
    rest = lines.pop() if len(lines) > _HEAD_LINES else b""
    kept = [line[:_LINE_BYTES] for line in lines]
    kept += [each[0].rstrip(b"\n") for each in islice(_OF_PARTS.finditer(rest), 10)]
    return b"\n".join([*kept, data[end:]])


def parsed(data: bytes) -> Parsed:
    """Return a mail taken apart. Raises RecursionError where parts are nested too deeply."""
    aside = _Aside(data)
    slim = aside.slim()

    def part(policy: "Policy[Any]" = compat32) -> Part:
        return Part(aside, policy)

    return BytesParser(part, policy=compat32).parsebytes(slim)


def _raw(text: str) -> bytes:
    return text.encode("ascii", "surrogateescape")


def _of_base64(data: bytes | memoryview) -> bytes:
    """Return what base64 says, as far as it can be read, as the standard library does."""
    with suppress(binascii.Error):  # ends of lines are passed over, and nearly all is padded
        return binascii.a2b_base64(data)
    plain = bytes(data).translate(None, _LINE_ENDS)
    for padding in (b"=" * (-len(plain) % 4), b"=="):
        try:
            return binascii.a2b_base64(plain + padding if padding else plain)
        except binascii.Error:
            continue
    return plain
