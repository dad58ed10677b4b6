"""What is wrong with a questionnaire: file, line and reason."""

from collections.abc import Sequence

import msgspec

from tojimari.model import Lang, Text, TojimariError
from tojimari.model.conditions import KeyPath


class Flaw(msgspec.Struct, frozen=True):
    """One thing that is wrong, and where it stands (not yet: in which line)."""

    path: KeyPath
    reason: Text

    def key(self) -> str:
        """Return the path as people write it: ``questions[3].when``."""
        shown = ""
        for step in self.path:
            shown += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if shown else step
        return shown


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong in ``file``, at ``line`` (from 1)."""

    file: str
    line: int
    key: str
    reason: Text

    def say(self, lang: Lang) -> str:
        """Return ``file:line: key: reason`` in ``lang``."""
        key = f"{self.key}: " if self.key else ""
        # Not Text.say: a sentence may quote a brace, which is no place to fill here.
        reason = self.reason.ja if lang == "ja" else self.reason.en
        return f"{self.file}:{self.line}: {key}{reason}"


class BadQuestionnaire(TojimariError):
    """A questionnaire that was refused; ``problems`` has everything found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep all ``problems``; the message shows the first ones."""
        self.problems = list(problems)
        shown = self.problems[:5]
        more = len(self.problems) - len(shown)
        super().__init__(
            "調査票に誤りがあります。"
            + " / ".join(problem.say("ja") for problem in shown)
            + (f" (ほか{more}件)" if more else "")
            + " `tojimari survey lint` で全部を見られます。",
            "The questionnaire has mistakes: "
            + " / ".join(problem.say("en") for problem in shown)
            + (f" (and {more} more)" if more else "")
            + " `tojimari survey lint` shows all.",
        )
