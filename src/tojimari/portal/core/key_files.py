"""Files that hold a private key apart from the database: read, made once, replaced whole.

Whoever has the database, a backup of it, or the portal's secret has none of them. Beside the file
lies ``<name>.next``: the key that takes its place when a rotation is done.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from tojimari.lib.files import write_once, write_whole
from tojimari.lib.folders import make_private
from tojimari.model import TojimariError

Key = TypeVar("Key")


class KeyFile(Generic[Key]):
    """One kind of private key in a file of its own.

    Attributes:
        place: gives the file's path; asked each time, as it is a setting.
        read, text: from and to the text of the file. ``read`` raises ValueError for no such key.
        name: the id of a key, as the database knows it.
        ja, en: what such a key is called, e.g. "証明の鍵", "key for statements".
        command: what follows ``tojimari portal`` to see to it.
        refusal: the error raised where the key cannot be had here.
    """

    def __init__(
        self,
        place: Callable[[], Path],
        *,
        read: Callable[[str], Key],
        text: Callable[[Key], str],
        name: Callable[[Key], str],
        words: tuple[str, str],
        command: str,
        refusal: type[TojimariError],
    ) -> None:
        """Keep what this kind of key is; nothing is read yet."""
        self.place, self.read, self.text, self.name = place, read, text, name
        self.ja, self.en = words
        self.command, self.refusal = command, refusal

    @property
    def next_place(self) -> Path:
        """Return the path of the key that comes next."""
        path = self.place()
        return path.with_name(f"{path.name}.next")

    def present(self) -> Key | None:
        """Return the key in the file; None where there is no file. Raises ``refusal``."""
        return self._key_in(self.place())

    def coming(self) -> Key | None:
        """Return the key that comes next; None where there is no file. Raises ``refusal``."""
        return self._key_in(self.next_place)

    def make_present(self, made: Key) -> Key:
        """Put ``made`` into the file unless one is there; returns the key that is there then."""
        path = self.place()
        make_private(path.parent)
        write_once(path, self._bytes(made))
        return self._key_in(path) or made  # another worker may have been faster

    def replace_coming(self, made: Key) -> None:
        """Let ``made`` be the next key, whatever was."""
        make_private(self.next_place.parent)
        write_whole(self.next_place, self._bytes(made))

    def holding(self, name: str) -> Key:
        """Return the key of this id. Raises ``refusal`` where it is not here.

        Where a rotation was cut off after the database knew of it, it still is the next one.
        """
        # Once more, since ``settle`` may have moved it in between.
        for look in (self.present, self.coming, self.present):
            key = look()
            if key is not None and self.name(key) == name:
                return key
        raise self.refusal(
            f"{self.place()} に、いまの{self.ja} ({name}) がありません。保管した鍵を戻すか、"
            f"`tojimari portal {self.command} revoke` で新しい鍵にしてください。",
            f"{self.place()} does not hold the current {self.en} ({name}). Put the kept file back, or "
            f"make a new key with `tojimari portal {self.command} revoke`.",
        )

    def settle(self, name: str) -> Key:
        """Return the key of this id as ``holding`` does; from now on it is in the file itself.

        Only for who holds the lock on the rows of the keys: otherwise another next key may lie there
        by the time it is moved, and would take the place of the one that signs.
        """
        key = self.holding(name)
        coming = self.coming()
        if coming is not None and self.name(coming) == name:
            self.next_place.replace(self.place())
        return key

    def none_yet(self) -> TojimariError:
        """Return the error that says that no key was ever made."""
        return self.refusal(
            f"{self.ja}がまだありません。`tojimari worker` が動き始めると作られます。",
            f"There is no {self.en} yet. `tojimari worker` makes it when it starts.",
        )

    def not_there(self) -> TojimariError:
        """Return the error that says that there is no file."""
        return self.refusal(f"{self.place()} がありません。", f"{self.place()} is not there.")

    def given_up(self, name: str) -> TojimariError:
        """Return the error that says that the file holds a key that must not sign any more."""
        return self.refusal(
            f"{self.place()} の鍵 ({name}) は、前に替えたか取り消した鍵です。",
            f"The key in {self.place()} ({name}) was replaced or revoked before.",
        )

    def is_open_to_others(self) -> bool:
        """Return whether others than their user can read the files; false where there is none."""
        return any(_is_open(path) for path in (self.place(), self.next_place))

    def _key_in(self, path: Path) -> Key | None:
        try:
            return self.read(path.read_text("ascii"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.refusal(
                f"{self.ja} {path} が読めません ({error.strerror})。",
                f"The {self.en}, {path}, cannot be read ({error.strerror}).",
            ) from error
        except ValueError as error:
            raise self.refusal(
                f"{path} は{self.ja}ではありません。", f"{path} is no {self.en}."
            ) from error

    def _bytes(self, key: Key) -> bytes:
        return self.text(key).encode("ascii")


def _is_open(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return os.name == "posix" and bool(stat.S_IMODE(mode) & 0o077)
