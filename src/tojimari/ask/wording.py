"""What is said of an answer that does not fit, in the words of whoever asks."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from tojimari.model import DONT_KNOW, Text

Misfit = Literal[
    "missing",
    "missing_number",
    "missing_row",
    "unknown",
    "one_only",
    "alone",
    "too_many",
    "no_number",
    "not_whole",
    "too_low",
    "too_high",
    "no_text",
    "too_long",
    "bad_character",
]
"""Why an answer does not fit; one reason, whoever asks."""


class Wording(msgspec.Struct, frozen=True):
    """The sentence for every misfit, twice.

    Places: ``question`` (id), ``given`` (shortened), ``allowed`` (ids), ``option`` (id),
    ``option_ja``, ``option_en``, ``row_ja``, ``row_en``, ``at_most``, ``low``, ``high``,
    ``unit_ja``, ``unit_en``, ``max_chars``, ``length``.

    Attributes:
        on_page: for people who see the options and no ids.
        in_file: for files and programs, which see ids.
    """

    on_page: Mapping[Misfit, Text]
    in_file: Mapping[Misfit, Text]


_PLEASE = Text(ja="お答えください。", en="Please answer this question.")
_RESPONDENT: dict[Misfit, Text] = {
    "missing": _PLEASE,
    "missing_number": _PLEASE,
    "missing_row": Text(ja="「{row_ja}」にもお答えください。", en='Please answer "{row_en}" too.'),
    "unknown": Text(
        ja="選択肢の中から選んでください。", en="Please choose one of the answers on the page."
    ),
    "one_only": Text(ja="一つだけ選んでください。", en="Please choose one answer only."),
    "alone": Text(
        ja="「{option_ja}」は、ほかの答えと一緒には選べません。",
        en='"{option_en}" cannot be chosen together with other answers.',
    ),
    "too_many": Text(ja="{at_most}つまで選べます。", en="You can choose at most {at_most}."),
    "no_number": Text(ja="数字で書いてください。", en="Please write a number."),
    "not_whole": Text(
        ja="小数のない数で書いてください。", en="Please write a whole number, without decimals."
    ),
    "too_low": Text(
        ja="{low:,.15g}{unit_ja}以上で書いてください。",
        en="Please write {low:,.15g}{unit_en} or more.",
    ),
    "too_high": Text(
        ja="{high:,.15g}{unit_ja}以下で書いてください。",
        en="Please write {high:,.15g}{unit_en} or less.",
    ),
    "no_text": Text(ja="文字で書いてください。", en="Please write words."),
    "too_long": Text(
        ja="{max_chars}字までで書いてください (今は{length}字)。",
        en="Please write at most {max_chars} characters (now {length}).",
    ),
    "bad_character": Text(
        ja="読めない文字があります。書き直してください。",
        en="There is a character that cannot be read. Please write it again.",
    ),
}

SURVEY = Wording(on_page=_RESPONDENT, in_file=_RESPONDENT)
"""Of a survey, to its respondents."""

_CHOOSE = Text(
    ja="答えを選んでください。分からなければ「わからない」を押してください。",
    en='Choose an answer. If you do not know, press "Don\'t know".',
)
_RANGE = Text(
    ja="{low:.15g}から{high:.15g}までの数を入れてください。",
    en="Give a whole number from {low:.15g} to {high:.15g}.",
)
_NO_SUCH = Text(
    ja="{question}: 答え {given} はありません。使えるのは: {allowed}",
    en="{question}: {given} is not an answer here. Allowed: {allowed}",
)
_RANGE_IN_FILE = Text(
    ja=f"{{question}}: {{low:.15g}}から{{high:.15g}}までの数か {DONT_KNOW} を書いてください。",
    en=f"{{question}}: give a whole number from {{low:.15g}} to {{high:.15g}}, or {DONT_KNOW}.",
)

DIAGNOSIS = Wording(
    on_page=_RESPONDENT
    | {
        "missing": _CHOOSE,
        "missing_number": _RANGE,
        "unknown": _CHOOSE,
        "one_only": Text(ja="答えは一つだけ選んでください。", en="Choose one answer only."),
        "alone": Text(
            ja="「{option_ja}」は、ほかの答えと一緒に選べません。",
            en='"{option_en}" does not go with other answers.',
        ),
        "too_many": Text(ja="選べるのは{at_most}つまでです。", en="Choose {at_most} at most."),
        "no_number": _RANGE,
        "not_whole": _RANGE,
        "too_low": _RANGE,
        "too_high": _RANGE,
    },
    in_file=_RESPONDENT
    | {
        "missing": _NO_SUCH,
        "missing_number": _RANGE_IN_FILE,
        "unknown": _NO_SUCH,
        "one_only": Text(
            ja="{question}: 答えは一つだけ選びます。", en="{question}: takes one answer only."
        ),
        "alone": Text(
            ja="{question}: 「{option}」はほかの答えと一緒に選べません。",
            en="{question}: '{option}' cannot be combined with other answers.",
        ),
        "too_many": Text(
            ja="{question}: 選べるのは{at_most}つまでです。",
            en="{question}: takes at most {at_most} answers.",
        ),
        "no_number": _RANGE_IN_FILE,
        "not_whole": _RANGE_IN_FILE,
        "too_low": _RANGE_IN_FILE,
        "too_high": _RANGE_IN_FILE,
    },
)
"""Of the diagnosis, to the owner: on the page, and in an answers file or the API."""
