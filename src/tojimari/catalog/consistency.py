"""Whether the catalog's entries fit each other: ids, languages, questions, prerequisites."""

import re
import string
from collections.abc import Mapping

from tojimari.catalog.chain_consistency import check_chain
from tojimari.catalog.drill_consistency import check_drills
from tojimari.catalog.expertise_consistency import check_expertise
from tojimari.catalog.incident_consistency import check_incidents
from tojimari.catalog.lesson_consistency import check_lessons
from tojimari.catalog.linter import Linter
from tojimari.catalog.money_consistency import check_money
from tojimari.catalog.paper_consistency import check_papers
from tojimari.catalog.problems import Problem
from tojimari.catalog.requirement_consistency import check_requirements
from tojimari.catalog.schema import (
    PLACE_ADDRESSES,
    TECHNICAL_PLACES,
    VERSIONS,
    Content,
    Control,
    FactKind,
    Field,
    Framework,
    PeerFigure,
    Place,
    Platform,
    PreparedAnswer,
    Question,
    Reason,
    Survey,
)
from tojimari.catalog.task_kind_consistency import check_task_kinds
from tojimari.catalog.watch_consistency import check_watch
from tojimari.model import DONT_KNOW, Text, When, subject_kinds
from tojimari.model.facts import Fact, Row, fact_kinds, row_type


def _places(text: str) -> set[str]:
    named = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    return {name.partition("|")[0] for name in named}


def _reasons(lint: Linter, file: str, reasons: Mapping[str, Reason]) -> None:
    for code, reason in reasons.items():
        text: Text = reason.text
        sample: dict[str, object] = reason.sample
        if reason.urgency < 1.0:
            lint.add(file, f"{code}.urgency", "1.0より小さい数です", "is less than 1.0")
        if reason.grows_with and not isinstance(sample.get(reason.grows_with), int):
            lint.add(
                file,
                f"{code}.grows_with",
                f"見本に数「{reason.grows_with}」がありません",
                f"the sample has no number {reason.grows_with!r}",
            )
        for lang in ("ja", "en"):
            try:
                places = _places(getattr(text, lang))
            except ValueError as error:
                lint.add(
                    file,
                    f"{code}.text.{lang}",
                    f"波かっこの誤り ({error})",
                    f"bad braces ({error})",
                )
                continue
            if technical := places & TECHNICAL_PLACES:
                names = ", ".join(sorted(technical))
                lint.add(
                    file,
                    f"{code}.text.{lang}",
                    f"技術の名前を言う所があります: {names}。文からは外します (別に示されます)",
                    f"says technical names: {names}; leave them out, they are shown apart",
                )
            if missing := places - set(sample):
                names = ", ".join(sorted(missing))
                lint.add(
                    file,
                    f"{code}.sample",
                    f"見本の値がありません: {names}",
                    f"no sample number for {names}",
                )


def _cycle(controls: dict[str, Control]) -> list[str] | None:
    done: set[str] = set()

    def visit(id_: str, trail: list[str]) -> list[str] | None:
        if id_ in trail:
            return [*trail[trail.index(id_) :], id_]
        if id_ in done or id_ not in controls:
            return None
        for need in controls[id_].needs:
            found = visit(need, [*trail, id_])
            if found:
                return found
        done.add(id_)
        return None

    for id_ in controls:
        found = visit(id_, [])
        if found:
            return found
    return None


def _condition(lint: Linter, file: str, condition: When, earlier: list[str]) -> None:
    """Check one test of ``ask_if``; ``earlier``: ids of the questions asked before."""
    content = lint.content
    tests = (condition.one_of, condition.none_of, condition.at_least, condition.at_most)
    # Questions here have no rows and are always answered, if by "don't know"; "all" is implied.
    beyond = (condition.answered, condition.all, condition.any, condition.no, condition.row or None)
    if sum(test is not None for test in tests) != 1 or any(part is not None for part in beyond):
        lint.add(file, "ask_if", "条件は一つだけ書きます", "needs exactly one test")
    asked = content.questions.get(condition.question)
    if asked is None:
        lint.known(file, "ask_if.question", [condition.question], content.questions)
        return
    if asked.id not in earlier:
        lint.add(
            file,
            "ask_if.question",
            f"「{asked.id}」はこの質問より後で聞かれます",
            f"{asked.id!r} is asked later than this question",
        )
    possible = {option.id for option in asked.options} | {DONT_KNOW}
    for wanted in (condition.one_of or ()) + (condition.none_of or ()):
        if wanted not in possible:
            lint.add(
                file,
                "ask_if",
                f"「{asked.id}」に選択肢「{wanted}」はありません",
                f"{asked.id!r} has no option {wanted!r}",
            )


