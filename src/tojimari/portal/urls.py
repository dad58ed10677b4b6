"""Every address of the portal."""

from django.urls import URLPattern, URLResolver, include, path

from tojimari.portal import errors
from tojimari.portal.api import api
from tojimari.portal.companies import asking, employees, looking, own, result, start, weekly
from tojimari.portal.core import pages as core
from tojimari.portal.devices import pages as devices
from tojimari.portal.devices.installing import download
from tojimari.portal.operate import pages as operate
from tojimari.portal.outside import pages as outside
from tojimari.portal.people import pages as people
from tojimari.portal.supporters import company as granted
from tojimari.portal.supporters import fleet, joining
from tojimari.portal.surveys import answering
from tojimari.portal.surveys import managing as asking_many

COMPANY = "c/<uuid:company_id>"
ORGANISATION = "s/<uuid:organisation_id>"
SURVEY = "<uuid:survey_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.first_page, name="start"),
    path("start/<str:token>/", start.enter, name="enter"),
    path("home/", start.home, name="home"),
    path("companies/", start.make_company, name="make_company"),
    path(".well-known/jwks.json", core.jwks, name="jwks"),
    path(f"{COMPANY}/notices/<int:notice_id>/seen/", core.notice_seen, name="notice_seen"),
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
    path(f"{COMPANY}/devices/", devices.devices, name="devices"),
    path(f"{COMPANY}/devices/code/computer/", devices.code, {"kind": "computer"}, name="code"),
    path(f"{COMPANY}/devices/code/phone/", devices.code, {"kind": "phone"}, name="phone_code_for"),
    path(f"{COMPANY}/devices/code/<str:letters>/", devices.shown_code, name="shown_code"),
    path(f"{COMPANY}/devices/<uuid:device_id>/name/", devices.rename, name="rename_device"),
    path(f"{COMPANY}/devices/<uuid:device_id>/remove/", devices.remove, name="remove_device"),
    path(f"{COMPANY}/sites/", outside.sites, name="sites"),
    path(f"{COMPANY}/sites/add/", outside.add, name="add_site"),
    path(f"{COMPANY}/sites/line/", outside.look_at_line, name="look_line"),
    path(f"{COMPANY}/sites/line/forget/", outside.forget_line, name="forget_line"),
    path(f"{COMPANY}/sites/<uuid:site_id>/prove/", outside.prove, name="prove_site"),
    path(f"{COMPANY}/sites/<uuid:site_id>/look/", outside.look, name="look_site"),
    path(f"{COMPANY}/sites/<uuid:site_id>/watch/", outside.watch, name="watch_site"),
    path(f"{COMPANY}/sites/<uuid:site_id>/accept/", outside.accept_watch, name="accept_watch"),
    path(f"{COMPANY}/sites/<uuid:site_id>/stop/", outside.stop_watch, name="stop_watch"),
    path(f"{COMPANY}/sites/<uuid:site_id>/remove/", outside.remove, name="remove_site"),
    path(f"{COMPANY}/sharing/", joining.sharing, name="sharing"),
    path(f"{COMPANY}/sharing/invite/", joining.invite_organisation, name="invite_organisation"),
    path(f"{COMPANY}/sharing/<int:grant_id>/", joining.change_grant, name="change_grant"),
    path(
        f"{COMPANY}/sharing/invitations/<uuid:invitation_id>/cancel/",
        joining.cancel_invitation,
        name="cancel_invitation",
    ),
    path(f"{COMPANY}/settings/", own.settings_page, name="settings"),
    path(f"{COMPANY}/settings/invite/", joining.invite_staff, name="invite_staff"),
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
    path(f"{ORGANISATION}/", fleet.fleet, name="fleet"),
    path(f"{ORGANISATION}/export.csv", fleet.export, name="fleet_export"),
    path(f"{ORGANISATION}/nudge/", fleet.nudge, name="nudge"),
    path(f"{ORGANISATION}/people/", joining.people, name="helpers"),
    path(
        f"{ORGANISATION}/people/<int:helper_id>/remove/",
        joining.remove_helper,
        name="remove_helper",
    ),
    path(f"{ORGANISATION}/{COMPANY}/", granted.company, name="granted"),
    path(f"{ORGANISATION}/{COMPANY}/note/", granted.add_note, name="add_note"),
    path(f"{ORGANISATION}/surveys/", asking_many.surveys, name="surveys"),
    path(f"{ORGANISATION}/surveys/{SURVEY}/", asking_many.survey, name="survey"),
    path(f"{ORGANISATION}/surveys/{SURVEY}/change/", asking_many.change, name="survey_change"),
    path(f"{ORGANISATION}/surveys/{SURVEY}/invite/", asking_many.invite, name="survey_invite"),
    path(f"{ORGANISATION}/surveys/{SURVEY}/data.csv", asking_many.data, name="survey_data"),
    path(f"{ORGANISATION}/surveys/{SURVEY}/report/", asking_many.make_report, name="survey_report"),
    path(
        f"{ORGANISATION}/surveys/{SURVEY}/report/<int:report_id>.zip",
        asking_many.report_file,
        name="survey_report_file",
    ),
    path(f"{ORGANISATION}/surveys/{SURVEY}/delete/", asking_many.delete, name="survey_delete"),
    path(f"q/open/{SURVEY}/", answering.public, name="survey_public"),
    path("q/<str:secret>/", answering.respond, name="respond"),
    path("q/<str:secret>/begin/", answering.begin, name="survey_begin"),
    path("q/<str:secret>/<str:question_id>/", answering.question, name="survey_question"),
    path("join/<str:secret>/", joining.join, name="join"),
    path("join/<str:secret>/accept/", joining.accept, name="accept"),
    path("download/<str:name>", download, name="download"),
    path("phone/", devices.phone_code, name="phone_code"),
    path("phone/<str:letters>/", devices.phone, name="phone"),
    path("unsubscribe/<str:token>/", people.unsubscribe, name="unsubscribe"),
    path("account/", people.account, name="account"),
    path("account/tokens/", people.make_token, name="make_token"),
    path("account/tokens/<uuid:token_id>/remove/", people.remove_token, name="remove_token"),
    path("account/my-data/", people.my_data, name="my_data"),
    path("account/leave/", people.leave, name="leave"),
    path("accounts/", include("allauth.urls")),
    path("operator/", operate.operator, name="operator"),
    path("health/", operate.health, name="health"),
    path("language/", include("django.conf.urls.i18n")),
    path("api/v1/", api.urls),
]

handler400 = errors.bad_request
handler403 = errors.denied
handler404 = errors.not_found
handler500 = errors.our_fault
