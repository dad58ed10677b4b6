"""The record of an incident, in which altering is noticed: lines, their chain, signed heads.

Modules that check signatures or time stamps need libraries of the extras ``agent`` and
``timestamp`` and are imported by whoever asks for that.
"""

from tojimari.respond.record.chain import ERASED, Break, Checked, Reason, Shown, check_lines
from tojimari.respond.record.entry import (
    LEAVES,
    Entry,
    Leaf,
    blind,
    blinding,
    canonical,
    digest_of,
    moment_text,
    new_salt,
)

__all__ = [
    "ERASED",
    "LEAVES",
    "Break",
    "Checked",
    "Entry",
    "Leaf",
    "Reason",
    "Shown",
    "blind",
    "blinding",
    "canonical",
    "check_lines",
    "digest_of",
    "moment_text",
    "new_salt",
]
