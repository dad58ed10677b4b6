"""Office files: programs in them (macros), what starts by itself, what is fetched when opened."""

import io
import re
import zipfile

import olefile

from tojimari.mail.attachments.archives import BROKEN
from tojimari.mail.links import link
from tojimari.mail.message import Link, Trait

_RELATION = re.compile(rb"<Relationship\b[^>]{0,4000}>", re.IGNORECASE)
_EXTERNAL = re.compile(rb'TargetMode\s*=\s*"External"', re.IGNORECASE)
_TARGET = re.compile(rb'Target\s*=\s*"([^"]{1,2000})"', re.IGNORECASE)
_FETCHED = re.compile(
    rb"/(attachedTemplate|oleObject|frame|subDocument|externalLinkPath|image)\"", re.IGNORECASE
)
_DDE = re.compile(rb"DDEAUTO|\bDDE\b\s+[\"c]", re.IGNORECASE)
_RTF_OBJECT = re.compile(rb"\\objdata|\\objupdate|\\objautlink|\\objocx", re.IGNORECASE)
_RTF_TEMPLATE = re.compile(rb"\\\*\\template\s{0,5}([^}]{1,500})", re.IGNORECASE)
_PART_BYTES = 4 << 20
_MACRO_BYTES = 8 << 20
"""Macros of a larger file are named, not looked into."""


def look_at_openxml(
    data: bytes, archive: zipfile.ZipFile, names: list[str]
) -> tuple[list[Trait], list[Link]]:
    """Return what is of note in a file of Office since 2007, and where it leads."""
    traits, links = [], []
    lower = [name.lower() for name in names]
    if any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in lower):
        traits += _macros(data)
    if any("/macrosheets/" in name for name in lower):
        traits.append(Trait("macro", "Excel 4.0"))
    if any("/embeddings/" in name and name.endswith(".bin") for name in lower):
        traits.append(Trait("embedded_object"))
    for name in names[:400]:
        if name.lower().endswith(".rels"):
            for relation in _RELATION.findall(_part(archive, name))[:500]:
                target = _TARGET.search(relation)
                if target and _EXTERNAL.search(relation):
                    where = target[1].decode("utf-8", "replace")
                    fetched = _FETCHED.search(relation)
                    if fetched and fetched[1].lower() != b"image":
                        traits.append(Trait("fetches_when_opened", where[:200]))
                    links.append(link(where, "", "attachment"))
        elif name.lower().endswith("document.xml") and _DDE.search(_part(archive, name)):
            traits.append(Trait("starts_program", "DDE"))
    return traits, links[:100]


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as file:
            return file.read(_PART_BYTES)
    except BROKEN:
        return b""


def look_at_ole(data: bytes) -> list[Trait]:
    """Return what is of note in a file of Office before 2007, or an installer. Raises ValueError."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            names = ["/".join(entry).lower() for entry in ole.listdir()[:2000]]
            word = ole.openstream("WordDocument").read(12) if ole.exists("WordDocument") else b""
            package = ole.root.clsid if ole.root else ""
    except Exception as error:  # olefile lets whatever its parts raise through
        raise ValueError(str(error)) from error
    traits = []
    if any(each in ("encryptedpackage", "encryptioninfo") for each in names) or (
        len(word) == 12 and word[11] & 1
    ):
        traits.append(Trait("encrypted"))
    if package.upper() in (
        "000C1084-0000-0000-C000-000000000046",
        "000C1086-0000-0000-C000-000000000046",
    ):
        traits.append(Trait("program", "Windows Installer"))
    if any(name.endswith(("_vba_project", "vba/dir")) for name in names):
        traits += _macros(data)
    elif any(name in ("workbook", "book") for name in names) and len(data) <= _MACRO_BYTES:
        traits += list(_macros(data, only_if_any=True))
    if any("\x01ole10native" in name for name in names):
        traits.append(Trait("embedded_object"))
    return traits


def look_at_rtf(data: bytes) -> tuple[list[Trait], list[Link]]:
    """Return what is of note in an RTF file, and where it leads."""
    traits, links = [], []
    if found := _RTF_OBJECT.search(data):
        traits.append(Trait("embedded_object", found[0].decode("latin-1")))
    if found := _RTF_TEMPLATE.search(data):
        where = found[1].decode("latin-1").strip()
        traits.append(Trait("fetches_when_opened", where[:200]))
        links.append(link(where, "", "attachment"))
    return traits, links


def _macros(data: bytes, *, only_if_any: bool = False) -> list[Trait]:
    if len(data) > _MACRO_BYTES:
        return [] if only_if_any else [Trait("macro")]
    parser = None
    try:
        from oletools import olevba  # not on every system: then macros are named, not looked into

        parser = olevba.VBA_Parser("attachment", data=data)
        if only_if_any and not parser.detect_xlm_macros():
            return []
        found = parser.analyze_macros() or []
    except Exception:  # noqa: BLE001  # olevba lets whatever its parts raise through; there are macros
        return [] if only_if_any else [Trait("macro")]
    finally:
        if parser is not None:
            parser.close()
    traits = [Trait("macro")]
    starts = sorted({str(word) for kind, word, _ in found if kind == "AutoExec"})
    acts = sorted({str(word) for kind, word, _ in found if kind == "Suspicious"})
    if starts:
        traits.append(Trait("macro_starts_itself", ", ".join(starts)[:200]))
    if acts:
        traits.append(Trait("macro_acts", ", ".join(acts)[:200]))
    return traits
