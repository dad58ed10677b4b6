"""A lender on the portal: companies that agreed, and a policy that is switched on."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tojimari.catalog.load import HERE
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.companies.rights import LOAN_JUDGE
from tojimari.portal.lenders.models import BorrowerStanding, PolicyVersion
from tojimari.portal.supporters.models import Grant

SAMPLE = (HERE / "policies" / "support-loan.yaml").read_text("utf-8")


OWN = SAMPLE.replace("sample: true\n", "")


def agree(world, company=None):
    found, _ = Grant.objects.across("test").update_or_create(
        company=company or world.company,
        organisation=world.bank,
        withdrawn_at=None,
        defaults={"scopes": (LOAN_JUDGE,)},
    )
    return found


def page(world, path="", who="buyer", organisation=None):
    return world.client(who).get(f"/s/{(organisation or world.bank).pk}/loans/{path}")


def send(world, path, who="buyer", **sent):
    return world.client(who).post(f"/s/{world.bank.pk}/loans/{path}", sent)


def take(world, text=OWN):
    return send(world, "take/", file=SimpleUploadedFile("p.yaml", text.encode()))


def switched_on(world) -> PolicyVersion:
    take(world)
    row = PolicyVersion.objects.filter(organisation=world.bank).latest("version")
    send(world, f"policy/{row.pk}/switch/", on="yes")
    row.refresh_from_db()
    return row


def borrower(world, name, *, size="", met=False):
    """Return a company that agreed, with a standing as a task would have left it."""
    company = Company.objects.create(name=name)
    agree(world, company)
    controls = ("os-updates-pc", "antimalware-running", "device-firewall", "supported-os")
    held = {c: {"state": "met", "proof": "measured"} for c in controls} if met else {}
    now = timezone.now()
    BorrowerStanding.objects.of(company).create(company=company, held=held, as_of=now)
    Standing.objects.of(company).create(company=company, judged_at=now, size=size)
    return company
