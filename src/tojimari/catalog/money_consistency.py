"""Whether programmes of money and help fit each other and the rest of the catalog."""

import re
from collections.abc import Mapping

from tojimari.catalog.linter import Linter
from tojimari.catalog.money import MoneyKnowledge, Programme
from tojimari.model.japan import NUMBERS

SIZES, CONDITIONS = "money/sizes.yaml", "money/conditions.yaml"
PAPERS, INSURANCE = "money/papers.yaml", "money/insurance.yaml"
_MUNICIPALITY = re.compile(r"\A[0-9]{5}\Z")
_CLASSES = ("making", "wholesale", "service", "retail")


def check_money(lint: Linter) -> None:
    """Note what does not fit in the shipped programmes and the words they are told in."""
    known, content = lint.content.money, lint.content
    for file, entries in (
        (SIZES, known.sizes),
        (CONDITIONS, known.conditions),
        (PAPERS, known.papers),
        (INSURANCE, known.insurance),
    ):
        lint.languages(file, entries)
    for size in known.sizes.values():
        lint.known(SIZES, f"{size.id}.sources", size.sources, content.sources)
        told = [one for bound in size.bounds for one in bound.classes]
        if sorted(told) != sorted(_CLASSES):
            lint.add(
                SIZES,
                f"{size.id}.bounds",
                "四つの業種に一つずつ要ります",
                "needs each of the four classes once",
            )
    for condition in known.conditions.values():
        lint.known(CONDITIONS, f"{condition.id}.sources", condition.sources, content.sources)
    for paper in known.papers.values():
        lint.known(PAPERS, f"{paper.id}.controls", paper.controls, content.controls)
    for topic in known.insurance.values():
        lint.known(INSURANCE, f"{topic.id}.controls", topic.controls, content.controls)
    for programme in known.programmes.values():
        file = f"money/programmes/{programme.id}.yaml"
        lint.languages(file, programme)
        lint.known(file, "sources", programme.sources, content.sources)
        check_programme(lint, file, programme, known)


def check_programme(
    lint: Linter, file: str, programme: Programme, known: MoneyKnowledge, under: str = ""
) -> None:
    """Note everything that does not fit in one programme, a shipped one or one of others.

    known: the sizes, conditions and papers that it may name.
    under: what stands before each key, for a file that holds several.
    """
    _ids(lint, file, programme, known, under)
    _places(lint, file, programme, under)
    _times(lint, file, programme, under)
    _amounts(lint, file, programme, under)
    if not programme.sources or not all(one.strip() for one in programme.sources):
        lint.add(
            file, f"{under}sources", "どこで確かめたかが要ります", "says not where it was read"
        )
    if programme.address and not re.fullmatch(r"https://[^\s\"'<>`\\]{3,500}", programme.address):
        lint.add(
            file,
            f"{under}address",
            "https:// で始まる番地ではありません",
            "is no address that begins with https://",
        )
    for conflict in programme.conflicts:
        if len(conflict.claims) < 2:
            lint.add(
                file,
                f"{under}conflicts.{conflict.about}",
                "食い違いには二つ以上の言い分が要ります",
                "a conflict needs two claims or more",
            )


def _ids(lint: Linter, file: str, programme: Programme, known: MoneyKnowledge, under: str) -> None:
    named: tuple[tuple[str, tuple[str, ...], Mapping[str, object]], ...] = (
        ("size", (programme.size,) if programme.size else (), known.sizes),
        ("needs", programme.needs, known.conditions),
        ("papers", programme.papers, known.papers),
        ("controls", programme.controls, lint.content.controls),
        ("rates", tuple(rate.size for rate in programme.rates if rate.size), known.sizes),
    )
    for key, ids, where in named:
        lint.known(file, f"{under}{key}", ids, where)
        for twice in {one for one in ids if ids.count(one) > 1}:
            lint.add(
                file, f"{under}{key}", f"「{twice}」が二度あります", f"{twice!r} is given twice"
            )


def _places(lint: Linter, file: str, programme: Programme, under: str) -> None:
    for number in programme.prefectures:
        if number not in NUMBERS:
            lint.add(
                file,
                f"{under}prefectures",
                f"「{number}」という都道府県の番号はありません",
                f"no prefecture has the number {number!r}",
            )
    for number in programme.municipalities:
        if not _MUNICIPALITY.match(number) or number[:2] not in NUMBERS:
            lint.add(
                file,
                f"{under}municipalities",
                f"「{number}」は市区町村の番号 (5けた) ではありません",
                f"{number!r} is no number of a municipality (five digits)",
            )
        elif programme.prefectures and number[:2] not in programme.prefectures:
            lint.add(
                file,
                f"{under}municipalities",
                f"「{number}」は prefectures の外です",
                f"{number!r} lies outside of prefectures",
            )


def _times(lint: Linter, file: str, programme: Programme, under: str) -> None:
    if (programme.status == "rounds") != bool(programme.rounds):
        lint.add(
            file,
            f"{under}rounds",
            "status が rounds のときだけ、締切 (closes) が要ります",
            "are needed for the status rounds, and only there",
        )
    for number, one in enumerate(programme.rounds):
        if one.opens is not None and one.opens > one.closes:
            lint.add(
                file,
                f"{under}rounds[{number}]",
                "始まりが締切より後です",
                "opens after it closes",
            )


def _amounts(lint: Linter, file: str, programme: Programme, under: str) -> None:
    low, high = programme.minimum, programme.maximum
    if low is not None and high is not None and low > high:
        lint.add(file, f"{under}minimum", "maximum より大きい額です", "is larger than the maximum")
    for number, rate in enumerate(programme.rates):
        if rate.fraction > 1:
            lint.add(
                file, f"{under}rates[{number}]", "1を超える割合です", "is a share of more than 1"
            )
    plain = [rate for rate in programme.rates if not rate.size]
    if programme.rates and (len(plain) != 1 or programme.rates[-1].size):
        lint.add(
            file,
            f"{under}rates",
            "最後に、規模を書かない割合が一つ要ります",
            "needs one share without a size, at the end",
        )
