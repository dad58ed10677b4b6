"""A question at the desk: asked and answered by pages or by mail."""

from datetime import time, timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

from django.utils import timezone

from tests.support.pressing import run_tasks
from tojimari.portal.desk.appointments import set_appointment
from tojimari.portal.desk.models import (
    AsideMail,
    Attachment,
    Desk,
    Handover,
    Message,
    Referral,
    Ticket,
)
from tojimari.portal.desk.tickets import File, add_message, open_ticket
from tojimari.portal.mailin.intake import store
from tojimari.portal.supporters.models import Helper, Organisation

DOMAIN = "in.tojimari.example"
OWNER = "owner@example.jp"
ANSWER = "再起動してみてください。"
TROUBLE = "困っています。"
WORDS = "パソコンが急に遅くなりました。\n昨日からです。"


def open_desk(organisation: Organisation) -> Desk:
    """A desk that is answered round the clock."""
    made, _ = Desk.objects.get_or_create(
        organisation=organisation,
        defaults={"opens": time(0), "closes": time(23, 59), "days": "0123456"},
    )
    return made


def asked(world, who="owner", text=WORDS, **more):
    """Ask by the page; returns the ticket."""
    client = world.client(who)
    sent = {"organisation": str(world.chamber.pk), "text": text, **more}
    answer = client.post(f"/c/{world.company.pk}/desk/ask/", sent)
    assert answer.status_code == 302, answer.content.decode()
    return Ticket.objects.of(world.company).latest("made_at")


def answered(world, ticket, text=ANSWER, what="answer"):
    client = world.client("supporter")
    address = f"/s/{world.chamber.pk}/desk/{ticket.pk}/answer/"
    answer = client.post(address, {"text": text, "what": what})
    assert answer.status_code == 302, answer.content.decode()
    return Message.objects.of(world.company).filter(ticket=ticket).latest("at")


def helper_of(world, name: str, user) -> Organisation:
    made = Organisation.objects.create(name=name, kind="supporter", approved_at=timezone.now())
    Helper.objects.create(user=user, organisation=made)
    open_desk(made)
    return made


def letter(subject="件", text=TROUBLE, sender=OWNER, **headers) -> EmailMessage:
    made = EmailMessage(policy=policy.SMTP.clone(max_line_length=998))
    made["From"], made["To"], made["Subject"] = sender, "desk@in.example", subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def comes(place, data, sender=OWNER, extension="") -> None:
    """Let a mail come and be dealt with."""
    store(place, sender, data if isinstance(data, bytes) else bytes(data), extension)
    run_tasks()


def tickets(world, company=None):
    return list(Ticket.objects.of(company or world.company).order_by("number"))


def texts(ticket) -> list[str]:
    rows = Message.objects.of(ticket.company).filter(ticket=ticket, kind=Message.COMPANY)
    return list(rows.order_by("at", "pk").values_list("text", flat=True))


def answer_to(mail, text="直りました。", sender=OWNER, **headers) -> EmailMessage:
    """Somebody answers a mail with their program."""
    more = {"In_Reply_To": mail["Message-ID"], "References": mail["Message-ID"], **headers}
    return letter(f"Re: {mail['Subject']}", text, sender, **more)


def token_of(mail) -> str:
    return mail["Reply-To"].partition("+")[2].partition("@")[0]


def asked_at_desk(world: Any) -> dict[str, Any]:
    """A question of the company with everything that hangs on one; returns the ids."""
    open_desk(world.chamber)
    ticket = open_ticket(
        world.company, world.chamber, subject="ひみつ商店", way="web", asker=world.owner
    )
    message = add_message(
        ticket,
        Message.COMPANY,
        "ひみつ商店",
        way="web",
        author=world.owner,
        files=[File("ひみつ商店.txt", "ひみつ商店".encode())],
    )
    starts = timezone.now() + timedelta(days=1)
    return {
        "ticket_id": ticket.pk,
        "message_id": message.pk,
        "attachment_id": Attachment.objects.of(world.company).get(message=message).pk,
        "appointment_id": set_appointment(ticket, starts, starts + timedelta(hours=1)).pk,
        "handover_id": Handover.objects.of(world.company)
        .create(company=world.company, ticket=ticket, to=world.chamber, days=1)
        .pk,
        "referral_id": Referral.objects.of(world.company)
        .create(company=world.company, ticket=ticket, field="network", words="ひみつ商店")
        .pk,
        "aside_id": AsideMail.objects.create(
            organisation=world.chamber,
            sender="ひみつ商店@example.jp",
            why="unknown",
            text="ひみつ商店",
        ).pk,
    }
