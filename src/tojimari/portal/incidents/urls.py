"""The addresses for when something is odd."""

from django.urls import path

from tojimari.portal.incidents import (
    contacts,
    emergency,
    evidence,
    guide,
    handing_out,
    incident,
    learning,
    letters,
    own_guide,
    sheet,
)
from tojimari.portal.routes import COMPANY

app_name = "incidents"

ODD = "odd/"
"""The same words for everybody and inside a company."""
ONE = f"{COMPANY}/incidents/<uuid:incident_id>"

urlpatterns = [
    path(ODD, guide.door, name="door"),
    path(f"{ODD}code/", emergency.code, name="emergency_code"),
    path(f"{ODD}<slug:kind>/", guide.kind, name="kind"),
    path(f"{ODD}<slug:kind>/now/", guide.now, name="now"),
    path(f"{COMPANY}/{ODD}", own_guide.company_door, name="company_door"),
    path(f"{COMPANY}/{ODD}<slug:kind>/", own_guide.company_kind, name="company_kind"),
    path(f"{COMPANY}/{ODD}<slug:kind>/now/", own_guide.company_now, name="company_now"),
    path(f"{COMPANY}/{ODD}<slug:kind>/open/", incident.open_here, name="open"),
    path(f"{COMPANY}/contacts/", contacts.contacts, name="contacts"),
    path(f"{COMPANY}/contacts/checked/", contacts.still_right, name="still_right"),
    path(f"{COMPANY}/contacts/<uuid:contact_id>/remove/", contacts.remove, name="remove_contact"),
    path(f"{COMPANY}/sheet/", sheet.sheet, name="sheet"),
    path(f"{COMPANY}/sheet/code/", sheet.new_code, name="new_code"),
    path(f"{COMPANY}/sheet/file.<str:form>", sheet.sheet_file, name="sheet_file"),
    path(f"{COMPANY}/incidents/", incident.incidents, name="incidents"),
    path(f"{ONE}/", incident.incident, name="incident"),
    path(f"{ONE}/facts/", incident.facts, name="facts"),
    path(f"{ONE}/ask/<slug:which>/", incident.question, name="incident_question"),
    path(f"{ONE}/task/", incident.task, name="task"),
    path(f"{ONE}/entry/", incident.entry, name="entry"),
    path(f"{ONE}/evidence/", evidence.add_evidence, name="add_evidence"),
    path(f"{ONE}/line/<int:number>/file/", evidence.evidence_file, name="evidence_file"),
    path(f"{ONE}/line/<int:number>/correct/", evidence.correct, name="correct"),
    path(f"{ONE}/line/<int:number>/erase/", evidence.erase_line, name="erase_line"),
    path(f"{ONE}/record.<str:form>", handing_out.take, name="take"),
    path(f"{ONE}/learn/", learning.learn, name="learn"),
    path(f"{ONE}/close/", incident.close, name="close"),
    path(f"{ONE}/letter/<slug:draft_id>/", letters.letter, name="letter"),
    path(f"{ONE}/letter/<slug:draft_id>/keep/", letters.keep_letter, name="keep_letter"),
    # Addresses of before, in bookmarks and on paper.
    path("now/", guide.earlier_door, name="earlier_door"),
    path("now/<slug:emergency>/", guide.earlier_kind, name="earlier_kind"),
]
