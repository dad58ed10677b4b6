"""The addresses of lessons: of a company, and by its link."""

from django.urls import path

from tojimari.portal.lessons import company_pages, link_pages, showing
from tojimari.portal.routes import COMPANY

app_name = "lessons"

urlpatterns = [
    path(f"{COMPANY}/lessons/", company_pages.lessons, name="lessons"),
    path(f"{COMPANY}/lessons/link/", company_pages.set_link, name="set_lesson_link"),
    path(f"{COMPANY}/lessons/link/new/", company_pages.new_link, name="new_lesson_link"),
    path(f"{COMPANY}/lessons/certificate.pdf", company_pages.certificate, name="certificate"),
    path(f"{COMPANY}/lessons/statements.json", company_pages.xapi, name="lesson_statements"),
    path(f"{COMPANY}/lessons/<slug:lesson_id>.zip", company_pages.scorm, name="scorm"),
    path(
        f"{COMPANY}/lessons/taken/<uuid:taken_id>/remove/",
        company_pages.remove,
        name="remove_lesson_taken",
    ),
    path(f"{COMPANY}/lessons/<slug:lesson_id>/", company_pages.lesson, name="lesson"),
    path("lesson-pictures/<slug:name>.svg", showing.picture, name="picture"),
    path("study/<str:secret>/", link_pages.learn, name="lesson_link"),
    path(
        "study/<str:secret>/certificate.pdf", link_pages.learn_certificate, name="learn_certificate"
    ),
    path("study/<str:secret>/<slug:lesson_id>/", link_pages.learn_lesson, name="learn_lesson"),
]
