"""Puts a questionnaire together from the rows or elements of another program's form.

Conditions are read in the form's order, so that each knows what it looks back at. A question that
cannot be carried whole is left out and named, and so is what hangs on it: none is asked of more
people than its form asks.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from tojimari.catalog import load_catalog
from tojimari.model import DONT_KNOW, Text, When
from tojimari.survey.consistency import MAX_COLUMN, flaws
from tojimari.survey.exchange.expressions import Subject, Subjects, Unreadable
from tojimari.survey.exchange.names import Names
from tojimari.survey.exchange.omissions import Omissions, Place
from tojimari.survey.exchange.portable import CannotConvert, normal
from tojimari.survey.schema import Option, Question, Questionnaire, Section

NAMES_SHOWN = 40
_ALWAYS = {"true()", "true", "yes", "1", "1=1", "1 = 1"}
_NEVER = {"false()", "false", "no", "0", "1=0", "1 = 0"}
TO_WRITE = Text(ja="（未記入）", en="(to be written)")


class Part(msgspec.Struct, frozen=True):
    """Where questions stand: a group or page. ``key`` tells parts with equal names apart."""

    key: str
    name: str
    title: Text


class Assembly:
    """Takes a form's questions one after the other."""

    def __init__(self, omissions: Omissions, read: Callable[[str, Subjects], When]) -> None:
        """``read``: reads a condition of this kind of form."""
        self.omissions = omissions
        self.subjects: dict[str, Subject] = {}
        self._read = read
        self._gone: set[str] = set()
        self._questions: list[Question] = []
        self._places: dict[str, Place] = {}
        self._sections: list[tuple[str, Part, list[str]]] = []
        self._question_names = Names("q")
        self._section_names = Names("part")
        self._renamed: list[str] = []
        self._note: tuple[Place, Text, tuple[str, ...]] | None = None

    def leave_out(self, place: Place, name: str, ja: str, en: str) -> None:
        """Name what is not carried over; conditions on ``name`` cannot be carried either."""
        self._gone.add(name)
        self.omissions.add(place, ja, en)

    def know(self, name: str, other: str) -> None:
        """Take ``other`` for what ``name`` stands for: a form may have two ways to say it."""
        if name in self.subjects:
            self.subjects.setdefault(other, self.subjects[name])
        elif name in self._gone:
            self._gone.add(other)

    def know_all(self, start: str, other: str) -> None:
        """Take names that begin with ``other`` for those that begin with ``start``."""
        for name in [*self.subjects, *self._gone]:
            if name.startswith(start):
                self.know(name, other + name.removeprefix(start))

    def keep_note(self, place: Place, text: Text, conditions: Sequence[str]) -> None:
        """Keep a text between questions: it becomes help of the next one asked of the same."""
        self._drop_note()
        self._note = (place, text, tuple(conditions))

    def add(
        self,
        place: Place,
        part: Part,
        name: str,
        question: Question,
        conditions: Sequence[str] = (),
        rows: Mapping[str, str] | None = None,
        row_conditions: Mapping[str, str] | None = None,
    ) -> Question | None:
        """Add ``question``, whose id and condition are still to be found. Returns it, None if left out.

        ``name`` is what the form calls it; ``conditions`` are as the form writes them, and all of
        them have to hold. For a matrix: ``rows``, how expressions name a row -> its id, and
        ``row_conditions``, row id -> the row's own condition.
        """
        whens = []
        try:
            whens = [when for raw in conditions if (when := self._when(raw)) is not None]
            shown = {id_: self._when(raw) for id_, raw in (row_conditions or {}).items()}
        except Unreadable as error:
            self.leave_out(
                place,
                name,
                f"「{name:.60}」を移していません。条件「{_joined(conditions)}」を読めません ({error}の所)。",
                f"{name[:60]!r} is left out: its condition {_joined(conditions)} cannot be carried "
                f"over (at {error}).",
            )
            for ref in rows or ():
                self._gone.add(ref)
            return None
        parts = [option.id for option in question.options] + [row.id for row in question.rows]
        parts += [DONT_KNOW] if question.dont_know else []
        longest = MAX_COLUMN - 2 - max(map(len, parts)) if parts else MAX_COLUMN
        id_ = self._question_names.take(name, longest)
        if id_ != name:
            self._renamed.append(f"{name:.60} → {id_}")
        when = whens[0] if len(whens) == 1 else When(all=tuple(whens)) if whens else None
        kept = msgspec.structs.replace(
            question,
            id=id_,
            when=None if when is None else normal(when),
            names=(*([] if name in (id_, "") else [name]), *question.names),
            help=self._help(question.help, tuple(conditions)),
            rows=tuple(msgspec.structs.replace(r, when=shown.get(r.id)) for r in question.rows),
        )
        self._place(place, part, kept)
        for known in (name, *question.names):
            self.subjects.setdefault(known, Subject(kept))
        for ref, row in (rows or {}).items():
            self.subjects.setdefault(ref, Subject(kept, row))
        return kept

    def _when(self, raw: str) -> When | None:
        text = raw.strip()
        if text.lower() in _ALWAYS:
            return None
        if text.lower() in _NEVER:
            raise Unreadable(text)
        return self._read(text, self._subject)

    def _subject(self, name: str) -> Subject:
        if name in self.subjects:
            return self.subjects[name]
        raise Unreadable(
            f"{name[:60]} ({'left out' if name in self._gone else 'not asked before'})"
        )

    def _place(self, place: Place, part: Part, question: Question) -> None:
        if not self._sections or self._sections[-1][1].key != part.key:
            self._sections.append((self._section_names.take(part.name or "part"), part, []))
        self._sections[-1][2].append(question.id)
        self._questions.append(question)
        self._places[question.id] = place

    def _help(self, help_: Text | None, conditions: tuple[str, ...]) -> Text | None:
        if self._note is None or self._note[2] != conditions:
            self._drop_note()
            return help_
        place, text, _ = self._note
        self._note = None
        self.omissions.add(
            place, "文は、次の質問の説明にしました。", "the text became help of the next question."
        )
        if help_ is None:
            return text
        return Text(ja=f"{text.ja}\n{help_.ja}", en=f"{text.en}\n{help_.en}")

    def _drop_note(self) -> None:
        if self._note is not None:
            place, text, _ = self._note
            self._note = None
            self.omissions.add(
                place,
                f"質問でない文は移していません: {' '.join(text.ja.split()):.80}",
                f"a text that is no question is left out: {' '.join(text.en.split())[:80]}",
            )

    def quoting(self, place: Place, text: str, reference: re.Pattern[str], *, pipes: bool) -> str:
        """Return ``text`` with quoted answers as ``{id}`` and no other braces.

        ``reference``: how the form quotes, the name in its only group. ``pipes``: answers may be
        quoted here; elsewhere, and where the answer is not there, the name stands in brackets.
        """

        def quoted(match: re.Match[str]) -> str:
            name = match[1].strip()
            subject = self.subjects.get(name)
            if pipes and subject is not None and subject.question.type != "matrix":
                return f"\0{subject.question.id}\1"
            self.omissions.add(
                place,
                f"文の中で引いている「{name:.40}」は、答えに置きかわりません。",
                f"the text quotes {name[:40]!r}, which is not filled in.",
            )
            return f"[{name}]"

        shown = reference.sub(quoted, text).replace("{", "(").replace("}", ")")
        return shown.replace("\0", "{").replace("\1", "}")

    def finish(self, empty: Questionnaire) -> Questionnaire:
        """Return ``empty`` with sections and questions; whatever does not fit is left out and named."""
        self._drop_note()
        self._say_names()
        made = self._whole(empty)
        while found := self._misfits(made):
            for id_, reason in found.items():
                self.omissions.add(
                    self._places[id_],
                    f"「{id_}」を移していません。{reason.ja}",
                    f"{id_!r} is left out: {reason.en}",
                )
            self._questions = [q for q in self._questions if q.id not in found]
            made = self._whole(empty)
        return made

    def finish_form(self, path: Path, empty: Questionnaire) -> Questionnaire:
        """As ``finish``, for the form at ``path``. Raises CannotConvert when no question is left."""
        made = self.finish(empty)
        if not made.questions:
            told = self.omissions.texts()
            raise CannotConvert(
                path,
                "移せる質問がありません。" + " ".join(text.ja for text in told),
                "there is no question to carry over. " + " ".join(text.en for text in told),
            )
        return made

    def _misfits(self, made: Questionnaire) -> dict[str, Text]:
        found: dict[str, Text] = {}
        for flaw in flaws(made, load_catalog()) if made.questions else ():
            if flaw.path[0] == "questions" and len(flaw.path) > 1 and isinstance(flaw.path[1], int):
                found.setdefault(made.questions[flaw.path[1]].id, flaw.reason)
        return found

    def _whole(self, empty: Questionnaire) -> Questionnaire:
        left = {question.id for question in self._questions}
        sections = [
            Section(id_, part.title, tuple(q for q in ids if q in left))
            for id_, part, ids in self._sections
        ]
        return msgspec.structs.replace(
            empty,
            questions=tuple(self._questions),
            sections=tuple(section for section in sections if section.questions),
        )

    def _say_names(self) -> None:
        say_names(self.omissions, self._renamed, "質問", "questions")


