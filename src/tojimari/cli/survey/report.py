"""``tojimari survey report``: figures, tables and the printed report."""

import argparse

from tojimari.catalog import load_catalog
from tojimari.cli.survey.tabulate import tabulated
from tojimari.model import Lang
from tojimari.report.folder import write_folder
from tojimari.survey.figures import draw
from tojimari.survey.read import load_questionnaire
from tojimari.survey.report import to_html, to_pdf
from tojimari.survey.write_tables import files_of


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Write report.html, report.pdf, figures/ and the tables. Returns 0."""
    questionnaire = load_questionnaire(arguments.questionnaire)
    tabulation = tabulated(arguments, questionnaire, lang)
    drawings = draw(questionnaire, tabulation, lang)
    files = files_of(tabulation, lang)
    for drawing in drawings:
        files[f"figures/{drawing.id}.svg"] = drawing.svg.encode()
        files[f"figures/{drawing.id}.png"] = drawing.png
    files["report.html"] = to_html(questionnaire, tabulation, drawings, lang).encode()
    files["report.pdf"] = to_pdf(questionnaire, tabulation, drawings, lang)
    write_folder(arguments.out, files)
    print(  # noqa: T201
        load_catalog().ui("survey.reported").say(lang, n=len(drawings), out=arguments.out)
    )
    return 0
