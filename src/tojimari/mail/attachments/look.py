"""Looks into the files that come with a message: what they are, what they hold, where they lead.

Nothing is run, saved or fetched. What cannot be looked into is named, never passed over.
"""

import io
import zipfile
from collections.abc import Iterator

from tojimari.mail.attachments.archives import (
    BROKEN,
    Entry,
    in_disk_image,
    in_gzip,
    in_onenote,
    in_tar,
    in_zip,
)
from tojimari.mail.attachments.budget import DEPTH, Budget, TooLarge
from tojimari.mail.attachments.kinds import (
    DANGEROUS,
    HARMLESS_LOOKING,
    by_bytes,
    by_ending,
    ending,
    kind_of,
)
from tojimari.mail.message import Attachment, Gap, Link, Trait

_DIRECTION = set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200f\u200e")
_SPACES = "        "


class Looked:
    """What was found in all attachments of a message."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.attachments: list[Attachment] = []
        self.links: list[Link] = []
        self.gaps: list[Gap] = []


def look(name: str, declared: str, data: bytes, budget: Budget, into: Looked) -> None:
    """Look into one file, and into those within it; never raises for what is in them."""
    _look(Entry(name, data, "", len(data)), declared, (), budget, into)


def is_only_named(name: str, data: bytes) -> bool:
    """Return whether nothing of a file is read but its name: plain text, signatures."""
    return not by_bytes(data) and by_ending(name) in ("", "text")


def name_traits(name: str, kind: str) -> Iterator[Trait]:
    """Yield how a file's name deceives: what people read is not what Windows goes by."""
    if _DIRECTION & set(name):
        yield Trait("name_reversed", name[:200])
    last = ending(name)
    before = ending(name[: len(name.rstrip(". \u3000")) - len(last) - 1]) if last else ""
    dangerous = by_ending(name) in DANGEROUS or kind in DANGEROUS
    if dangerous and before in HARMLESS_LOOKING:
        yield Trait("two_endings", name[:200])
    if _SPACES in name.replace("\u3000", " ").replace("_" * 12, _SPACES):
        yield Trait("name_hidden_end", name[:200])
    expected = by_ending(name)
    if kind in ("program", "shortcut", "html", "disk_image") and expected in (
        "office",
        "picture",
        "pdf",
        "text",
    ):
        yield Trait("other_than_named", kind)


def _look(
    entry: Entry, declared: str, within: tuple[str, ...], budget: Budget, into: Looked
) -> None:
    if not budget.file():
        into.gaps.append(Gap("too_many_attachments"))
        return
    name, data = entry.name, entry.data
    kind = kind_of(name, data)
    traits: list[Trait] = []
    at = len(into.attachments)
    into.attachments.append(Attachment(name[:300], declared[:100], kind, entry.size))  # its place
    if data is None:
        traits.append(Trait(entry.why))
        if entry.why != "encrypted":
            into.gaps.append(Gap(f"{entry.why}_attachment", name[:200]))
    elif data:
        try:
            traits += _inside(entry, kind, within, budget, into)
        except (RecursionError, ImportError):  # the latter: what it takes was not loaded
            into.gaps.append(Gap("damaged_attachment", name[:200]))
    by_name = by_ending(name)
    kind = into.attachments[at].kind or kind
    if kind in DANGEROUS and not any(each.id == kind for each in traits):
        traits.append(Trait(kind, name[:200]))
    elif by_name in DANGEROUS and not any(each.id == by_name for each in traits):
        traits.append(Trait(by_name, name[:200]))
    elif by_name == "macro_office" and not any(each.id == "macro" for each in traits):
        traits.append(Trait("macro", name[:200]))
    traits += name_traits(name, kind)
    into.attachments[at] = Attachment(
        name[:300], declared[:100], kind, entry.size, within, tuple(dict.fromkeys(traits))[:30]
    )


