"""Files of papers: of the draft, or of a version that was approved."""

from django.http import Http404, HttpResponse

from tojimari.papers.criteria import criteria_rows
from tojimari.portal.core.downloads import as_file
from tojimari.portal.papers.drafting import Draft, form_of_draft, form_of_version
from tojimari.portal.words import catalog
from tojimari.report import letter
from tojimari.report.papers import opendocument, workbook
from tojimari.report.papers.form import Form
from tojimari.report.papers.printed import pdf_file
from tojimari.report.papers.word import word_file

FORMS = ("docx", "odt", "pdf", "xlsx", "csv")
_TYPES = {
    "docx": letter.CONTENT_TYPE,
    "odt": opendocument.CONTENT_TYPE,
    "pdf": "application/pdf",
    "xlsx": workbook.XLSX_TYPE,
    "csv": "text/csv; charset=utf-8",
}


def paper_file(draft: Draft, form: str, number: int | None) -> HttpResponse:
    """Return a paper as a file. Raises Http404 for a version or a form there is none of.

    number: of an approved version; None for the draft.
    """
    if form not in FORMS or (form in ("xlsx", "csv") and draft.kind.form != "workbook"):
        raise Http404
    if number is None:
        made, name = form_of_draft(draft), "draft"
    else:
        version = next((one for one in draft.versions if one.number == number), None)
        if version is None or form in ("xlsx", "csv"):
            raise Http404  # the workbook shows today; what was approved is the paper
        made = form_of_version(version, draft.kind, draft.versions, draft.company.name)
        name = f"v{number}"
    response = HttpResponse(_data(form, made, draft), content_type=_TYPES[form])
    file_name = f"tojimari-{draft.kind.id}-{name}.{form}"
    return as_file(response, file_name)


def _data(form: str, made: Form, draft: Draft) -> bytes:
    if form == "docx":
        if not letter.word_is_there():
            raise Http404
        return word_file(made)
    if form == "odt":
        if not opendocument.odt_is_there():
            raise Http404
        return opendocument.odt_file(made)
    if form == "pdf":
        return pdf_file(made)
    rows = criteria_rows(draft.known, catalog(), draft.lang)
    if form == "csv":
        return workbook.csv_file(rows, catalog(), draft.lang)
    if not workbook.xlsx_is_there():
        raise Http404
    return workbook.xlsx_file(rows, made, catalog(), draft.lang)
