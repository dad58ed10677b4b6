"""What is inconsistent in a catalog: file, key and reason."""

import msgspec

from tojimari.model import Lang, Text, TojimariError


class Problem(msgspec.Struct, frozen=True, order=True):
    """One inconsistency. ``file`` is relative to the catalog's folder, ``key`` a path in it."""

    file: str
    key: str
    reason: Text

    def say(self, lang: Lang) -> str:
        """Return ``file: key: reason`` in ``lang``; braces in a reason are no places to fill."""
        reason = self.reason.ja if lang == "ja" else self.reason.en
        return f"{self.file}: {self.key}: {reason}"


class CatalogError(TojimariError):
    """The catalog is inconsistent and was refused."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep all ``problems``; the message shows the first ones."""
        self.problems = sorted(problems, key=lambda p: (p.file, p.key, p.reason.en))
        shown = self.problems[:5]
        more = len(self.problems) - len(shown)
        super().__init__(
            "カタログに矛盾があります。"
            + " / ".join(p.say("ja") for p in shown)
            + (f" (ほか{more}件)" if more else "")
            + "。`tojimari catalog lint` で全部を見られます。",
            "The catalog is inconsistent: "
            + " / ".join(p.say("en") for p in shown)
            + (f" (and {more} more)" if more else "")
            + ". `tojimari catalog lint` shows all.",
        )
