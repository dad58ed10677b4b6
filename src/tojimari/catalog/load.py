"""Loads the catalog: from its compiled form when that is fresh, else from the YAML files."""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from tojimari.catalog.money import Programme
from tojimari.catalog.problems import CatalogError, Problem
from tojimari.catalog.schema import Content, Control, Option, Question, Reason, Survey
from tojimari.lib.files import write_whole
from tojimari.model import Finding, Lang, State, Text, TojimariError, shown_numbers

HERE = Path(__file__).parent
COMPILED = "compiled.json"


class _Quotes(NamedTuple):
    opening: str
    closing: str
    between: str


_QUOTES: dict[Lang, _Quotes] = {"ja": _Quotes("「", "」", ""), "en": _Quotes('"', '"', ", ")}
_BARE: dict[State, tuple[str, ...]] = {"met": ("Yes",), "partly": ("Partly",), "not_met": ("No",)}
"""Words of options that mean what the state says, and nothing more."""


class _Compiled(msgspec.Struct, frozen=True):
    digest: str
    content: Content


class UnknownId(TojimariError):
    """An id the catalog does not have."""

    def __init__(self, id_: str, near: list[str]) -> None:
        """Name the id and, where some are alike, what may have been meant."""
        hint_ja = f" もしかして: {'、'.join(near)}" if near else ""
        hint_en = f" Did you mean: {', '.join(near)}?" if near else ""
        super().__init__(
            f"「{id_}」という対策はありません。`tojimari catalog list` で一覧が出ます。{hint_ja}",
            f"There is no control {id_!r}. `tojimari catalog list` lists them.{hint_en}",
        )


class Catalog:
    """The knowledge: content plus the look-ups the other rooms need."""

    def __init__(self, content: Content) -> None:
        """Index ``content``; nothing is checked here."""
        self.content = content
        self.meta = content.meta
        self.controls = content.controls
        self.questions = content.questions
        self.facts = content.facts
        self.threats = content.threats
        self.places = content.places
        self.frameworks = content.frameworks
        self.surveys = content.surveys
        self.sources = content.sources
        self.signals = content.signals
        self.tricks = content.tricks
        self.answers = content.answers
        self.lessons = content.lessons
        self.learning = content.learning
        self.drill_records = content.drill_records
        self.incidents = content.incidents
        self.expertise = content.expertise
        self.money = content.money
        self.papers = content.papers
        self.task_kinds = content.task_kinds
        self.requirements = content.requirements
        self.fair_trade = content.fair_trade
        self.chain = content.chain
        self.policies = content.policies
        self.drills = content.drills
        self.drill_cues = content.drill_cues
        self.drill_machines = content.drill_machines
        self.watch = content.watch
        self._asked_by: dict[str, list[Question]] = {}
        for question in content.questions.values():
            for control_id in question.controls():
                self._asked_by.setdefault(control_id, []).append(question)

    def control(self, id_: str) -> Control:
        """Return the control ``id_``; raises UnknownId with near matches."""
        try:
            return self.controls[id_]
        except KeyError:
            import difflib

            near = difflib.get_close_matches(id_, self.controls, n=3, cutoff=0.5)
            raise UnknownId(id_, near) from None

    def questions_for(self, control_id: str) -> list[Question]:
        """Return the questions whose answers speak about ``control_id``, in asking order."""
        return self._asked_by.get(control_id, [])

    def with_survey(self, survey: Survey) -> "Catalog":
        """Return a catalog with one more survey beside the published ones."""
        surveys = {**self.content.surveys, survey.id: survey}
        return Catalog(msgspec.structs.replace(self.content, surveys=surveys))

    def with_programmes(self, programmes: Iterable[Programme]) -> "Catalog":
        """Return a catalog with more programmes of money and help; one of the same id is replaced."""
        more = {**self.money.programmes, **{one.id: one for one in programmes}}
        money = msgspec.structs.replace(self.money, programmes=more)
        return Catalog(msgspec.structs.replace(self.content, money=money))

    def reason(self, control_id: str, code: str) -> Reason:
        """Return the sentence of a reason code: the control's own, else the shared one."""
        own = self.controls[control_id].reasons.get(code)
        return own if own is not None else self.content.reasons[code]

    def told(self, finding: Finding, lang: Lang) -> str:
        """Return the sentence of a finding's reason in ``lang``.

        An answer is read back in the words that were pressed ("within a month"), unless they are a
        bare yes, no or partly, which say nothing without their question: then as its state.
        """
        pressed = self._pressed(finding)
        if any(one.text.en not in _BARE.get(finding.state, ()) for one in pressed):
            quotes = _QUOTES[lang]
            words = quotes.between.join(
                f"{quotes.opening}{one.text.say(lang)}{quotes.closing}" for one in pressed
            )
            return self.ui("finding.answered").say(lang, words=words)
        text = self.reason(finding.control, finding.reason).text
        return text.say(lang, **shown_numbers(finding.numbers))

    def _pressed(self, finding: Finding) -> list[Option]:
        """Return the options whose meaning the finding is, as far as the catalog still has them."""
        question = self.questions.get(str(finding.numbers.get("question", "")))
        if question is None or finding.reason != f"said_{finding.state}":
            return []
        choices = finding.numbers.get("choices")
        pressed = choices if isinstance(choices, list) else []
        return [option for option in question.options if option.id in pressed]

    def ui(self, key: str) -> Text:
        """Return the interface text ``key``."""
        return self.content.ui[key]


