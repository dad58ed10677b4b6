"""The record of an incident on A4, for the insurer and the police."""

from datetime import datetime

from tojimari.catalog import Catalog
from tojimari.model import Lang
from tojimari.report.incident.case import Case
from tojimari.report.page import environment

GROUP = 8


def grouped(digest: str) -> str:
    """Return a digest in groups of eight, so that it can be read out."""
    return " ".join(digest[at : at + GROUP] for at in range(0, len(digest), GROUP))


def case_page(case: Case, catalog: Catalog, lang: Lang) -> str:
    """Return the record as one HTML page for A4, in ``lang``. Moments keep their zone."""
    return (
        environment()
        .get_template("incident.html")
        .render(
            lang=lang,
            ui=lambda key, **words: catalog.ui(f"case.{key}").say(lang, **words),
            case=case,
            minute=_minute,
            second=_second,
            grouped=grouped,
        )
    )


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def _second(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S %z")
