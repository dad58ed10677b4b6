"""The addresses of a company's own pages."""

from django.urls import path

from tojimari.portal.companies import asking, employees, looking, own, result, start, weekly
from tojimari.portal.routes import COMPANY

app_name = "companies"

urlpatterns = [
    path("", start.first_page, name="start"),
    path("start/<str:token>/", start.enter, name="enter"),
    path("home/", start.home, name="home"),
    path("companies/", start.make_company, name="make_company"),
    path(f"{COMPANY}/welcome/", start.welcome, name="welcome"),
    path(f"{COMPANY}/", result.result, name="result"),
    path(f"{COMPANY}/ask/", asking.ask, name="ask"),
    path(f"{COMPANY}/ask/<slug:question_id>/", asking.one_question, name="question"),
    path(f"{COMPANY}/check/", looking.check, name="check"),
    path(f"{COMPANY}/look/", looking.look_here, name="look"),
    path(f"{COMPANY}/job/<uuid:job_id>/", looking.job, name="job"),
    path(f"{COMPANY}/report/", looking.report, name="report"),
    path(f"{COMPANY}/report/pdf/", looking.make_pdf, name="make_pdf"),
    path(f"{COMPANY}/report/file.<str:form>", looking.report_file, name="report_file"),
    path(f"{COMPANY}/control/<slug:control_id>/", result.control, name="control"),
    path(f"{COMPANY}/control/<slug:control_id>/done/", result.done, name="done"),
    path(f"{COMPANY}/control/<slug:control_id>/evidence/", result.evidence, name="evidence"),
    path(f"{COMPANY}/weekly/", weekly.weekly, name="weekly"),
    path(f"{COMPANY}/weekly/done/", weekly.visit, name="visit"),
    path(f"{COMPANY}/weekly/remind/", weekly.remind, name="remind"),
    path(f"{COMPANY}/history/", weekly.history, name="history"),
    path(f"{COMPANY}/settings/", own.settings_page, name="settings"),
    path(
        f"{COMPANY}/settings/people/<int:membership_id>/remove/",
        own.remove_person,
        name="remove_person",
    ),
    path(f"{COMPANY}/settings/employees/", employees.employees, name="employees"),
    path(
        f"{COMPANY}/settings/employees/<uuid:employee_id>/remove/",
        employees.remove,
        name="remove_employee",
    ),
    path(f"{COMPANY}/log/", own.log, name="log"),
    path(f"{COMPANY}/export/", own.export, name="export"),
    path(f"{COMPANY}/delete/", own.delete, name="delete"),
]
