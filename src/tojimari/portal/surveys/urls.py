"""The addresses of surveys, for those who ask and for those who answer."""

from django.urls import path

from tojimari.portal.routes import ORGANISATION
from tojimari.portal.surveys import answering, managing

app_name = "surveys"

SURVEY = f"{ORGANISATION}/surveys/<uuid:survey_id>"

urlpatterns = [
    path(f"{ORGANISATION}/surveys/", managing.surveys, name="surveys"),
    path(f"{SURVEY}/", managing.survey, name="survey"),
    path(f"{SURVEY}/change/", managing.change, name="survey_change"),
    path(f"{SURVEY}/invite/", managing.invite, name="survey_invite"),
    path(f"{SURVEY}/data.csv", managing.data, name="survey_data"),
    path(f"{SURVEY}/report/", managing.make_report, name="survey_report"),
    path(f"{SURVEY}/report/<int:report_id>.zip", managing.report_file, name="survey_report_file"),
    path(f"{SURVEY}/delete/", managing.delete, name="survey_delete"),
    path("q/open/<uuid:survey_id>/", answering.public, name="survey_public"),
    path("q/<str:secret>/", answering.respond, name="respond"),
    path("q/<str:secret>/begin/", answering.begin, name="survey_begin"),
    path("q/<str:secret>/<str:question_id>/", answering.question, name="survey_question"),
]
