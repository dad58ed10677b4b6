"""Zip files whose bytes depend on what is in them alone, and a guard for those of strangers."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Mapping

_ALWAYS = (1980, 1, 1, 0, 0, 0)
_UNPACKED_AT_MOST = 30_000_000
_PARTS_AT_MOST = 500


class NoArchive(ValueError):
    """What was handed in is no zip file, or one that would unpack to too much."""


def same_bytes(
    data: bytes, *, first: str = "", instead: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a zip file packed anew: parts in order of their names, without times.

    first: a part that stands first and unpacked (the ``mimetype`` of OpenDocument).
    instead: part -> what stands there instead.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in sorted(old.namelist(), key=lambda one: (one != first, one)):
            how = zipfile.ZIP_STORED if name == first else zipfile.ZIP_DEFLATED
            info = zipfile.ZipInfo(name, _ALWAYS)
            info.external_attr = 0o600 << 16
            content = (instead or {}).get(name)
            new.writestr(info, old.read(name) if content is None else content, how)
    return made.getvalue()


def parts_of(data: bytes, wanted: str) -> bytes:
    """Return one part of a zip file of a stranger. Raises NoArchive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            infos = opened.infolist()
            if len(infos) > _PARTS_AT_MOST:
                raise NoArchive("too many parts")
            info = opened.getinfo(wanted)
            if info.file_size > _UNPACKED_AT_MOST or info.flag_bits & 1:
                raise NoArchive("too large, or locked")
            with opened.open(info) as part:
                content = part.read(_UNPACKED_AT_MOST + 1)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, OSError, EOFError) as error:
        raise NoArchive(str(error)) from error
    except (
        NotImplementedError,
        RuntimeError,
    ) as error:  # a packer or lock that zipfile does not know
        raise NoArchive(str(error)) from error
    if len(content) > _UNPACKED_AT_MOST:
        raise NoArchive("too large")
    return content