def _inside(
    entry: Entry, kind: str, within: tuple[str, ...], budget: Budget, into: Looked
) -> list[Trait]:
    data, name = entry.data or b"", entry.name
    inner = (*within, name[:300])
    try:
        if kind == "zip":
            return _zip(data, name, inner, budget, into)
        if kind in ("gzip", "tar", "disk_image", "onenote"):
            entries = {
                "gzip": lambda: in_gzip(name, data, budget),
                "tar": lambda: in_tar(data, budget),
                "disk_image": lambda: in_disk_image(data, budget),
                "onenote": lambda: in_onenote(data, budget),
            }[kind]()
            return _entries(entries, kind, inner, budget, into)
        if kind == "archive":
            into.gaps.append(Gap("unknown_archive", name[:200]))
            return [Trait("not_looked_into")]
        return _document(data, name, kind, into)
    except TooLarge:
        into.gaps.append(Gap("too_large_attachment", name[:200]))
        return [Trait("not_looked_into")]
    except (ValueError, OSError):
        if kind != "picture":  # a broken picture shows nothing
            into.gaps.append(Gap("damaged_attachment", name[:200]))
        return [Trait("damaged")]


def _document(data: bytes, name: str, kind: str, into: Looked) -> list[Trait]:
    traits: list[Trait] = []
    links: list[Link] = []
    if kind == "pdf":
        from tojimari.mail.attachments.pdf import look_at_pdf

        traits, links = look_at_pdf(data)
    elif kind in ("html", "svg"):
        from tojimari.mail.attachments.markup import look_at_markup

        traits, links = look_at_markup(data, svg=kind == "svg")
    elif kind == "picture":
        from tojimari.mail.attachments.pictures import codes_in_file

        links = codes_in_file(data)
    elif kind == "ole":
        from tojimari.mail.attachments.office import look_at_ole

        traits = look_at_ole(data)
    elif kind == "rtf":
        from tojimari.mail.attachments.office import look_at_rtf

        traits, links = look_at_rtf(data)
    elif kind == "shortcut":
        from tojimari.mail.attachments.shortcuts import look_at_lnk, look_at_url_file

        if data.startswith(b"L\x00\x00\x00"):
            traits = look_at_lnk(data)
        else:
            traits, links = look_at_url_file(data)
    into.links += links
    return traits


def _zip(
    data: bytes, name: str, inner: tuple[str, ...], budget: Budget, into: Looked
) -> list[Trait]:
    at = len(into.attachments) - 1
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN as error:
        raise ValueError(str(error)) from error
    with archive:
        names = archive.namelist()
        if "[Content_Types].xml" in names:
            from tojimari.mail.attachments.office import look_at_openxml

            into.attachments[at] = Attachment(name[:300], "", "office", len(data))
            traits, links = look_at_openxml(data, archive, names)
            into.links += links
            return traits
        if "META-INF/MANIFEST.MF" in names and ending(name) in ("jar", "apk", ""):
            into.attachments[at] = Attachment(name[:300], "", "program", len(data))
            return [Trait("program", "Java")]
        return _entries(in_zip(archive, budget), "zip", inner, budget, into)


def _entries(
    entries: Iterator[Entry], kind: str, inner: tuple[str, ...], budget: Budget, into: Looked
) -> list[Trait]:
    traits: list[Trait] = []
    for entry in entries:
        if len(inner) > DEPTH:
            into.gaps.append(Gap("too_deep", entry.name[:200]))
            return [*traits, Trait("not_looked_into")]
        before = len(into.attachments)
        _look(entry, "", inner, budget, into)
        if entry.why == "encrypted":
            traits.append(Trait("encrypted"))
        if kind == "onenote" and entry.data and before < len(into.attachments):
            looked = into.attachments[before]
            text = looked.kind in ("", "html")  # scripts are text
            if looked.kind in DANGEROUS or (text and not looked.traits and _script(entry.data)):
                traits.append(Trait("embedded_object", looked.kind or "script"))
        del entry  # before the next one is unpacked beside it
        if budget.bytes() <= 0:
            into.gaps.append(Gap("too_large_attachment", inner[-1][:200]))
            return [*traits, Trait("not_looked_into")]
    return traits


def _script(data: bytes) -> bool:
    head = data[:4096].lower().replace(b"\x00", b"")
    return any(
        word in head
        for word in (
            b"@echo",
            b"powershell",
            b"wscript",
            b"createobject",
            b"<hta:",
            b"<job",
            b"activexobject",
        )
    )
