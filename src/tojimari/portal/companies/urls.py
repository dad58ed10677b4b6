"""The addresses of a company's own pages."""

from django.urls import path

from tojimari.portal.companies import (
    account,
    employees,
    local_look,
    questions,
    report,
    result,
    sample,
    start,
    steps,
    weekly,
)
from tojimari.portal.routes import COMPANY

app_name = "companies"

urlpatterns = [
    path("", start.first_page, name="start"),
    path("start/<str:token>/", start.enter, name="enter"),
    path("sample/", sample.sample, name="sample"),
    path("home/", start.home, name="home"),
    path("companies/", start.make_company, name="make_company"),
    path(f"{COMPANY}/welcome/", start.welcome, name="welcome"),
    path(f"{COMPANY}/", result.result, name="result"),
    path(f"{COMPANY}/ask/", questions.ask, name="ask"),
    path(f"{COMPANY}/ask/<slug:question_id>/", questions.one_question, name="question"),
    path(f"{COMPANY}/check/", local_look.check, name="check"),
    path(f"{COMPANY}/look/", local_look.look_here, name="look"),
    path(f"{COMPANY}/look/elevated/", local_look.look_elevated, name="look_elevated"),
    path(f"{COMPANY}/job/<uuid:job_id>/", local_look.job, name="job"),
    path(f"{COMPANY}/report/", report.report, name="report"),
    path(f"{COMPANY}/report/pdf/", report.make_pdf, name="make_pdf"),
    path(f"{COMPANY}/report/file.<str:form>", report.report_file, name="report_file"),
    path(f"{COMPANY}/control/<slug:control_id>/", result.control, name="control"),
    path(f"{COMPANY}/control/<slug:control_id>/done/", result.done, name="done"),
    path(f"{COMPANY}/control/<slug:control_id>/evidence/", result.evidence, name="evidence"),
    path(f"{COMPANY}/step/<slug:step_id>/later/", steps.later, name="later"),
    path(f"{COMPANY}/step/<slug:step_id>/cannot/", steps.cannot, name="cannot"),
    path(f"{COMPANY}/step/<slug:step_id>/asked/", steps.asked, name="asked"),
    path(f"{COMPANY}/weekly/", weekly.weekly, name="weekly"),
    path(f"{COMPANY}/weekly/look/", weekly.look, name="weekly_look"),
    path(f"{COMPANY}/weekly/done/", weekly.visit, name="visit"),
    path(f"{COMPANY}/weekly/remind/", weekly.remind, name="remind"),
    path(f"{COMPANY}/history/", weekly.history, name="history"),
    path(f"{COMPANY}/settings/", account.settings_page, name="settings"),
    path(
        f"{COMPANY}/settings/people/<int:membership_id>/remove/",
        account.remove_person,
        name="remove_person",
    ),
    path(f"{COMPANY}/settings/employees/", employees.employees, name="employees"),
    path(
        f"{COMPANY}/settings/employees/<uuid:employee_id>/remove/",
        employees.remove,
        name="remove_employee",
    ),
    path(f"{COMPANY}/log/", account.log, name="log"),
    path(f"{COMPANY}/export/", account.export, name="export"),
    path(f"{COMPANY}/delete/", account.delete, name="delete"),
]
