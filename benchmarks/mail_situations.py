"""The verdict on messages that we invented and that nothing was learned from: how many are warned of.

    python benchmarks/mail_situations.py [--each]

``mail_situations.yaml`` says what they are. ``--each``: name those that were judged wrong, and by what.
Mails get the headers that such a sender's server writes; results of the receiving server have those of
the set ``fourth`` (``verified``).
"""

import argparse
import html
import re
from collections import Counter
from email.message import EmailMessage
from pathlib import Path

import yaml
from tests.mail import made

from tojimari.mail.acquaintances import gather_known
from tojimari.mail.reading import read_file
from tojimari.mail.verdict import LEVELS, Verdict, judge, weight, worst

KNOWN = gather_known(["example.co.jp"], [])
DAY = "Tue, 24 Nov 2026 10:00:00 +0900"
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_FILES = {
    "pdf": (made.pdf(), "seikyu_202611.pdf"),
    "encrypted_zip": (made.encrypted_zip(), "見積.zip"),
    "smuggling": (made.SMUGGLING, "PO-2231.html"),
    "shortcut": (made.zipped(rireki__lnk=made.shortcut("/c powershell iwr x")), "履歴書.zip"),
}
Situation = dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--each", action="store_true")
    each_too = parser.parse_args().each
    file = Path(__file__).with_suffix(".yaml")
    levels: dict[tuple[str, str, str], Counter[str]] = {}
    for situation in yaml.safe_load(file.read_text("utf-8")):
        found = worst([judge(each, KNOWN, {}) for each in read_file(written(situation))])
        label = "dangerous" if situation["dangerous"] else "honest"
        form = f"{situation['how']} {situation['lang']}"
        for key in ((situation["set"], label, "all"), (situation["set"], label, form)):
            levels.setdefault(key, Counter())[found.level] += 1
        if each_too and found.suspicious != situation["dangerous"]:
            print(f"  {situation['id']}: {_because(found)}")
    for key, counts in sorted(levels.items()):
        print(*key, *(f"{level} {counts[level]}" for level in LEVELS))


def written(situation: Situation) -> bytes:
    """Return a situation as its reader has it: text as it was pasted, or a mail with its headers."""
    body = situation["body"]
    if situation["how"] == "text":
        return body.encode()
    address = situation["from"].rpartition("<")[2].strip("> ")
    domain = address.rpartition("@")[2]
    via = situation.get("via", "own")
    server = {"own": domain, "none": "vps-881.hostcloud-eu.net"}.get(via, via)
    mail = EmailMessage()
    headers = {
        "Authentication-Results": _results(situation, domain),
        "Return-Path": f"<{address}>" if via == "own" else f"<bounce@{server}>",
        "Received": f"from mail.{server} (mail.{server} [203.0.113.9]) by mx.example.co.jp; {DAY}",
        "DKIM-Signature": "" if via == "none" else f"v=1; d={domain}; s=k1; b=x",
        "From": situation["from"],
        "To": "user@example.co.jp",
        "Reply-To": situation.get("reply", ""),
        "Subject": situation["subject"],
        "Date": DAY,
        "Message-ID": f"<{situation['id']}@{server if via == 'none' else domain}>",
        "In-Reply-To": "<a1@example.co.jp>" if "in_reply_to" in situation else "",
        "List-Unsubscribe": f"<https://{domain}/u>" if "bulk" in situation else "",
    }
    for name, value in headers.items():
        if value:
            mail[name] = value
    mail.set_content(_LINK.sub(r"\1 \2", body))
    if _LINK.search(body):
        page = _LINK.sub(r'<a href="\2">\1</a>', html.escape(body, quote=False))
        mail.add_alternative(f"<p>{page.replace(chr(10), '<br>')}</p>", subtype="html")
    if "attach" in situation:
        data, name = _FILES[situation["attach"]]
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    if "qr" in situation:
        mail.add_attachment(made.code(situation["qr"]), maintype="image", subtype="png")
    if "ics" in situation:
        entry = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nORGANIZER:mailto:{address}\nDESCRIPTION:{situation['ics']}\nEND:VEVENT\nEND:VCALENDAR\n"
        mail.add_attachment(entry, subtype="calendar")
    return mail.as_bytes()


def _results(situation: Situation, domain: str) -> str:
    """Return what the receiving server wrote of the sender; "" where the situation does not say."""
    if "verified" not in situation:
        return ""
    if situation["verified"] == "pass":
        return f"mx.example.co.jp; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={domain}; dmarc=pass header.from={domain}"
    return f"mx.example.co.jp; dkim=none; spf=none smtp.mailfrom={domain}; dmarc=none header.from={domain}"


def _because(found: Verdict) -> str:
    reasons = ", ".join(f"{each.id} {weight(each):.1f}" for each in found.reasons)
    return f"{found.level}, {found.points} points ({reasons})"


if __name__ == "__main__":
    main()
