"""Published figures beside what the rows give when they are tabulated."""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from tojimari.ask.questionnaire import options_of
from tojimari.model import Lang, Text
from tojimari.survey.parquet import open_responses
from tojimari.survey.publication import Figure, Order, Published
from tojimari.survey.reconstruction.margins import keys_of
from tojimari.survey.reconstruction.variables import Key, Variables
from tojimari.survey.rows import answers_of
from tojimari.survey.schema import Questionnaire
from tojimari.survey.tables import rounded

State = Literal["reproduced", "cannot", "missed"]
Count = Callable[[Key], tuple[int, int]]
"""Firms in a set, and firms in the base that its share is of."""
_FIRMS = Text(ja="{n:,}社", en="{n:,} firms")


class Compared(msgspec.Struct, frozen=True):
    """One published figure and what the rows give.

    ``printed``, ``found``: as read. ``why``: the reason where it cannot hold.
    """

    id: str
    figure: int | None
    what: Text
    printed: Text
    found: Text
    state: State
    why: Text | None = None


def counted(path: Path, questionnaire: Questionnaire) -> Count:
    """Return a function that counts in the response file at ``path``.

    Raises BadResponses when the file does not answer ``questionnaire``.
    """
    variables = Variables(questionnaire)
    firms = [
        answers_of(questionnaire, row)
        for batch in open_responses(path, questionnaire).batches()
        for row in batch.to_pylist()
    ]

    @cache
    def asked(of: str) -> list[bool]:
        return [variables.member(Key(of), firm) for firm in firms]

    @cache
    def gave(of: str, answers: tuple[str, ...]) -> list[bool]:
        key = Key(of, answers=answers)
        return [
            inside and variables.member(key, firm)
            for inside, firm in zip(asked(of), firms, strict=True)
        ]

    def count(key: Key) -> tuple[int, int]:
        everybody = [True] * len(firms)
        group = gave(key.by, (key.group,)) if key.by else everybody
        base = [a and b for a, b in zip(asked(key.of), group, strict=True)]
        chosen = gave(key.of, key.answers) if key.answers else base
        return sum(a and b for a, b in zip(base, chosen, strict=True)), sum(base)

    return count


def compare(
    published: Published,
    questionnaire: Questionnaire,
    count: Count,
    against: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Compared]:
    """Return every published figure with what ``count`` finds.

    ``against``: figures known to be impossible -> the figures they contradict.
    """
    words = _Words(questionnaire)
    found = []
    for figure in published.rows:
        if figure.kind == "order":
            what, printed, got, good = _order(figure, words, count)
        else:
            what, printed, got, good = _number(figure, words, count)
        state: State = "reproduced" if good else "missed"
        why = None
        if not good and (figure.cannot or figure.id in (against or {})):
            state, why = "cannot", _why(figure, (against or {}).get(figure.id, ()))
            if figure.instead:
                other = Key(figure.instead, figure.by, figure.group, figure.answers)
                there = f" → {_share(*count(other))}"
                got = Text(ja=got.ja + there, en=got.en + there)
        found.append(Compared(figure.id, figure.figure, what, printed, got, state, why))
    return found


def _why(figure: Figure, against: tuple[str, ...]) -> Text:
    ids = ", ".join(against)
    parts = [figure.cannot] if figure.cannot else []
    if against:
        parts.append(
            Text(ja=f"ともに成り立たない数字: {ids}", en=f"Cannot hold together with: {ids}")
        )
    return Text(ja=" ".join(p.ja for p in parts), en=" ".join(p.en for p in parts))


def _number(figure: Figure, words: "_Words", count: Count) -> tuple[Text, Text, Text, bool]:
    keys = keys_of(figure)
    numbers = [count(key) for key in keys]
    good = all(figure.fits(number, base) for number, base in numbers)
    what = words.what(figure)
    if figure.each:  # the nearest to the bound stands for all
        numbers = [max(numbers)]
    number, base = numbers[0]
    if figure.percent is not None:
        printed = f"{figure.percent:.{figure.decimals}f}%"
        return what, _both(lambda _: printed), _both(lambda _: _share(number, base)), good
    if figure.below is not None:
        printed = f"< {figure.below:g}%"
        return what, _both(lambda _: printed), _both(lambda _: _share(number, base)), good
    if figure.above is not None:
        printed = f"> {figure.above:g}%"
        return what, _both(lambda _: printed), _both(lambda _: _share(number, base)), good
    firms = number if figure.answers else base
    stated = figure.count or 0
    return (
        what,
        _both(lambda lang: _FIRMS.say(lang, n=stated)),
        _both(lambda lang: _FIRMS.say(lang, n=firms)),
        good,
    )