_ANSWER_LETTERS = 1_200


def _prepared(lint: Linter, answer: PreparedAnswer) -> None:
    """Check an answer of the desk: its languages, its controls, and that nothing is left to fill."""
    file = f"answers/{answer.id}.yaml"
    lint.languages(file, answer)
    lint.known(file, "controls", answer.controls, lint.content.controls)
    for lang in ("ja", "en"):
        text: str = getattr(answer.text, lang)
        if len(text) > _ANSWER_LETTERS:
            lint.add(file, f"text.{lang}", "長すぎます", "is too long")
        if "{" in text or "}" in text:
            lint.add(file, f"text.{lang}", "埋める所があります", "has a place to fill")


def _question(lint: Linter, question: Question) -> None:
    content = lint.content
    file = f"questions/{question.id}.yaml"
    lint.known(file, "says", sorted(question.controls()), content.controls)
    lint.known(file, "sources", question.sources, content.sources)
    option_ids = [option.id for option in question.options]
    for id_ in {id_ for id_ in option_ids if option_ids.count(id_) > 1}:
        lint.add(
            file, "options", f"選択肢「{id_}」が二つあります", f"option {id_!r} is given twice"
        )
    if DONT_KNOW in option_ids:
        lint.add(
            file,
            "options",
            "「わからない」は自動で付くので書きません",
            f"{DONT_KNOW!r} is always offered: leave it out",
        )
    if question.type == "number":
        if question.options or question.minimum is None or question.maximum is None:
            lint.add(
                file,
                "type",
                "数の質問には minimum と maximum が要り、選択肢は書けません",
                "a number needs minimum and maximum and takes no options",
            )
    elif len(question.options) < 2:
        lint.add(file, "options", "選択肢が二つ要ります", "needs two options or more")
    if (question.type == "upto") != (question.at_most is not None):
        lint.add(file, "at_most", "upto のときだけ要ります", "is for type upto, and only there")
    for count in question.counts:
        lint.known(file, "counts.of", count.of, dict.fromkeys(option_ids))
    position = list(content.questions)
    earlier = position[: position.index(question.id)]
    for condition in question.ask_if:
        _condition(lint, file, condition, earlier)
    used_for_branching = any(
        condition.question == question.id
        for other in content.questions.values()
        for condition in other.ask_if
    )
    if not question.controls() and not used_for_branching and question.stage != "profile":
        lint.add(
            file,
            "$",
            "この質問の答えは何にも使われません",
            "dead question: no control and no other question uses its answer",
        )


def _shape(lint: Linter, file: str, kind: FactKind) -> None:
    """Hold the words of a fact kind against its type: every field is explained, and no other."""
    shape = fact_kinds().get(kind.id)
    if shape is None:
        lint.add(
            file,
            "id",
            "この種類の型が model/facts にありません",
            "has no type in model/facts",
        )
        return
    rows = {
        name: table
        for name, table in ((name, row_type(shape, name)) for name in shape.__struct_fields__)
        if table is not None
    }
    explained: list[tuple[type[Fact | Row], str, tuple[Field, ...]]]
    explained = [(shape, "fields", kind.fields)]
    explained += [(rows[f.name], f.name, f.columns) for f in kind.fields if f.name in rows]
    for of, key, fields in explained:
        if [field.name for field in fields] != list(of.__struct_fields__):
            names = ", ".join(of.__struct_fields__)
            lint.add(
                file,
                key,
                f"説明が型 {of.__name__} の項目 ({names}) と合いません",
                f"does not explain the fields of {of.__name__} ({names})",
            )


def _group_exists(by: Question, value: str) -> bool:
    if by.type == "number":
        return re.fullmatch(r"\d+(-\d+|\+)?", value) is not None
    return value in {option.id for option in by.options}


_SCREENS: tuple[Platform, ...] = ("windows", "macos", "ios", "android")
"""The systems whose owners are shown places on a screen, never commands."""
_OF_ONE_SYSTEM = re.compile(
    r"Windows|macOS|\bMacs?\b|Linux|Android|iPhone|Time Machine|File History|ファイル履歴|BitLocker|FileVault"
)
"""Names that mean nothing to somebody who has another system."""


