"""The addresses of surveys, for those who ask and for those who answer."""

from django.urls import path

from tojimari.portal.routes import ORGANISATION
from tojimari.portal.surveys import answers_out, management, preview, questions, responses

app_name = "surveys"

SURVEY = f"{ORGANISATION}/surveys/<uuid:survey_id>"

urlpatterns = [
    path(f"{ORGANISATION}/surveys/", management.surveys, name="surveys"),
    path(f"{SURVEY}/", management.survey, name="survey"),
    path(f"{SURVEY}/change/", management.change, name="survey_change"),
    path(f"{SURVEY}/invite/", management.invite, name="survey_invite"),
    path(f"{SURVEY}/data.csv", answers_out.data, name="survey_data"),
    path(f"{SURVEY}/words.csv", answers_out.words, name="survey_words"),
    path(f"{SURVEY}/report/", management.make_report, name="survey_report"),
    path(f"{SURVEY}/report/<int:report_id>.zip", management.report_file, name="survey_report_file"),
    path(f"{ORGANISATION}/surveys/blank/", questions.begin_blank, name="survey_blank"),
    path(f"{SURVEY}/open/", questions.begin_asking, name="survey_begin_asking"),
    path(f"{SURVEY}/again/", questions.again, name="survey_again"),
    path(f"{SURVEY}/questions/", questions.questions, name="questions"),
    path(f"{SURVEY}/front/", questions.front, name="survey_front"),
    path(f"{SURVEY}/add/<slug:kind>/", questions.add, name="question_add"),
    path(f"{SURVEY}/questions/<str:question_id>/", questions.edit, name="question_edit"),
    path(f"{SURVEY}/questions/<str:question_id>/move/", questions.move, name="question_move"),
    path(f"{SURVEY}/questions/<str:question_id>/copy/", questions.copy, name="question_copy"),
    path(f"{SURVEY}/questions/<str:question_id>/out/", questions.take_out, name="question_out"),
    path(f"{SURVEY}/questions/<str:question_id>/when/", questions.when, name="question_when"),
    path(f"{SURVEY}/preview/", preview.preview, name="preview"),
    path(f"{SURVEY}/preview/<str:question_id>/", preview.preview_question, name="preview_question"),
    path(f"{SURVEY}/delete/", management.delete, name="survey_delete"),
    path("q/open/<uuid:survey_id>/", responses.public, name="survey_public"),
    path("q/<str:secret>/", responses.respond, name="respond"),
    path("q/<str:secret>/begin/", responses.begin, name="survey_begin"),
    path("q/<str:secret>/<str:question_id>/", responses.question, name="survey_question"),
]
