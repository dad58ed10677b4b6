"""What a file is by its beginning: a mail, or something else. Loads next to nothing."""

import re
from itertools import islice

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files of Outlook and of Office before 2007 begin."""
_HEADER = re.compile(
    rb"\A(?:[ \t]*\r?\n){0,20}(?:From [^\r\n]{1,200}\r?\n)?[A-Za-z][A-Za-z0-9-]{0,60}:[ \t]?"
)
_MAIL_HEADERS = re.compile(
    rb"^(?:From|To|Subject|Date|Received|Return-Path|Delivered-To|Message-ID|MIME-Version|Content-Type|DKIM-Signature|Reply-To):",
    re.IGNORECASE | re.MULTILINE,
)


def is_mail(head: bytes) -> bool:
    """Return whether a file's beginning is that of a mail, a mailbox or Outlook's file of one."""
    if head.startswith(OLE):
        return b"_\0_\0s\0u\0b\0s\0t\0g\0" in head or b"_\0_\0n\0a\0m\0e\0i\0d\0" in head
    head = head.removeprefix(b"\xef\xbb\xbf")
    named = islice(_MAIL_HEADERS.finditer(head[:20_000]), 2)
    return bool(_HEADER.match(head)) and len(list(named)) == 2