def lint(root: Path = HERE) -> list[Problem]:
    """Return every inconsistency of the catalog below ``root``, and every text still to write."""
    from tojimari.catalog.blanks import blanks
    from tojimari.catalog.consistency import check
    from tojimari.catalog.read import read_folder

    try:
        content, problems = read_folder(root)
    except CatalogError as error:
        return error.problems
    return sorted(
        problems + check(content) + blanks(content), key=lambda p: (p.file, p.key, p.reason.en)
    )


def _from_yaml(root: Path) -> Content:
    from tojimari.catalog.consistency import check
    from tojimari.catalog.read import read_folder

    content, problems = read_folder(root)
    problems = problems + check(content)
    if problems:
        raise CatalogError(problems)
    return content


def compile_catalog(root: Path = HERE, out: Path | None = None) -> Path:
    """Write the checked catalog as one JSON file, for a start in milliseconds.

    Raises CatalogError when it is inconsistent or has texts that are still to be written. Returns
    the path written.
    """
    from tojimari.catalog.blanks import blanks
    from tojimari.catalog.read import digest

    out = out or root / COMPILED
    content = _from_yaml(root)
    if left := blanks(content):
        raise CatalogError(left)
    data = msgspec.json.encode(_Compiled(digest(root), content))
    write_whole(out, data, mode=0o644)
    return out


def has_sources(root: Path = HERE) -> bool:
    """Return whether the YAML files of the catalog are there; a package may hold the compiled form alone."""
    return (root / "meta.yaml").exists()


def _newest(root: Path) -> int:
    """Return when the last of the catalog's YAML files was changed (nanoseconds since 1970)."""
    # Every start does this; Path.rglob takes three times as long.
    return max(
        os.stat(f"{folder}/{name}").st_mtime_ns  # noqa: PTH116
        for folder, _, names in os.walk(root)
        for name in names
        if name.endswith(".yaml")
    )


def _compiled_content(root: Path) -> Content | None:
    path = root / COMPILED
    try:
        data = path.read_bytes()
        stale = has_sources(root) and _newest(root) > path.stat().st_mtime_ns
    except (OSError, ValueError):
        return None
    try:
        compiled = msgspec.json.decode(data, type=_Compiled)
    except msgspec.DecodeError:
        return None
    if stale:
        from tojimari.catalog.read import digest

        if compiled.digest != digest(root):
            return None
    return compiled.content


@cache
def load_catalog(root: Path = HERE) -> Catalog:
    """Return the catalog below ``root``.

    The compiled form is used when its digest fits the YAML files, or stands without them;
    otherwise they are read and checked. Raises CatalogError when they are inconsistent.
    """
    return Catalog(_compiled_content(root) or _from_yaml(root))


def load_for_words(root: Path = HERE) -> Catalog:
    """Return the catalog even when it is inconsistent, for showing what is wrong with it.

    Only its words may be used. Raises CatalogError when not even those can be read.
    """
    try:
        # The very call that every verb makes: so it is read once.
        return load_catalog() if root == HERE else load_catalog(root)
    except CatalogError as error:
        from tojimari.catalog.read import read_folder

        catalog = Catalog(read_folder(root)[0])
        if not catalog.content.ui:
            raise error from None
        return catalog
