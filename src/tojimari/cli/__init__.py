"""The command. Thin: one module a verb; everything it says comes from the catalog."""

import codecs
import gc
import os
import sys

from tojimari.cli.printing import print_aside
from tojimari.model import Lang, TojimariError


def _language(argv: list[str]) -> Lang:
    """Return the language asked for: --lang, TOJIMARI_LANG, the locale; else Japanese."""
    for index, word in enumerate(argv):
        if word.startswith("--lang="):
            return "en" if word == "--lang=en" else "ja"
        if word == "--lang" and index + 1 < len(argv):
            return "en" if argv[index + 1] == "en" else "ja"
    for name in ("TOJIMARI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "en" if value.startswith("en") else "ja"
    return _language_of_windows() if sys.platform == "win32" else "ja"


def _language_of_windows() -> Lang:
    """Return Japanese where the user's Windows speaks it, else English."""
    import ctypes

    japanese = 0x11  # LANG_JAPANESE, the lower ten bits of a language identifier
    chosen = int(ctypes.windll.kernel32.GetUserDefaultUILanguage())  # type: ignore[attr-defined]
    return "ja" if chosen & 0x3FF == japanese else "en"


STAND_INS = {
    "■": "#",
    "□": "-",
    "●": "*",
    "○": "o",
    "◯": "o",
    "△": "!",
    "▲": "!",
    "×": "x",
    "※": "*",
    "✓": "v",
    "→": "->",
    "←": "<-",
    "－": "-",
    "〜": "~",
    "…": "...",
    "·": "-",
    "–": "-",
    "—": "-",
    "“": '"',
    "”": '"',
    "’": "'",
    "「": '"',
    "」": '"',
}
"""What is shown for signs that the terminal's encoding does not have; for all other ones "?"."""


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(STAND_INS.get(letter, "?") for letter in missing), error.end


codecs.register_error("tojimari.stand_in", _stand_in)


def _speakable(lang: Lang) -> Lang:
    """Fall back to English, saying so, when the terminal cannot show Japanese."""
    encoding = sys.stdout.encoding or "ascii"
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="tojimari.stand_in")
    if lang == "ja":
        try:
            "戸締まり、ァヴ・〜".encode(encoding)
        except (UnicodeEncodeError, LookupError):
            print_aside(
                f"tojimari: this terminal's encoding ({encoding}) cannot show Japanese, so English "
                "is used; set LANG to a UTF-8 locale such as ja_JP.UTF-8 to get Japanese.",
            )
            return "en"
    return lang


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns 0 all basics met, 1 something open, 2 could not run."""
    # Reading the modules and the catalog makes tens of thousands of objects that stay: looking
    # them through a hundred times for garbage takes a check some 10 ms.
    gc.set_threshold(10_000)
    words = sys.argv[1:] if argv is None else argv
    lang = _speakable(_language(words))
    try:
        from tojimari.cli.argument_parser import with_dashed_ids
        from tojimari.cli.grammar import parser

        arguments = parser(lang, words).parse_args(with_dashed_ids(words))
        code = int(arguments.run(arguments, lang))
        sys.stdout.flush()
    except TojimariError as error:
        _say(error.say(lang))
        return 2
    except BrokenPipeError:
        # The program that read the output (head, less) has ended.
        _close_stdout()
        return 2
    except OSError as error:
        _close_stdout()
        said = error.strerror or str(error)
        _say(
            f"結果を出せませんでした ({said})。空き容量と出力先を確かめてください。保存済みのものは無事です。"
            if lang == "ja"
            else f"The result could not be written ({said}). Check free space and where the output "
            "goes. Everything saved before is safe."
        )
        return 2
    except KeyboardInterrupt:
        _say(
            "中断しました。保存済みのものは無事です。"
            if lang == "ja"
            else "Interrupted. Everything saved before is safe."
        )
        return 2
    return code


def _say(sentence: str) -> None:
    print_aside(f"tojimari: {sentence}")


def _close_stdout() -> None:
    """Point standard output nowhere, so that Python's own flush at the end cannot fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
