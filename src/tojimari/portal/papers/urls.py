"""The addresses of papers: for the company's people, and for those who help it."""

from django.urls import path

from tojimari.portal.papers import granted_pages, pages
from tojimari.portal.routes import COMPANY, ORGANISATION

app_name = "papers"

_OWN = f"{COMPANY}/papers"
_GRANTED = f"{ORGANISATION}/{COMPANY}/papers"

urlpatterns = [
    path(f"{_OWN}/", pages.papers, name="papers"),
    path(f"{_OWN}/calendar.ics", pages.calendar, name="calendar"),
    path(f"{_OWN}/remind/", pages.remind, name="remind"),
    path(f"{_OWN}/<slug:paper_kind>/", pages.paper, name="paper"),
    path(f"{_OWN}/<slug:paper_kind>/answers/", pages.answers, name="answers"),
    path(f"{_OWN}/<slug:paper_kind>/part/<slug:paper_part>/", pages.section, name="section"),
    path(f"{_OWN}/<slug:paper_kind>/upload/", pages.upload, name="upload"),
    path(f"{_OWN}/<slug:paper_kind>/approve/", pages.approve_paper, name="approve"),
    path(f"{_OWN}/<slug:paper_kind>/withdraw/", pages.withdraw_paper, name="withdraw"),
    path(f"{_OWN}/<slug:paper_kind>/file.<str:file_form>", pages.file, name="file"),
    path(f"{_GRANTED}/", granted_pages.papers, name="granted_papers"),
    path(f"{_GRANTED}/<slug:paper_kind>/", granted_pages.paper, name="granted_paper"),
    path(f"{_GRANTED}/<slug:paper_kind>/answers/", granted_pages.answers, name="granted_answers"),
    path(
        f"{_GRANTED}/<slug:paper_kind>/part/<slug:paper_part>/",
        granted_pages.section,
        name="granted_section",
    ),
    path(f"{_GRANTED}/<slug:paper_kind>/upload/", granted_pages.upload, name="granted_upload"),
    path(
        f"{_GRANTED}/<slug:paper_kind>/file.<str:file_form>",
        granted_pages.file,
        name="granted_file",
    ),
]