def _joined(conditions: Sequence[str]) -> str:
    return " and ".join(" ".join(each.split()) for each in conditions)[:120]


def say_names(omissions: Omissions, renamed: Sequence[str], ja: str, en: str) -> None:
    """Say which names were brought to ids (``before → after``)."""
    if renamed:
        shown = ", ".join(renamed[:NAMES_SHOWN])
        more = len(renamed) - NAMES_SHOWN
        omissions.add(
            None,
            f"{ja}の名前をidに直し、元の名前も残しました: {shown}"
            + (f" (ほか{more}件)" if more > 0 else ""),
            f"Names of {en} were brought to ids, the first spelling is kept: {shown}"
            + (f" (and {more} more)" if more > 0 else ""),
        )


def options_named(
    found: Iterable[tuple[str, Text, bool]], plain: Callable[[str], str]
) -> tuple[tuple[Option, ...], list[str]]:
    """Return options for ``found`` (name in the form, text, alone) and those that were renamed.

    ``plain``: how imported files spell a value; a spelling that two options share is kept once.
    """
    names = Names("option", (DONT_KNOW,), letter=False)
    options: list[Option] = []
    renamed: list[str] = []
    entries = list(found)
    # A name that is an id already keeps it, whatever stands before it.
    exact = {name: names.take(name) for name, _, _ in entries if _is_id(name) and name != DONT_KNOW}
    spelled = {plain(id_) for id_ in exact.values()}
    for name, text, alone in entries:
        id_ = exact.pop(name, "")
        codes: tuple[str, ...] = ()
        if not id_:
            id_ = names.take(name)
            renamed.append(f"{name:.60} → {id_}")
            spelled.add(plain(id_))
        if name != id_ and (plain(name) not in spelled or plain(name) == plain(id_)):
            codes = (name,)
            spelled.add(plain(name))
        options.append(Option(id_, text, alone=alone, codes=codes))
    return tuple(options), renamed


def _is_id(name: str) -> bool:
    return re.fullmatch(r"[a-z0-9][a-z0-9_]{0,30}", name) is not None
