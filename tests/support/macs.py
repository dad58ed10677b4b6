"""Macs rebuilt from files and from what their commands print."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.support.hosts import RecordedHost
from tojimari.collect.host import Denied, Output

MACHINES = Path(__file__).parents[1] / "assets" / "macos" / "machines"


class Mac(RecordedHost):
    """A Mac as an ordinary person sees it; macOS shows some files to nobody but itself."""

    def __init__(
        self, root: Path, printed: dict[tuple[str, ...], Output], denied: Sequence[str] = ()
    ) -> None:
        super().__init__(root, printed)
        self.denied = denied

    def read_bytes(self, absolute: str, limit: int = 10**7) -> bytes:
        if absolute in self.denied:
            raise Denied(absolute)
        return super().read_bytes(absolute, limit)

    def is_root(self) -> bool:
        return False


def _output(held: str | dict[str, str | int]) -> Output:
    if isinstance(held, str):
        return Output(0, held, "")
    return Output(int(held.get("code", 0)), str(held["out"]), str(held["err"]))


def mac(
    name: str,
    *,
    root: Path | None = None,
    denied: Sequence[str] = (),
    **changed: str | dict[str, str | int] | None,
) -> Mac:
    """Return the Mac of a folder.

    root: files in the place of the folder's own.
    changed: by the program's name, what all its commands print instead; None where it is not
        there.
    """
    held = json.loads((MACHINES / name / "printed.json").read_text("utf-8"))
    for word, printed in changed.items():
        commands = [c for c in held if _argv(c)[0].rpartition("/")[2] == word]
        assert commands, word
        for command in commands:
            if printed is None:
                del held[command]
            else:
                held[command] = printed
    outputs = {_argv(command): _output(printed) for command, printed in held.items()}
    return Mac(root or MACHINES / name / "root", outputs, denied)


def _argv(command: str) -> tuple[str, ...]:
    return tuple(command.split(" "))