def _place(lint: Linter, place: Place) -> None:
    lint.languages("places.yaml", place)
    lint.known("places.yaml", f"{place.id}.sources", place.sources, lint.content.sources)
    shape = PLACE_ADDRESSES.get(place.platform)
    if place.address and not (shape and re.fullmatch(shape, place.address)):
        lint.add(
            "places.yaml",
            f"{place.id}.address",
            f"開ける形ではありません ({place.address[:60]})",
            f"is nothing that may be opened ({place.address[:60]})",
        )
    told = [path.version for path in place.paths]
    if told != [""] and sorted(told) != sorted(VERSIONS.get(place.platform, ())):
        lint.add(
            "places.yaml",
            f"{place.id}.paths",
            "一つだけか、版ごとに一つずつ要ります",
            "needs one, or one for each version",
        )


def _steps(lint: Linter, file: str, control: Control) -> None:
    """Check that steps name places of their own system, and commands only where they are typed."""
    for platform, steps in control.how.items():
        for number, step in enumerate(steps, 1):
            key = f"how.{platform}[{number}]"
            place = lint.content.places.get(step.place)
            lint.known(
                file, f"{key}.place", [step.place] if step.place else [], lint.content.places
            )
            if place is not None and place.platform != platform:
                lint.add(
                    file,
                    f"{key}.place",
                    f"「{place.id}」は {place.platform} の場所です",
                    f"{place.id!r} is a place of {place.platform}",
                )
            if step.version and step.version not in VERSIONS.get(platform, ()):
                lint.add(
                    file,
                    f"{key}.version",
                    f"{platform} に版「{step.version}」はありません",
                    f"{platform} has no version {step.version!r}",
                )
            if platform in _SCREENS and ("`" in step.ja or "`" in step.en):
                lint.add(
                    file,
                    key,
                    "ここの人に命令は見せません。場所 (place) にします",
                    "shows a command to people who look at a screen: name a place",
                )
    if set(_SCREENS) & set(control.how) and ("`" in control.undo.ja or "`" in control.undo.en):
        lint.add(
            file,
            "undo",
            "命令はその機器の手順に書きます",
            "a command belongs to the steps of its system",
        )
    named = _OF_ONE_SYSTEM.search(f"{control.undo.ja} {control.undo.en}")
    if named and len(set(control.how) - {"rule"}) > 1:
        lint.add(
            file,
            "undo",
            f"「{named.group()}」は一つのシステムだけのものです。その機器の手順に書きます",
            f"{named.group()!r} is of one system: it belongs to the steps of that system",
        )


def _control(lint: Linter, control: Control, asked: set[str]) -> None:
    """Add what is wrong with a control; ``asked``: ids of the controls that questions ask."""
    file = f"controls/{control.id}.yaml"
    lint.languages(file, control)
    lint.known(file, "stops", [s.threat for s in control.stops], lint.content.threats)
    lint.known(file, "needs", control.needs, lint.content.controls)
    lint.known(file, "sources", control.sources, lint.content.sources)
    _reasons(lint, file, control.reasons)
    _steps(lint, file, control)
    if (control.act is not None) != any(r.urgent for r in control.reasons.values()):
        lint.add(
            file,
            "act",
            "act と urgent の付いた理由は組です。片方がありません",
            "goes with a reason marked urgent: one of the two is missing",
        )
    for key, empty in (
        ("stops", not control.stops),
        ("how", not control.how or not all(control.how.values())),
        ("sources", not control.sources),
        ("seen_by", not control.seen_by),
    ):
        if empty:
            lint.add(file, key, "一つも書かれていません", "is empty")
    if control.minutes < 0 or control.yen < 0:
        lint.add(file, "minutes/yen", "負の数です", "is negative")
    if not control.reasons and control.id not in asked:
        lint.add(
            file,
            "$",
            "質問にも検査にも結び付いていません",
            "no question asks it and it has no reason codes of a check",
        )
    lint.known(file, "seen_by", control.seen_by, subject_kinds())
    evidence = {kind.id for kind in subject_kinds().values() if kind.evidence_source}
    if control.evidence is not None:
        lint.known(file, "evidence", (control.evidence.kind,), dict.fromkeys(evidence))
    if evidence & set(control.seen_by) and control.evidence is None:
        lint.add(
            file,
            "evidence",
            "書類・記録で見る対策には evidence が要ります",
            "a control seen by a paper or record needs evidence",
        )


