"""The zip: the same files give the same bytes."""

import time
import zipfile
from pathlib import Path


def write(folder: Path, archive: Path, top: str, moment: int) -> None:
    """Zip what is in ``folder`` below the folder ``top``; every file bears ``moment`` (Unix seconds)."""
    when = time.gmtime(max(moment, 315_532_800))[:6]  # a zip begins in 1980
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if path.is_file():
                entry = zipfile.ZipInfo(f"{top}/{path.relative_to(folder).as_posix()}", when)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o100644 << 16
                packed.writestr(entry, path.read_bytes())
