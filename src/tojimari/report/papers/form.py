"""The form of a paper: head, boxes, numbered sections, annexes; the same for every kind of file."""

import hashlib
import re
from collections.abc import Sequence
from datetime import date, datetime, time

import msgspec

from tojimari.catalog import Catalog
from tojimari.catalog.paper import PaperKind
from tojimari.model import Lang
from tojimari.papers.answers import day_words
from tojimari.papers.blocks import Block, Paragraph, Table, blocks, normal, one_line
from tojimari.papers.writing import Written

_FRAMEWORK = "scs-3"


class Stamp(msgspec.Struct, frozen=True):
    """What is known of a version.

    Attributes:
        version: its number, from 1; of a draft the number it would get.
        made_on: the day of this text.
        prepared_by, approved_by: names; "" where the box stays empty.
        approved_on, until: None for a draft.
        owner: who looks after the paper.
    """

    version: int
    made_on: date
    company: str = ""
    owner: str = ""
    prepared_by: str = ""
    approved_by: str = ""
    approved_on: date | None = None
    until: date | None = None

    @property
    def moment(self) -> datetime:
        """The moment that stands in the file: one for each day, so that the same paper is the same."""
        return datetime.combine(self.approved_on or self.made_on, time(0))


class Revision(msgspec.Struct, frozen=True):
    """A version there was. what: what changed."""

    version: int
    day: date
    what: str
    by: str


class FormSection(msgspec.Struct, frozen=True):
    """A section under its numbered heading.

    Attributes:
        mark: names it in the file, with the digest of its words: a file that comes back tells by it
            what a hand changed. "" for an annex, which is not read back.
    """

    mark: str
    heading: str
    blocks: tuple[Block, ...]


class Form(msgspec.Struct, frozen=True):
    """A paper, ready to be set.

    Attributes:
        boxes: heads and names of the box for seals.
        facts: (what, value) under the title.
    """

    lang: Lang
    title: str
    company: str
    day: str
    boxes: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    sections: tuple[FormSection, ...]
    moment: datetime

    @property
    def facts_line(self) -> str:
        """Return the facts as one line under the title."""
        colon, comma = ("：", "　") if self.lang == "ja" else (": ", "; ")
        said = [f"{what}{colon}{value}" if value else what for what, value in self.facts]
        return comma.join(said)


def paper_form(
    written: Written,
    kind: PaperKind,
    stamp: Stamp,
    *,
    revisions: Sequence[Revision] = (),
    plan_by: date,
    catalog: Catalog,
) -> Form:
    """Return a paper in the form of a Japanese business paper, or in its English counterpart."""
    lang = written.lang

    def say(key: str, **values: object) -> str:
        return catalog.ui(f"paper.{key}").say(lang, **values)

    rules = kind.form == "rules"
    sections = [
        FormSection(
            f"{section.id}_{digest_of(written.text_of(section))}",
            say("article" if rules else "section", n=number, title=section.title),
            tuple(
                _numbered(blocks(written.text_of(section)), lang)
                if rules
                else blocks(written.text_of(section))
            ),
        )
        for number, section in enumerate(written.sections, 1)
    ]
    if rules:
        sections.append(_supplementary(stamp, catalog, lang))
    if written.wants:
        sections.append(_criteria(written, plan_by, catalog))
    sections.append(_revisions(stamp, revisions, catalog, lang))
    facts = [
        (say("version", n=stamp.version), "" if stamp.approved_on else say("draft")),
        (say("made_on"), day_words(stamp.made_on, lang)),
        (say("approved_on"), day_words(stamp.approved_on, lang) if stamp.approved_on else ""),
        (say("until"), day_words(stamp.until, lang) if stamp.until else ""),
        (say("owner"), one_line(stamp.owner)),
    ]
    return Form(
        lang,
        written.title,
        one_line(stamp.company) or say("no_company"),
        day_words(stamp.approved_on or stamp.made_on, lang),
        (
            (say("box_approved"), one_line(stamp.approved_by)),
            (say("box_made"), one_line(stamp.prepared_by)),
        ),
        tuple(fact for fact in facts if fact[1] or fact[0] == facts[0][0]),
        tuple(sections),
        stamp.moment,
    )


def _numbered(found: list[Block], lang: Lang) -> list[Block]:
    """Return the paragraphs of an article numbered where there are several."""
    if sum(isinstance(one, Paragraph) for one in found) < 2:
        return found
    numbered: list[Block] = []
    number = 0
    for one in found:
        if isinstance(one, Paragraph):
            number += 1
            between = "　" if lang == "ja" else ". "
            one = Paragraph(f"{number}{between}{one.text}")
        numbered.append(one)
    return numbered


def digest_of(text: str) -> str:
    """Return a short digest of the words of a section, whatever their spaces."""
    return hashlib.sha256(normal(text).encode()).hexdigest()[:10]


_NUMBER = re.compile(r"^[0-9０-９]{1,3}(?:[　]|\. )\s*")


def without_numbers(text: str) -> str:
    """Return the lines of an article without the numbers that ``paper_form`` puts before them."""
    return "\n".join(_NUMBER.sub("", line) for line in text.split("\n"))


def _supplementary(stamp: Stamp, catalog: Catalog, lang: Lang) -> FormSection:
    day = day_words(stamp.approved_on, lang) if stamp.approved_on else ""
    key = "in_force" if day else "in_force_draft"
    lines: list[Block] = [
        Paragraph(catalog.ui(f"paper.{key}").say(lang, day=day)),
        Paragraph(catalog.ui("paper.look_over").say(lang)),
    ]
    heading = catalog.ui("paper.supplementary").say(lang)
    return FormSection("", heading, tuple(_numbered(lines, lang)))


def _head(name: str, catalog: Catalog, lang: Lang) -> tuple[str, ...]:
    return tuple(catalog.ui(f"paper.head.{name}").say(lang).split("/"))


def _criteria(written: Written, plan_by: date, catalog: Catalog) -> FormSection:
    """Return the annex that lists every criterion the paper answers, and those it does not yet."""
    lang, covered = written.lang, set(written.covered)
    gists = {c.id: c.gist for item in catalog.frameworks[_FRAMEWORK].items for c in item.criteria}
    answered = catalog.ui("paper.criterion_covered").say(lang)
    waiting = catalog.ui("paper.criterion_open").say(lang, day=day_words(plan_by, lang))
    rows = [
        (id_, gists[id_].say(lang), answered if id_ in covered else waiting)
        for id_ in written.wants
    ]
    heading = catalog.ui("paper.annex_criteria").say(lang)
    return FormSection("", heading, (Table((_head("criteria", catalog, lang), *rows)),))


def _revisions(
    stamp: Stamp, revisions: Sequence[Revision], catalog: Catalog, lang: Lang
) -> FormSection:
    new = catalog.ui("paper.first_version").say(lang)

    def what(version: int, note: str) -> str:
        return one_line(note) or (new if version == 1 else "－")

    rows = [
        (str(v.version), day_words(v.day, lang), what(v.version, v.what), one_line(v.by))
        for v in revisions
    ]
    if not any(one.version == stamp.version for one in revisions):
        draft = catalog.ui("paper.draft").say(lang) if stamp.approved_on is None else ""
        day = day_words(stamp.approved_on or stamp.made_on, lang)
        rows.append(
            (str(stamp.version), day, what(stamp.version, draft), one_line(stamp.approved_by))
        )
    heading = catalog.ui("paper.annex_revisions").say(lang)
    return FormSection("", heading, (Table((_head("revisions", catalog, lang), *rows)),))
