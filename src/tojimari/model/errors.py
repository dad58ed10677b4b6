"""The one base error. A message says where, what, and what to do, in both languages."""

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
