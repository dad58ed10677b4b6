"""In which encoding a page is written; Japanese pages are not all UTF-8."""

import re

from tojimari.collect.outside.replies import Reply

# By the names of the Encoding standard that Japanese pages use. Python's own list also holds
# encodings that take time without end, so a page may not choose from it.
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms932": "cp932",
    "cp932": "cp932",
    "euc-jp": "euc_jp",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "windows-1252": "cp1252",
    # A page whose own word, readable as ASCII, is UTF-16 cannot mean it (HTML standard, 13.2.3.2);
    # a real one begins with a byte order mark.
    "utf-16": "utf-8",
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
    "euc-kr": "cp949",
}
_CHARSET = re.compile(r"charset\s*+=\s*+[\"']?+\s*+([\w.:-]{2,30})", re.IGNORECASE)
_DECLARED = 200
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def text_of(reply: Reply) -> str:
    """Return a page's text by its byte order mark, its header, its own word, or by trying."""
    body = reply.body
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for declared in (
        (reply.header("content-type") or "")[:_DECLARED],
        body[:2048].decode("latin-1"),
    ):
        found = _CHARSET.search(declared)
        encoding = _ENCODINGS.get(found[1].lower(), "") if found else ""
        if encoding:
            return body.decode(encoding, "replace")
    for encoding in ("utf-8", "cp932", "euc_jp"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", "replace")
