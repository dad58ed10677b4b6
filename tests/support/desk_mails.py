"""Mails to a desk by the hundred: questions, answers, doubles, some before what they answer, some broken."""

import random
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

PLAIN = SMTP.clone(max_line_length=998)
_WORDS = [
    "パソコン",
    "メール",
    "更新",
    "印刷",
    "ログイン",
    "請求書",
    "画面",
    "遅い",
    "消えない",
    "届かない",
    "開けない",
]


def mails(number: int, senders: list[str], seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """Yield (envelope sender, mail): of twenty one is broken, one comes twice, one too early."""
    drawn = random.Random(seed)
    sent: list[tuple[str, bytes]] = []
    late: list[tuple[str, bytes]] = []
    for at in range(number):
        kind = at % 20
        sender = senders[drawn.randrange(len(senders))]
        if kind == 19 and sent:
            yield sent[drawn.randrange(len(sent))]
            continue
        mail = _mail(at, sender, drawn)
        if kind == 18:
            mail = _broken(mail, drawn)
        if kind == 17:  # its answer comes first
            late.append((sender, mail))
            mail = _mail(at + number, sender, drawn, answers=f"<{at}@shop.example>")
        sent.append((sender, mail))
        yield sent[-1]
        if late and drawn.random() < 0.3:
            yield late.pop(0)
    yield from late


def _mail(at: int, sender: str, drawn: random.Random, answers: str = "") -> bytes:
    made = EmailMessage(policy=PLAIN)
    made["From"], made["To"] = sender, "desk@in.example"
    made["Subject"] = ("Re: " if answers else "") + drawn.choice(_WORDS)
    made["Message-ID"] = f"<{at}@shop.example>"
    if answers:
        made["In-Reply-To"] = answers
    made.set_content(f"{at}: " + "が".join(drawn.choices(_WORDS, k=12)) + "。\n")
    if at % 10 == 3:
        made.add_attachment(drawn.randbytes(5_000), "application", "pdf", filename="図.pdf")
    return bytes(made)


def _broken(mail: bytes, drawn: random.Random) -> bytes:
    way = drawn.randrange(4)
    if way == 0:
        return mail[: drawn.randrange(len(mail))].rstrip(b"\r\n") + b"\r\n"
    if way == 1:
        return mail.replace(b"@shop.example>", b"@", 1)
    if way == 2:
        at = drawn.randrange(len(mail))
        return mail[:at] + bytes([drawn.choice([0, 255, 27])]) + mail[at + 1 :]
    return mail.replace(b"charset=", b"charset=x-", 1).replace(b"boundary=", b"b=", 1)
