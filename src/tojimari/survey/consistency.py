"""What does not fit together in a questionnaire whose shape is right."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from tojimari.ask.questionnaire import options_of
from tojimari.catalog import Catalog
from tojimari.catalog.read import texts
from tojimari.model import DONT_KNOW, Text, When
from tojimari.model.conditions import KeyPath, each_test, named
from tojimari.survey.columns import FIELDWORK_COLUMNS, ORIGIN_COLUMN, OWN_COLUMNS, columns_of
from tojimari.survey.problems import Flaw
from tojimari.survey.reachability import unreachable
from tojimari.survey.schema import Derived, Question, Questionnaire

ID = re.compile(r"[a-z][a-z0-9_]*")
PART_ID = re.compile(r"[a-z0-9][a-z0-9_]*")
PIPE = re.compile(r"\{([^{}]*)\}")
MAX_COLUMN = 64
"""Bytes in the name of an SPSS variable (SAV); every column must be writable there."""
MAX_CHARS = 100_000
CHOICES = ("single", "several", "upto", "matrix")


def _flaw(path: KeyPath, ja: str, en: str) -> Flaw:
    return Flaw(path, Text(ja=ja, en=en))


def flaws(questionnaire: Questionnaire, catalog: Catalog) -> list[Flaw]:
    """Return everything in ``questionnaire`` that does not fit together."""
    found = [
        *_ids(questionnaire),
        *_sections(questionnaire),
        *_questions(questionnaire, catalog),
        *_derived(questionnaire),
        *_screens(questionnaire),
        *_pipes(questionnaire),
        *_breaks(questionnaire),
        *_figures(questionnaire),
    ]
    if questionnaire.fielded and questionnaire.fielded[0] > questionnaire.fielded[1]:
        found.append(
            _flaw(
                ("fielded",), "初めの日が終わりの日より後です。", "the first day is after the last."
            )
        )
    if not found:  # with broken conditions "can never be asked" would be noise
        place = {question.id: at for at, question in enumerate(questionnaire.questions)}
        found = [
            _flaw(
                ("questions", place[id_], "when"),
                f"この条件はけっして成り立たないので、「{id_}」は誰にも聞けません。",
                f"this condition can never hold, so nobody can be asked {id_!r}.",
            )
            for id_ in unreachable(questionnaire)
        ]
    return found


def _repeated(ids: Iterable[tuple[str, KeyPath]]) -> Iterator[Flaw]:
    seen: set[str] = set()
    for id_, path in ids:
        if id_ in seen:
            yield _flaw(path, f"id「{id_}」が二度あります。", f"the id {id_!r} is used twice.")
        seen.add(id_)


def _safe(id_: str, pattern: re.Pattern[str], path: KeyPath) -> Iterator[Flaw]:
    if not pattern.fullmatch(id_):
        yield _flaw(
            path,
            f"id「{id_:.40}」は使えません。英小文字・数字・下線だけで書いてください"
            "(質問は英字で始めます)。",
            f"the id {id_[:40]!r} cannot be used: lower-case letters, digits and underscores only "
            "(a question's begins with a letter).",
        )


def _ids(questionnaire: Questionnaire) -> Iterator[Flaw]:
    yield from _safe(questionnaire.id, ID, ("id",))
    sections = [(s.id, ("sections", at, "id")) for at, s in enumerate(questionnaire.sections)]
    figures = [(f.id, ("figures", at, "id")) for at, f in enumerate(questionnaire.figures)]
    asked: list[tuple[str, KeyPath]] = [
        (q.id, ("questions", at, "id")) for at, q in enumerate(questionnaire.questions)
    ]
    asked += [(d.id, ("derived", at, "id")) for at, d in enumerate(questionnaire.derived)]
    for group in (sections, figures, asked):
        for id_, path in group:
            yield from _safe(id_, ID, path)
        yield from _repeated(group)
    parts: list[list[tuple[str, KeyPath]]] = []
    for at, question in enumerate(questionnaire.questions):
        parts.append(
            [(o.id, ("questions", at, "options", n, "id")) for n, o in enumerate(question.options)]
        )
        parts.append(
            [(r.id, ("questions", at, "rows", n, "id")) for n, r in enumerate(question.rows)]
        )
    for at, derived in enumerate(questionnaire.derived):
        parts.append(
            [(g.id, ("derived", at, "groups", n, "id")) for n, g in enumerate(derived.groups)]
        )
    for ids in parts:
        for id_, path in ids:
            yield from _safe(id_, PART_ID, path)
        yield from _repeated(ids)
    yield from _columns(questionnaire)


def _columns(questionnaire: Questionnaire) -> Iterator[Flaw]:
    """Two columns must not carry one name, nor one that the file itself needs."""
    fixed = (*OWN_COLUMNS, *FIELDWORK_COLUMNS, ORIGIN_COLUMN)
    owner: dict[str, str] = dict.fromkeys(fixed, "")
    named_columns: list[tuple[str, list[str], KeyPath]] = [
        (q.id, [q.id, *(column.name for column in columns_of(q))], ("questions", at))
        for at, q in enumerate(questionnaire.questions)
    ]
    named_columns += [
        (d.id, [d.id, *(f"{d.id}__{g.id}" for g in d.groups if d.several)], ("derived", at))
        for at, d in enumerate(questionnaire.derived)
    ]
    for id_, names, path in named_columns:
        for name in dict.fromkeys(names):
            if name not in owner:
                owner[name] = id_
            elif owner[name] == "":
                yield _flaw(
                    (*path, "id"),
                    f"「{name}」は回答ファイルの決まった列の名前なので使えません。",
                    f"{name!r} is the name of a fixed column of response files.",
                )
            elif owner[name] != id_:
                yield _flaw(
                    (*path, "id"),
                    f"回答の列「{name}」が「{owner[name]}」の列と同じ名前になります。",
                    f"its column {name!r} has the name of a column of {owner[name]!r}.",
                )
            if len(name) > MAX_COLUMN:
                yield _flaw(
                    (*path, "id"),
                    f"回答の列「{name:.30}…」の名前が長すぎます ({MAX_COLUMN}字まで)。",
                    f"its column {name[:30]!r}... has too long a name (at most {MAX_COLUMN}).",
                )


def _sections(questionnaire: Questionnaire) -> Iterator[Flaw]:
    if not questionnaire.questions:
        yield _flaw(("questions",), "質問が一つもありません。", "there is no question.")
    if not questionnaire.sections:
        yield _flaw(("sections",), "節が一つもありません。", "there is no section.")
    known = {question.id for question in questionnaire.questions}
    placed: Counter[str] = Counter()
    for at, section in enumerate(questionnaire.sections):
        if not section.questions:
            yield _flaw(
                ("sections", at), "この節には質問がありません。", "this section has no question."
            )
        for number, id_ in enumerate(section.questions):
            path: KeyPath = ("sections", at, "questions", number)
            placed[id_] += 1
            if id_ not in known:
                yield _flaw(path, f"質問「{id_}」はありません。", f"there is no question {id_!r}.")
            elif placed[id_] == 2:
                yield _flaw(
                    path,
                    f"質問「{id_}」はもう前に置かれています。",
                    f"the question {id_!r} has already been placed.",
                )
    for at, question in enumerate(questionnaire.questions):
        if question.id not in placed:
            yield _flaw(
                ("questions", at),
                f"質問「{question.id}」がどの節にもありません。",
                f"the question {question.id!r} is in no section.",
            )


def _questions(questionnaire: Questionnaire, catalog: Catalog) -> Iterator[Flaw]:
    order = questionnaire.in_order()
    place = {question.id: at for at, question in enumerate(order)}
    by_id: dict[str, Question | Derived] = {q.id: q for q in questionnaire.questions}
    for at, question in enumerate(questionnaire.questions):
        path: KeyPath = ("questions", at)
        here = place.get(question.id, len(order))
        earlier = {id_ for id_, position in place.items() if position < here}
        if question.when:
            yield from _when(question.when, (*path, "when"), by_id, earlier)
        for number, row in enumerate(question.rows):
            if row.when:
                yield from _when(row.when, (*path, "rows", number, "when"), by_id, earlier)
        yield from _settings(question, path)
        yield from _options(question, path)
        yield from _from_catalog(question, path, catalog)
        yield from _says(question, path, catalog)


def _settings(question: Question, path: KeyPath) -> Iterator[Flaw]:
    kind = question.type
    if kind == "upto":
        most = question.at_most
        if most is None or not 1 <= most < len(question.options):
            yield _flaw(
                (*path, "at_most"),
                "at_most には、1以上で選択肢の数より小さい数が要ります。",
                "at_most must be at least 1 and less than the number of options.",
            )
    given: list[tuple[str, bool, bool]] = [
        ("at_most", question.at_most is not None, kind == "upto"),
        ("options", bool(question.options), kind in CHOICES),
        ("rows", bool(question.rows), kind == "matrix"),
        ("minimum", question.minimum is not None, kind == "number"),
        ("maximum", question.maximum is not None, kind == "number"),
        ("whole", not question.whole, kind == "number"),
        ("unit", question.unit is not None, kind == "number"),
        ("max_chars", question.max_chars != 1000, kind == "text"),
        ("shuffle", question.shuffle, kind in CHOICES),
        # Leaving a free text empty already says it; the words typed must stay just words.
        ("dont_know", question.dont_know, kind != "text"),
    ]
    for name, there, fits in given:
        if there and not fits:
            yield _flaw(
                (*path, name), f"{kind} に「{name}」は使えません。", f"{kind} takes no {name!r}."
            )
    if (
        question.minimum is not None
        and question.maximum is not None
        and question.minimum > question.maximum
    ):
        yield _flaw(
            (*path, "minimum"),
            "minimum が maximum より大きくなっています。",
            "minimum is more than maximum.",
        )
    if not 1 <= question.max_chars <= MAX_CHARS:
        yield _flaw(
            (*path, "max_chars"), f"1から{MAX_CHARS}までの数です。", f"must be 1 to {MAX_CHARS}."
        )


def _options(question: Question, path: KeyPath) -> Iterator[Flaw]:
    if question.type in CHOICES:
        least = 1 if question.type == "several" else 2
        if len(options_of(question)) < least:
            yield _flaw(path, "選択肢が足りません。", "it has too few options.")
        if question.type == "matrix" and not question.rows:
            yield _flaw(path, "表の行 (rows) がありません。", "it has no rows.")
    spelled: dict[str, str] = {option.id: option.id for option in question.options}
    for number, option in enumerate(question.options):
        here: KeyPath = (*path, "options", number)
        if option.id == DONT_KNOW:
            yield _flaw(
                (*here, "id"),
                "「わからない」は選択肢に書かず、質問に dont_know: true と書いてください。",
                '"don\'t know" is not written as an option: give the question dont_know: true.',
            )
        if option.alone and question.type not in ("several", "upto"):
            yield _flaw(
                (*here, "alone"),
                "一つだけ選ぶ質問に alone は要りません。",
                "alone means nothing where only one is chosen.",
            )
        codes = [*option.codes, *([] if option.code is None else [str(option.code)])]
        for code in dict.fromkeys(codes):
            if spelled.setdefault(code, option.id) != option.id:
                yield _flaw(
                    here,
                    f"符号「{code}」は「{spelled[code]}」のものでもあります。",
                    f"the code {code!r} is also that of {spelled[code]!r}.",
                )


def _from_catalog(question: Question, path: KeyPath, catalog: Catalog) -> Iterator[Flaw]:
    if not question.catalog:
        return
    original = catalog.questions.get(question.catalog)
    if original is None:
        yield _flaw(
            (*path, "catalog"),
            f"カタログに質問「{question.catalog}」はありません。",
            f"the catalog has no question {question.catalog!r}.",
        )
        return
    ours, theirs = {o.id for o in question.options}, {o.id for o in original.options}
    # A survey made before the catalog asked anew keeps the answers it has: they keep their meaning.
    earlier = bool(ours - {o.id for o in original.offered}) and ours <= theirs
    if question.type != original.type or not (ours == theirs or earlier):
        apart = ", ".join(sorted(ours ^ theirs)) or f"{question.type} / {original.type}"
        yield _flaw(
            (*path, "catalog"),
            f"カタログの質問「{question.catalog}」と種類か選択肢が違います ({apart})。",
            f"its type or options differ from the catalog's {question.catalog!r} ({apart}).",
        )


def _says(question: Question, path: KeyPath, catalog: Catalog) -> Iterator[Flaw]:
    """Answers may speak about controls that exist, and only once: here or in the catalog."""
    said: list[tuple[str, KeyPath]] = [
        (control, (*path, "options", at, "says"))
        for at, option in enumerate(question.options)
        for control in option.says
    ]
    said += [(control, (*path, "otherwise")) for control in question.otherwise]
    if question.catalog and said:
        yield _flaw(
            (*path, "catalog"),
            f"答えの意味はカタログの質問「{question.catalog}」が決めます。says と otherwise は書けません。",
            f"the catalog's {question.catalog!r} gives answers their meaning: leave out says and "
            "otherwise.",
        )
    if question.otherwise and question.type not in ("several", "upto"):
        yield _flaw(
            (*path, "otherwise"),
            f"{question.type} に「otherwise」は使えません。",
            f"{question.type} takes no 'otherwise'.",
        )
    said += [(control, (*path, "skipped_says")) for control in question.skipped_says]
    for control, here in said:
        if control not in catalog.controls:
            yield _flaw(
                here,
                f"カタログに対策「{control}」はありません。",
                f"the catalog has no control {control!r}.",
            )


def _when(
    when: When, path: KeyPath, by_id: dict[str, Question | Derived], earlier: set[str] | None
) -> Iterator[Flaw]:
    """Check one condition. ``earlier``: the questions it may name; None: any."""
    yield from _forms(when, path)
    for test, here in each_test(when, path):
        subject = by_id.get(test.question)
        if subject is None:
            yield _flaw(
                here,
                f"条件の質問「{test.question}」がありません。",
                f"the condition names a question {test.question!r} that does not exist.",
            )
        elif earlier is not None and test.question not in earlier:
            yield _flaw(
                here,
                f"条件の質問「{test.question}」は、まだ聞いていません (前の質問だけ使えます)。",
                f"the condition names {test.question!r}, which has not been asked yet.",
            )
        elif isinstance(subject, Derived):
            allowed = {group.id for group in subject.groups}
            yield from _test(test, here, allowed, rows=set(), number=False)
        else:
            allowed = {option.id for option in options_of(subject)}
            rows = {row.id for row in subject.rows}
            yield from _test(test, here, allowed, rows, number=subject.type == "number")


def _forms(when: When, path: KeyPath) -> Iterator[Flaw]:
    """Every condition is one test or one combination, never both, never neither."""
    parts = [name for name in ("all", "any", "no") if getattr(when, name) is not None]
    asked = ("one_of", "none_of", "at_least", "at_most", "answered")
    given = [name for name in asked if getattr(when, name) is not None]
    if parts:
        good = len(parts) == 1 and not given and not when.question and not when.row
    else:
        good = bool(when.question) and len(given) == 1
    if not good or () in (when.all, when.any, when.one_of, when.none_of):
        yield _flaw(
            path,
            "条件は「question と調べ方一つ」か「all・any・no のどれか一つ」で、空でないように書きます。",
            "a condition is a question with one test, or one of all, any, no, and nothing empty.",
        )
    for name in ("all", "any"):
        for index, part in enumerate(getattr(when, name) or ()):
            yield from _forms(part, (*path, name, index))
    if when.no is not None:
        yield from _forms(when.no, (*path, "no"))


def _test(
    test: When, path: KeyPath, allowed: set[str], rows: set[str], number: bool
) -> Iterator[Flaw]:
    if test.row not in (rows or {""}):
        yield _flaw(
            path,
            f"「{test.question}」に行「{test.row}」はありません。",
            f"{test.question!r} has no row {test.row!r}."
            if test.row
            else f"a test of {test.question!r} must name one of its rows.",
        )
    for option in (*(test.one_of or ()), *(test.none_of or ())):
        if option not in allowed:
            yield _flaw(
                path,
                f"「{test.question}」に選択肢「{option}」はありません。",
                f"{test.question!r} has no option {option!r}.",
            )
    if not number and (test.at_least is not None or test.at_most is not None):
        yield _flaw(
            path,
            f"「{test.question}」は数の質問ではないので、at_least・at_most は使えません。",
            f"{test.question!r} is not a number: at_least and at_most cannot be used.",
        )


def _derived(questionnaire: Questionnaire) -> Iterator[Flaw]:
    by_id: dict[str, Question | Derived] = {q.id: q for q in questionnaire.questions}
    by_id |= {derived.id: derived for derived in questionnaire.derived}
    made_from: dict[str, frozenset[str]] = {}
    for at, derived in enumerate(questionnaire.derived):
        path: KeyPath = ("derived", at)
        made_from[derived.id] = named(derived.when).union(*(named(g.when) for g in derived.groups))
        if not derived.groups:
            yield _flaw(path, "組 (groups) がありません。", "it has no groups.")
        if derived.when:
            yield from _when(derived.when, (*path, "when"), by_id, None)
        for number, group in enumerate(derived.groups):
            yield from _when(group.when, (*path, "groups", number, "when"), by_id, None)
    done: set[str] = set()
    waiting = {
        id_: {name for name in names if name in made_from} for id_, names in made_from.items()
    }
    while ready := [id_ for id_, names in waiting.items() if names <= done]:
        done.update(ready)
        waiting = {id_: names for id_, names in waiting.items() if id_ not in done}
    if waiting:
        at = next(n for n, derived in enumerate(questionnaire.derived) if derived.id in waiting)
        ring = ", ".join(sorted(waiting))
        yield _flaw(
            ("derived", at),
            f"互いから作られていて、決まりません: {ring}",
            f"these are made from each other and never settle: {ring}",
        )


def _screens(questionnaire: Questionnaire) -> Iterator[Flaw]:
    by_id: dict[str, Question | Derived] = {q.id: q for q in questionnaire.questions}
    for at, screen in enumerate(questionnaire.screens):
        yield from _when(screen.when, ("screens", at, "when"), by_id, None)


def _pipes(questionnaire: Questionnaire) -> Iterator[Flaw]:
    """Only a question's text and help may quote answers; elsewhere a brace is a mistake."""
    order = [question.id for question in questionnaire.in_order()]
    by_id = {question.id: question for question in questionnaire.questions}
    may_quote: dict[str, str] = {}
    for at, question in enumerate(questionnaire.questions):
        may_quote |= dict.fromkeys(
            (f"$.questions[{at}].text", f"$.questions[{at}].help"), question.id
        )
    for where, text in texts(questionnaire):
        path = tuple(
            int(step) if step.isdecimal() else step for step in re.findall(r"\w+", where[1:])
        )
        owner = may_quote.get(where)
        for said in (text.ja, text.en):
            quoted: list[str] = PIPE.findall(said)
            if "{" in PIPE.sub("", said) or "}" in PIPE.sub("", said) or (quoted and not owner):
                yield _flaw(
                    path,
                    "ここに { } は書けません (前の答えを引くのは質問の text と help だけです)。",
                    "{ } cannot be used here (only a question's text and help quote answers).",
                )
                break
            earlier = order[: order.index(owner)] if owner in order else []
            bad = [id_ for id_ in quoted if id_ not in earlier or by_id[id_].type == "matrix"]
            if bad:
                yield _flaw(
                    path,
                    f"{{{bad[0]:.40}}} は、前にある (表でない) 質問のidではありません。",
                    f"{{{bad[0][:40]}}} is not the id of an earlier question (matrices cannot be "
                    "quoted).",
                )
                break


