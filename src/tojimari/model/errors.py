"""The one base error. A message says where, what, and what to do, in both languages."""

from pathlib import Path

from tojimari.model.text import Lang, Text


class TojimariError(Exception):
    """Something the user can act on. The command prints it and ends with code 2."""

    def __init__(self, ja: str, en: str) -> None:
        """Keep the sentence in both languages; ``str()`` gives the English one."""
        super().__init__(en)
        self.text = Text(ja=ja, en=en)

    def say(self, lang: Lang) -> str:
        """Return the sentence in ``lang``."""
        return self.text.ja if lang == "ja" else self.text.en


class CannotWrite(TojimariError):
    """A file or folder the user asked for could not be written; what was there is untouched."""

    def __init__(self, path: Path, error: OSError) -> None:
        """Name the place and what the system said about it."""
        said = error.strerror or str(error)
        super().__init__(
            f"{path}: 書き込めません ({said})。空き容量と場所を確かめて、もう一度実行してください。"
            "前のファイルは変えていません。",
            f"{path}: cannot be written ({said}). Check free space and the place, and run again. "
            "Any earlier file is unchanged.",
        )