def _order(figure: Figure, words: "_Words", count: Count) -> tuple[Text, Text, Text, bool]:
    whats, printed, got = [], [], []
    good = True
    for order in figure.orders:
        numbers = [count(Key(order.of, order.by, g, (order.answer,))) for g in order.groups]
        shares = [rounded(None, number, base) for number, base in numbers]
        good = good and holds_in_order(shares, order)
        sign = " > " if order.falling else " < "
        whats.append(words.broken(order))
        printed.append(words.chain(order.by, order.groups, sign))
        got.append(sign.join(shares))
    if figure.rank:
        rank = figure.rank
        given = {a: count(Key(rank.of, answers=(a,))) for a in words.answers(rank.of)}
        first = [given[answer][0] for answer in rank.first]
        rest = [n for a, (n, _) in given.items() if a not in (*rank.first, *rank.apart)]
        good = all(more > less for more, less in pairwise(first))
        good = good and all(n <= first[-1] for n in rest)
        whats.append(words.name(rank.of))
        printed.append(words.chain(rank.of, rank.first, " > "))
        got.append(" > ".join(_share(*given[answer]) for answer in rank.first))
    return _joined(whats), _joined(printed), _both(lambda _: "; ".join(got)), good


def holds_in_order(shares: list[str], order: Order) -> bool:
    """Say whether shares, as printed, rise (or fall) from group to group; "" is no share."""
    if "" in shares:
        return False
    numbers = [float(share) for share in shares]
    if order.falling:
        numbers.reverse()
    return all(low < high for low, high in pairwise(numbers))


def _share(number: int, base: int) -> str:
    return f"{rounded(None, number, base)}% ({number}/{base})" if base else "- (0/0)"


def _both(make: Callable[[Lang], str]) -> Text:
    return Text(ja=make("ja"), en=make("en"))


def _joined(texts: list[Text]) -> Text:
    return _both(lambda lang: "; ".join(dict.fromkeys(text.say(lang) for text in texts)))


class _Words:
    """Names of questions, answers and groups."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._names = {q.id: q.text for q in questionnaire.questions}
        self._names |= {d.id: d.text for d in questionnaire.derived}
        self._answers = {
            q.id: {o.id: o.text for o in options_of(q)} for q in questionnaire.questions
        }
        self._answers |= {
            d.id: {group.id: group.text for group in d.groups} for d in questionnaire.derived
        }

    def answers(self, of: str) -> list[str]:
        return list(self._answers[of])

    def name(self, of: str) -> Text:
        return self._names[of]

    def answer(self, of: str, answer: str, lang: Lang) -> str:
        text = self._answers[of][answer]
        return text.ja if lang == "ja" else text.en

    def chain(self, of: str, answers: tuple[str, ...], sign: str) -> Text:
        """Return answers (groups) of one question with a sign between them."""
        return _both(lambda lang: sign.join(self.answer(of, a, lang) for a in answers))

    def broken(self, order: Order) -> Text:
        """Return "question: answer, by break"."""

        def make(lang: Lang) -> str:
            of, by = self.name(order.of), self.name(order.by)
            answer = self.answer(order.of, order.answer, lang)
            return f"{_plain(of, lang)}: {answer} × {_plain(by, lang)}"

        return _both(make)

    def what(self, figure: Figure) -> Text:
        """Return "question: answers [break: group]"."""

        def make(lang: Lang) -> str:
            said = _plain(self.name(figure.of), lang)
            if figure.answers:
                said += ": " + " / ".join(self.answer(figure.of, a, lang) for a in figure.answers)
            else:
                said += ": n"
            if figure.by:
                group = self.answer(figure.by, figure.group, lang)
                said += f" [{_plain(self.name(figure.by), lang)}: {group}]"
            return said

        return _both(make)


def _plain(text: Text, lang: Lang) -> str:
    return text.ja if lang == "ja" else text.en