def _framework(lint: Linter, framework: Framework) -> None:
    content = lint.content
    file = f"frameworks/{framework.id}.yaml"
    lint.languages(file, framework)
    lint.known(file, "sources", framework.sources, content.sources)
    lint.known(file, "depends_on", framework.depends_on, content.frameworks)
    for item in framework.items:
        lint.known(file, f"{item.id}.controls", item.controls, content.controls)
        for criterion in item.criteria:
            lint.known(file, f"{criterion.id}.controls", criterion.controls, content.controls)
    ids = [item.id for item in framework.items]
    for id_ in {id_ for id_ in ids if ids.count(id_) > 1}:
        lint.add(file, "items", f"「{id_}」が二つあります", f"{id_!r} is given twice")


def _figure(lint: Linter, file: str, figure: PeerFigure) -> None:
    content = lint.content
    given = (figure.percent, figure.below, figure.above)
    if sum(value is not None for value in given) != 1:
        lint.add(
            file,
            f"{figure.id}",
            "percent・below・above のどれか一つが要ります",
            "needs exactly one of percent, below, above",
        )
    if figure.control:
        lint.known(file, f"{figure.id}.control", [figure.control], content.controls)
        if not figure.share_of:
            lint.add(file, f"{figure.id}.share_of", "書かれていません", "is empty")
    if figure.group:
        by = content.questions.get(figure.group.by)
        if by is None:
            lint.known(file, f"{figure.id}.group.by", [figure.group.by], content.questions)
        elif not _group_exists(by, figure.group.value):
            lint.add(
                file,
                f"{figure.id}.group.value",
                f"「{by.id}」に選択肢「{figure.group.value}」はありません",
                f"{by.id!r} has no option {figure.group.value!r}",
            )


def _survey(lint: Linter, survey: Survey) -> None:
    content = lint.content
    file = f"peers/{survey.id}.yaml"
    lint.languages(file, survey)
    lint.known(file, "sources", survey.sources, content.sources)
    for figure in survey.figures:
        _figure(lint, file, figure)


WINGS = (
    check_incidents,
    check_expertise,
    check_lessons,
    check_money,
    check_papers,
    check_requirements,
    check_task_kinds,
    check_chain,
    check_drills,
    check_watch,
)
"""What each wing's part of the catalog is checked by."""


def check(content: Content) -> list[Problem]:
    """Return everything in ``content`` that does not fit together; empty when all is well."""
    lint = Linter(content)
    asked = {id_ for question in content.questions.values() for id_ in question.controls()}
    for control in content.controls.values():
        _control(lint, control, asked)
    cycle = _cycle(content.controls)
    if cycle:
        lint.add(
            f"controls/{cycle[0]}.yaml",
            "needs",
            f"前提が輪になっています: {' → '.join(cycle)}",
            f"prerequisites run in a circle: {' -> '.join(cycle)}",
        )
    for question in content.questions.values():
        lint.languages(f"questions/{question.id}.yaml", question)
        _question(lint, question)
    lint.languages("sources.yaml", content.sources)
    for threat in content.threats.values():
        lint.languages("threats.yaml", threat)
        lint.known("threats.yaml", f"{threat.id}.sources", threat.sources, content.sources)
    for place in content.places.values():
        _place(lint, place)
    for framework in content.frameworks.values():
        _framework(lint, framework)
    for survey in content.surveys.values():
        _survey(lint, survey)
    for kind in content.facts.values():
        file = f"facts/{kind.id}.yaml"
        lint.languages(file, kind)
        names = {field.name for field in kind.fields}
        lint.known(file, "equal_on", kind.equal_on, dict.fromkeys(names))
        _shape(lint, file, kind)
    for id_ in fact_kinds():
        lint.known(f"facts/{id_}.yaml", "$", [id_], content.facts)
    for signal in content.signals.values():
        file = f"signals/{signal.id}.yaml"
        lint.languages(file, signal)
        lint.known(file, "trick", [signal.trick] if signal.trick else [], content.tricks)
        for lang in ("ja", "en"):
            for slot in _places(getattr(signal.text, lang)) - {"quote", "expected"}:
                lint.add(
                    file, f"text.{lang}", f"「{slot}」は使えません", f"no such place: {slot!r}"
                )
    for trick in content.tricks.values():
        lint.languages(f"tricks/{trick.id}.yaml", trick)
    for answer in content.answers.values():
        _prepared(lint, answer)
    for check_wing in WINGS:
        check_wing(lint)
    _reasons(lint, "reasons.yaml", content.reasons)
    lint.languages("reasons.yaml", content.reasons)
    lint.languages("ui.yaml", content.ui)
    return lint.problems
