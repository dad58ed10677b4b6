"""A certificate: which lessons somebody took, and when, on one page of A4."""

from datetime import date

import msgspec

from tojimari.catalog import Catalog
from tojimari.catalog.lesson import MINUTES_EACH
from tojimari.model import Lang
from tojimari.report.page import environment

NAME_LETTERS = 60
COMPANY_LETTERS = 60


class CertificateLine(msgspec.Struct, frozen=True):
    """A lesson, by its id, and the newest day on which it was taken."""

    lesson: str
    on: date


class Certificate(msgspec.Struct, frozen=True):
    """What a certificate says.

    Attributes:
        name: of the person; "" leaves a line to write it on.
        lines: in the order in which they were taken.
    """

    name: str
    company: str
    lines: tuple[CertificateLine, ...]
    made_on: date


def certificate_page(made: Certificate, catalog: Catalog, lang: Lang) -> str:
    """Return a certificate as one HTML page for A4, in ``lang``.

    It says what was taken down and no more: that these lessons were taken, not what is known now.
    """
    lessons = catalog.lessons
    lines = [
        (lessons[line.lesson].title.say(lang), line.on.isoformat())
        for line in made.lines
        if line.lesson in lessons
    ]
    return (
        environment()
        .get_template("certificate.html")
        .render(
            lang=lang,
            ui=lambda key, **words: catalog.ui(key).say(lang, **words),
            name=made.name[:NAME_LETTERS],
            company=made.company[:COMPANY_LETTERS],
            lines=lines,
            minutes=MINUTES_EACH * len(lines),
            made_on=made.made_on.isoformat(),
            version=catalog.meta.version,
        )
    )
