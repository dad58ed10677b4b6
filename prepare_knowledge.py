"""Prepares what is derived from the files of knowledge; run whenever one of them is renewed.

    make knowledge

A pattern is searched for only in texts that hold its literal, which rules most of them out. To
find the literal a pattern has to be parsed. Python's parser of patterns is a private module, so
that is done here and not at run time.
"""

import gzip
import re
import re._constants as codes
import re._parser as parser

import msgspec

from tojimari.knowledge import scripts, technologies
from tojimari.knowledge.patterns import LITERALS

_SHORT = 3


def literal_of(source: str) -> str:
    """Return the longest text that every match of a pattern holds, in lower case; "" for none."""
    try:
        parsed = parser.parse(source)
    except (re.error, RecursionError, OverflowError):
        return ""
    best = run = ""
    for code, value in [*parsed, (None, None)]:
        if code is codes.LITERAL and value < 128:  # beyond ASCII, cases do not pair one to one
            run += chr(value)
        else:
            best, run = max(best, run, key=len), ""
    return best.lower() if len(best) >= _SHORT else ""


def literals() -> dict[str, str]:
    """Return the literals of all patterns that come along and have one."""
    sources = {one.source for one in (*scripts.patterns(), *technologies.patterns())}
    found = {source: literal_of(source) for source in sorted(sources)}
    return {source: literal for source, literal in found.items() if literal}


if __name__ == "__main__":
    LITERALS.write_bytes(gzip.compress(msgspec.json.encode(literals()), 9, mtime=0))