def _broken_down(questionnaire: Questionnaire) -> Callable[[str], bool]:
    fit = {q.id for q in questionnaire.questions if q.type in ("single", "several", "upto")}
    fit |= {derived.id for derived in questionnaire.derived}
    return fit.__contains__


def _breaks(questionnaire: Questionnaire) -> Iterator[Flaw]:
    fits = _broken_down(questionnaire)
    yield from _repeated((id_, ("breaks", at)) for at, id_ in enumerate(questionnaire.breaks))
    for at, id_ in enumerate(questionnaire.breaks):
        if not fits(id_):
            yield _no_break(id_, ("breaks", at))


def _no_break(id_: str, path: KeyPath) -> Flaw:
    return _flaw(
        path,
        f"「{id_}」は、選択肢のある質問でも作った変数でもないので、分けられません。",
        f"{id_!r} is neither a question with options nor a derived variable to break down by.",
    )


def _figures(questionnaire: Questionnaire) -> Iterator[Flaw]:
    fits = _broken_down(questionnaire)
    answers: dict[str, set[str]] = {}
    for question in questionnaire.questions:
        options = {option.id for option in options_of(question)}
        if question.type == "matrix":
            answers |= {f"{question.id}.{row.id}": options for row in question.rows}
        else:
            answers[question.id] = options
    answers |= {d.id: {group.id for group in d.groups} for d in questionnaire.derived}
    numbers: Counter[str] = Counter()
    for at, figure in enumerate(questionnaire.figures):
        path: KeyPath = ("figures", at)
        printed = f"{figure.number}{figure.panel}"
        numbers[printed] += 1
        if numbers[printed] == 2:
            yield _flaw(
                (*path, "number"),
                f"図{printed}が二つあります。",
                f"there are two figures {printed}.",
            )
        if not figure.of:
            yield _flaw(path, "何の図かがありません (of)。", "it shows nothing (of).")
        for number, id_ in enumerate(figure.of):
            if id_ not in answers:
                yield _flaw(
                    (*path, "of", number),
                    f"「{id_}」という質問・作った変数・表の行はありません。",
                    f"there is no question, derived variable or matrix row {id_!r}.",
                )
        if figure.by and not fits(figure.by):
            yield _no_break(figure.by, (*path, "by"))
        shown = set().union(*(answers.get(id_, set()) for id_ in figure.of))
        for number, option in enumerate(figure.only):
            if shown and option not in shown:
                yield _flaw(
                    (*path, "only", number),
                    f"選択肢「{option}」はありません。",
                    f"there is no option {option!r}.",
                )
