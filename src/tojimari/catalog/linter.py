"""Collects the inconsistencies of a catalog."""

from collections.abc import Iterable, Mapping

from tojimari.catalog.problems import Problem
from tojimari.catalog.read import texts
from tojimari.catalog.schema import Content
from tojimari.model import Text


class Linter:
    """Collects what does not fit, each with file and key."""

    def __init__(self, content: Content) -> None:
        """Start with nothing found in ``content``."""
        self.content = content
        self.problems: list[Problem] = []

    def add(self, file: str, key: str, ja: str, en: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(file, key, Text(ja=ja, en=en)))

    def known(self, file: str, key: str, ids: Iterable[str], where: Mapping[str, object]) -> None:
        """Note every id of ``ids`` that ``where`` does not have."""
        for id_ in ids:
            if id_ not in where:
                self.add(file, key, f"「{id_}」はありません", f"unknown id {id_!r}")

    def languages(self, file: str, entry: object) -> None:
        """Note every text inside ``entry`` that is missing in a language."""
        for path, text in texts(entry):
            for lang in ("ja", "en"):
                said = getattr(text, lang)
                if not said.strip():
                    self.add(
                        file,
                        f"{path.removeprefix('$.')}.{lang}",
                        "文がありません",
                        "the text is missing",
                    )
            if text.ja.strip() and text.ja.isascii() and any(c.islower() for c in text.ja):
                words = text.ja.split()
                if len(words) > 3:
                    self.add(
                        file,
                        f"{path.removeprefix('$.')}.ja",
                        "日本語の文に日本語がありません",
                        "the Japanese text has no Japanese in it",
                    )
