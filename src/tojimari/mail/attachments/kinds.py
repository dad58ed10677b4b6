"""What a file is: by its first bytes, and by the ending that decides what Windows does with it."""

import re

_STARTS = (
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rt", "rtf"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "shortcut"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "onenote"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"MSCF", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"BZh", "archive"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"ITSF", "help"),
    (b"vhdxfile", "disk_image"),
    (b"conectix", "disk_image"),
    (b"\x89PNG\r\n\x1a\n", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
    (b"RIFF", "picture"),
)
_SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
_HTML = re.compile(
    rb"<(?:!doctype html|html|head|body|script|meta|form|iframe|table|div|a )[\s>=]?", re.IGNORECASE
)

ENDINGS: dict[str, frozenset[str]] = {
    "program": frozenset(["exe", "scr", "com", "pif", "cpl", "dll", "sys", "msi", "msp", "msix", "appx", "appinstaller", "application", "gadget", "jar", "apk", "dmg", "pkg", "app", "deb", "rpm", "xll"]),
    "script": frozenset(["js", "jse", "vbs", "vbe", "wsf", "wsh", "wsc", "hta", "ps1", "psm1", "bat", "cmd", "pyw", "reg", "msc", "sct"]),
    "shortcut": frozenset(["lnk", "url", "website", "desktop", "library-ms", "search-ms", "searchconnector-ms", "settingcontent-ms", "appref-ms", "theme", "themepack", "rdp"]),
    "disk_image": frozenset(["iso", "img", "udf", "vhd", "vhdx", "daa"]),
    "archive": frozenset(["rar", "7z", "cab", "ace", "arj", "lzh", "lha", "xz", "bz2", "zst", "tar", "tgz", "z", "arc", "uue"]),
    "zip": frozenset(["zip"]),
    "office": frozenset(["docx", "xlsx", "pptx", "doc", "xls", "ppt", "dotx", "xltx", "ppsx", "potx", "odt", "ods", "odp", "csv"]),
    "macro_office": frozenset(["docm", "xlsm", "pptm", "dotm", "xltm", "xlsb", "xlam", "ppam", "ppsm", "potm", "sldm", "slk", "iqy"]),
    "rtf": frozenset(["rtf"]),
    "pdf": frozenset(["pdf"]),
    "onenote": frozenset(["one", "onepkg", "onetoc2"]),
    "html": frozenset(["html", "htm", "xhtml", "shtml", "mht", "mhtml", "xht"]),
    "svg": frozenset(["svg", "svgz"]),
    "help": frozenset(["chm", "hlp"]),
    "picture": frozenset(["png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "heic", "ico"]),
    "text": frozenset(["txt", "log", "md"]),
}  # fmt: skip
"""What a file with one of these endings is to whoever opens it."""

DANGEROUS = frozenset(("program", "script", "shortcut", "disk_image", "help"))
LOOKED_INTO = frozenset(("zip", "gzip", "tar", "disk_image", "onenote", "pdf", "html", "svg", "picture", "ole", "rtf", "shortcut"))  # fmt: skip
"""Kinds of which more is read than what they are."""
TOLD_BY = 1 << 16
"""Bytes from a file's beginning that say what it is, and more."""
HARMLESS_LOOKING = ENDINGS["office"] | ENDINGS["picture"] | ENDINGS["text"] | ENDINGS["pdf"] | frozenset(["mp4", "mp3", "wav", "mov", "zip"])  # fmt: skip


def ending(name: str) -> str:
    """Return the last ending of a name in lower case, without the dot; "" where it has none."""
    stem, dot, last = name.strip().rstrip(". \u3000").rpartition(".")
    return last.strip().lower()[:20] if dot and stem else ""


def by_ending(name: str) -> str:
    """Return what a file of this name is to who opens it; "" for an ending not on the list."""
    last = ending(name)
    return next((kind for kind, endings in ENDINGS.items() if last in endings), "")


def by_bytes(data: bytes) -> str:
    """Return what a file is by its bytes; "" where they do not say (plain text among others)."""
    for start, kind in _STARTS:
        if data.startswith(start):
            if kind == "picture" and data.startswith(b"RIFF") and data[8:12] != b"WEBP":
                return ""
            return kind
    if data[32769:32774] == b"CD001" or data[32769:32774] in (b"BEA01", b"NSR02", b"NSR03"):
        return "disk_image"
    if data[257:262] == b"ustar":
        return "tar"
    head = data[:1024]
    if b"%PDF-" in head:
        return "pdf"
    plain = data[:4096].replace(b"\x00", b"")  # UTF-16 as well
    if _SVG.search(plain):
        return "svg"
    if _HTML.search(plain):
        return "html"
    return ""


def kind_of(name: str, data: bytes | None) -> str:
    """Return what a file is: by its bytes, else by its name; None: nobody could read it."""
    return (by_bytes(data) if data is not None else "") or ("" if data == b"" else by_ending(name))
