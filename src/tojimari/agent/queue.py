"""Reports that wait for the portal: one file each, oldest first, bounded."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from tojimari.agent.home import Home, write_private
from tojimari.agent.wire import Report

AT_MOST = 200
"""More waiting reports than this push out the oldest: half a year of daily looks."""


class Queue:
    """The folder of waiting reports. A crash leaves either the whole report or none."""

    def __init__(self, home: Home) -> None:
        """Use the queue folder of ``home``."""
        self.folder = home.folder / "queue"

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.json"))

    def put(self, report: Report) -> None:
        """Add a report."""
        name = f"{report.made_at:%Y%m%dT%H%M%S}-{report.report}.json"
        write_private(self.folder / name, msgspec.json.encode(report))
        for old in self._files()[:-AT_MOST]:
            old.unlink(missing_ok=True)

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._files())

    def waiting(self) -> Iterator[tuple[Path, Report]]:
        """Yield (file, report), the oldest first; a damaged file is dropped."""
        for path in self._files():
            try:
                yield path, msgspec.json.decode(path.read_bytes(), type=Report)
            except (OSError, msgspec.MsgspecError):
                path.unlink(missing_ok=True)
