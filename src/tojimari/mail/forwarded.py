"""Messages that others quote whole: forwarded in the text, or pasted with their heads.

Each mail program marks them in its own way, and in the language of who forwards: Outlook by a block
of heads below a line, Gmail by "Forwarded message", Apple's by a sentence, Thunderbird by dashes.
"""

import re

import msgspec

from tojimari.mail import headers as read
from tojimari.mail.links import links_in
from tojimari.mail.message import LINKS, Address, Link, Message

# Each begins with an end of line, which is quickly looked for: texts get one before them.
_MARK = re.compile(
    r"\n[ \t>*]*(?:-{2,}|={2,}|_{2,})[ \t]*(?:Forwarded message|Weitergeleitete Nachricht|Mensagem encaminhada|Mensaje reenviado|Message transf[ée]r[ée]|Messaggio inoltrato|転送メッセージ|転送メール|転送されたメッセージ|转发的邮件|转发邮件|原始邮件)[^\n]{0,40}$"
    r"|\n[ \t>*]*(?:Begin forwarded message|転送されたメッセージ|転送されたメール|Anfang der weitergeleiteten Nachricht|Início da mensagem encaminhada|Début du message réexpédié)[ \t]*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL = re.compile(
    r"\n[ \t>*]*-{2,}[ \t]*(?:Original Message|元のメッセージ|Ursprüngliche Nachricht|Mensagem original|Mensaje original|Message d'origine)[^\n]{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_FROM = r"From|差出人|送信者|送信元|Von|De|Da|发件人|寄件者"
_SUBJECT = r"Subject|件名|Betreff|Assunto|Asunto|Objet|Oggetto|主题|主旨"
_OTHERS = r"To|Cc|Date|Sent|宛先|受信者|日付|日時|送信日時|送信日|An|Gesendet|Datum|Para|Enviado|Enviada em|Data|Fecha|À|Envoyé|A|收件人|发送时间|日期|Reply-To|返信先"
_LINE = r"[ \t>]{0,10}\*{0,2}(?:%s)\*{0,2}[ \t]*[:：]\*{0,2}[ \t]*[^\n]{0,600}\n"
_HEADS = re.compile(
    rf"\n(?:{_LINE % f'{_FROM}|{_SUBJECT}|{_OTHERS}'}(?:[ \t>]*\n)?){{3,12}}",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_FROM = re.compile(
    rf"^[ \t>*]{{0,10}}(?:{_FROM})[ \t*]{{0,3}}[:：][ \t*]{{0,5}}([^\n]{{1,400}})$",
    re.MULTILINE | re.IGNORECASE,
)
_QUOTED_SUBJECT = re.compile(
    rf"^[ \t>*]{{0,10}}(?:{_SUBJECT})[ \t*]{{0,3}}[:：][ \t*]{{0,5}}([^\n]{{0,400}})$",
    re.MULTILINE | re.IGNORECASE,
)
_FORWARDS = re.compile(r"^\s*(?:fwd?|wg|tr|enc|rv|i|転送|转发)\s*[:：]", re.IGNORECASE)
_HEAD_CHARACTERS = 3_000
FEW_CHARACTERS = 20
"""Fewer say nothing of their own."""


def quoted_head(text: str, *, pasted: bool) -> tuple[Address | None, str, int]:
    """Return sender and subject of the message that a text forwards, or was pasted from.

    Third is where the heads of it begin; -1 where there are none. ``pasted``: the text itself may
    be that message. The first mark of any kind counts: whoever wrote the message could put others
    below his own words.
    """
    first = _mark(text)
    if first is None and not pasted:
        return None, "", -1
    at = first[1] if first else 0
    part = text[at : at + _HEAD_CHARACTERS]
    sender, subject = _QUOTED_FROM.search(part), _QUOTED_SUBJECT.search(part)
    found = []
    if sender:
        found = read.addresses(sender[1].replace("[mailto:", "<").replace("]", ">"), 1)
    line = read.one_line(subject[1]) if subject else ""
    return (found[0] if found else None), line, at if first else -1


def forwarded_within(message: Message) -> list[Message]:
    """Return the message that one forwards in its own text, to be judged for itself.

    Whoever forwards is honest; what he forwards may not be, and he stands in front of it. Only
    what is called forwarded counts: an answer quotes as well. What its heads say is not verified.
    Where it holds a further mark, what stands above that is judged for itself too (``above``).
    """
    if not _MARK.search(f"\n{message.text}") and not _FORWARDS.match(message.subject):
        return []
    sender, subject, at = quoted_head(message.text, pasted=False)
    if at < 0:
        return []
    text = message.text[at:]
    heads = _HEADS.match(f"\n{text.lstrip()}\n")
    body = text.lstrip()[heads.end() - 1 :] if heads else text
    found = msgspec.structs.replace(
        quoted_in(message),
        sender=sender or Address(),
        senders=1 if sender else 0,
        subject=subject or _FORWARDS.sub("", message.subject).strip(),
        text=body,
        forwarded=True,
    )
    return [found, *above(found)]


def quoted_in(carrier: Message) -> Message:
    """Return what a mail quotes as a message of its own, without what is known of the carrier."""
    return Message(
        "text",
        sender=carrier.quoted_sender or Address(),
        senders=1 if carrier.quoted_sender else 0,
        subject=carrier.subject,
        text=carrier.text,
        visible_in_html=carrier.visible_in_html,
        has_html=carrier.has_html,
        has_plain=carrier.has_plain,
        pictures=carrier.pictures,
        hidden=carrier.hidden,
        links=carrier.links,
        forms=carrier.forms,
        attachments=carrier.attachments,
        gaps=carrier.gaps,
    )


def above(message: Message) -> list[Message]:
    """Return what stands above the first mark in a message's text; none where that is next to nothing.

    Its links are those that its own words show. So nothing that is added further below, heads and
    harmless links among it, speaks for it.
    """
    mark = _mark(message.text)
    text = message.text[: mark[0]] if mark else ""
    if len(text.strip()) < FEW_CHARACTERS:
        return []
    written = {each.target for each in links_in(text, "text", LINKS)}
    links: dict[str, Link] = {}
    for each in message.links:
        if each.target in written or (each.shown and each.shown in text):
            links.setdefault(each.shown or each.target, each)
    return [msgspec.structs.replace(message, text=text, links=tuple(links.values()))]


def first_mark(text: str) -> int:
    """Return where a text begins to quote an earlier message, -1 where no mark says so."""
    found = _mark(text)
    return found[0] if found else -1


def _mark(text: str) -> tuple[int, int] | None:
    """Return where the first mark stands, and where the heads below it begin."""
    whole = f"\n{text}\n"  # where a line begins there is where its end of line before is here
    found = [
        (each.start(), each.start() if pattern is _HEADS else each.end() - 1)
        for pattern in (_MARK, _ORIGINAL, _HEADS)
        if (each := pattern.search(whole))
    ]
    return min(found, default=None)
