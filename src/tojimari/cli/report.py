"""``tojimari report``: the saved state as a page, a PDF, JSON or OSCAL."""

import argparse
import sys

from tojimari.catalog import Catalog
from tojimari.cli.printing import print_aside
from tojimari.cli.session import session
from tojimari.diagnose import Diagnosis
from tojimari.model import Assessment, Lang, TojimariError
from tojimari.report.files import write_report
from tojimari.report.paper import Before, Cover


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Write every form asked for; without any, show the result in the terminal."""
    with session(arguments, lang) as s:
        if not s.store.current():
            raise TojimariError(
                "まだ何も記録がありません。先に `tojimari check` か `tojimari ask` を実行してください。",
                "Nothing is recorded yet. Run `tojimari check` or `tojimari ask` first.",
            )
        diagnosis = s.diagnosis()
        cover = Cover(arguments.company, _before(s.store.assessments(), diagnosis))
        files = {
            "html": arguments.html,
            "pdf": arguments.pdf,
            "json": arguments.json,
            "oscal": arguments.oscal,
        }
        for form, path in files.items():
            if path is None:
                continue
            if form == "json" and arguments.format == "oscal":
                form = "oscal"  # "--format oscal --json FILE": the OSCAL form into that file
            write_report(path, _render(form, diagnosis, s.catalog, lang, cover))
            print_aside(s.say("page.written", path=path.resolve()))
        if not any(files.values()):
            _show(arguments.format or "text", diagnosis, s.catalog, lang)
        return 0 if diagnosis.all_basics_met else 1


def _before(stored: list[Assessment], diagnosis: Diagnosis) -> Before | None:
    """Return the newest stored assessment of an earlier day than the one to be reported."""
    today = diagnosis.assessment.as_of.astimezone().date()
    earlier = [one for one in stored if one.as_of.astimezone().date() < today]
    return Before(earlier[-1].as_of, earlier[-1].states) if earlier else None


def _render(form: str, diagnosis: Diagnosis, catalog: Catalog, lang: Lang, cover: Cover) -> bytes:
    match form:
        case "html":
            from tojimari.report.page import to_html

            return to_html(diagnosis, catalog, lang).encode()
        case "pdf":
            from tojimari.report.pdf import to_pdf

            return to_pdf(diagnosis, catalog, lang, cover)
        case "oscal":
            from tojimari.report.oscal import to_oscal

            return to_oscal(diagnosis, catalog)
        case _:
            from tojimari.report.machine import to_json

            return to_json(diagnosis, catalog)


def _show(form: str, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> None:
    if form == "text":
        from tojimari.report.terminal import show_result

        show_result(diagnosis, catalog, lang)
    else:
        sys.stdout.write(_render(form, diagnosis, catalog, lang, Cover()).decode() + "\n")
