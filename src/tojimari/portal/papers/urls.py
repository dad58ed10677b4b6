"""The addresses of papers: for the company's people, and for those who help it."""

from django.urls import path

from tojimari.portal.papers import granted_pages, pages
from tojimari.portal.routes import COMPANY, ORGANISATION

app_name = "papers"

_OWN = f"{COMPANY}/papers"
_GRANTED = f"{ORGANISATION}/{COMPANY}/papers"

urlpatterns = [
    path(f"{_OWN}/", pages.papers, name="papers"),
    path(f"{_OWN}/calendar.ics", pages.calendar, name="papers_calendar"),
    path(f"{_OWN}/remind/", pages.remind, name="remind_papers"),
    path(f"{_OWN}/<slug:paper_kind>/", pages.paper, name="paper"),
    path(f"{_OWN}/<slug:paper_kind>/answers/", pages.answers, name="paper_answers"),
    path(f"{_OWN}/<slug:paper_kind>/part/<slug:paper_part>/", pages.section, name="paper_section"),
    path(f"{_OWN}/<slug:paper_kind>/upload/", pages.upload, name="paper_upload"),
    path(f"{_OWN}/<slug:paper_kind>/approve/", pages.approve_paper, name="approve_paper"),
    path(f"{_OWN}/<slug:paper_kind>/withdraw/", pages.withdraw_paper, name="withdraw_paper"),
    path(f"{_OWN}/<slug:paper_kind>/file.<str:file_form>", pages.file, name="paper_file"),
    path(f"{_GRANTED}/", granted_pages.papers, name="granted_papers"),
    path(f"{_GRANTED}/<slug:paper_kind>/", granted_pages.paper, name="granted_paper"),
    path(
        f"{_GRANTED}/<slug:paper_kind>/answers/",
        granted_pages.answers,
        name="granted_paper_answers",
    ),
    path(
        f"{_GRANTED}/<slug:paper_kind>/part/<slug:paper_part>/",
        granted_pages.section,
        name="granted_paper_section",
    ),
    path(
        f"{_GRANTED}/<slug:paper_kind>/upload/", granted_pages.upload, name="granted_paper_upload"
    ),
    path(
        f"{_GRANTED}/<slug:paper_kind>/file.<str:file_form>",
        granted_pages.file,
        name="granted_paper_file",
    ),
]
