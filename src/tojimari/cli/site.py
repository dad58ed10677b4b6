"""``tojimari site DOMAIN``: look at a web site, a mail domain and open doors from outside."""

import argparse
import ipaddress
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tojimari.cli.parts import parts_of
from tojimari.cli.session import Session, session
from tojimari.collect.host import Unavailable
from tojimari.model import Lang, TojimariError, shown_name, stored

if TYPE_CHECKING:
    from tojimari.collect.outside.egress import Egress, EgressSettings
    from tojimari.collect.outside.target import Target
    from tojimari.diagnose import Diagnosis

MOST_BYTES = 10_000_000


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Look, judge, store, show. Returns 0 when nothing is open and nothing unknown, else 1."""
    with parts_of("outside"):
        from tojimari.collect.outside.probe import subjects_of
    words = list(arguments.words)
    if words[:1] == ["watch"] and len(words) == 2:
        from tojimari.cli import defacement

        return defacement.run(arguments, lang, words[1], egress_of(arguments))
    if arguments.accept or words[:1] == ["watch"]:
        raise TojimariError(
            "見張るホームページの名前を一つ書いてください (例: `tojimari site watch example.co.jp`)。",
            "Name the one web site to watch (for example: `tojimari site watch example.co.jp`).",
        )
    wanted = range(1) if arguments.many else range(0 if arguments.address else 1, 2)
    if len(words) not in wanted:
        raise TojimariError(
            "ホームページの名前を一つ書いてください (例: `tojimari site example.co.jp`)。",
            "Give the name of one web site (for example: `tojimari site example.co.jp`).",
        )
    if arguments.many:
        return _many(arguments, lang)
    egress = egress_of(arguments)
    with session(arguments, lang) as s:
        target = _target(arguments, words, egress)
        s.look_outside(target, egress)
        diagnosis = s.diagnosis(keep=True)
        _show(arguments, target, diagnosis, s)
        if arguments.page is not None:
            from tojimari.cli.page import write_and_offer

            write_and_offer(arguments.page, diagnosis, s)
        subjects = set(subjects_of(target).values())
        found = [f.state for f in diagnosis.measured if f.subject in subjects]
        return 0 if found and set(found) <= {"met", "not_applicable"} else 1


def _show(
    arguments: argparse.Namespace, target: "Target", diagnosis: "Diagnosis", s: Session
) -> None:
    """Write the diagnosis in the format that was asked for."""
    if arguments.format == "json":
        from tojimari.report.machine import to_json

        sys.stdout.write(to_json(diagnosis, s.catalog).decode() + "\n")
    elif arguments.format == "oscal":
        from tojimari.report.oscal import to_oscal

        sys.stdout.write(to_oscal(diagnosis, s.catalog).decode() + "\n")
    else:
        from tojimari.collect.outside.probe import subjects_of
        from tojimari.report.terminal import show_outside

        show_outside(
            diagnosis,
            subjects_of(target).values(),
            s.catalog,
            s.lang,
            mail=_about_mail(arguments, target, s),
            command=_again(target),
        )


def _about_mail(arguments: argparse.Namespace, target: "Target", s: Session) -> str:
    """Return which mail domain is judged, or why none is and what to type; "" without a site."""
    if target.mail_domain:
        return s.say("site.mail", domain=shown_name(target.mail_domain))
    if not target.site:
        return ""
    key = "site.mail_none" if _says_none(arguments) else "site.mail_rented"
    return s.say(key, site=shown_name(target.site))


def _again(target: "Target") -> str:
    """Return the command that looks again at all that was named."""
    from tojimari.collect.outside.target import mail_domain_of

    words = ["tojimari site"]
    if target.site:
        words.append(shown_name(target.site))
    if target.mail_domain != (mail_domain_of(target.site) if target.site else ""):
        words.append(f"--mail {shown_name(target.mail_domain) or 'none'}")
    if target.address:
        words.append(f"--address {target.address}")
    return " ".join(words)


def _target(arguments: argparse.Namespace, words: list[str], egress: "Egress") -> "Target":
    """Return what the words and options name. Raises TojimariError."""
    from tojimari.collect.outside.target import Target, address_of, mail_name, target_of

    # Options first: nobody is asked anything for a look that cannot be what was meant.
    registration, about = _registration(arguments.registration)
    mail = None
    if arguments.mail:
        mail = "" if _says_none(arguments) else mail_name(arguments.mail)
    address = address_of(arguments.address, egress=egress) if arguments.address else ""
    target = target_of(words[0], egress=egress) if words else Target()
    target = msgspec.structs.replace(target, address=address, registration=registration)
    if mail is not None:
        target = msgspec.structs.replace(target, mail_domain=mail, domain=target.mail_domain)
    if registration is not None:
        _refuse_another(arguments.registration, about, target.mail_domain)
    return target


def _says_none(arguments: argparse.Namespace) -> bool:
    """Say whether the company told that it has no mail of its own name."""
    return (arguments.mail or "").strip().lower() in ("none", "なし")


def _registration(given: Path | None) -> tuple[bytes | None, str]:
    """Return what a file holds and the domain it is about, (None, "") where none is named.

    Raises TojimariError.
    """
    from tojimari.collect.outside.probes.registration import read_registration

    if given is None:
        return None, ""
    try:
        data = given.read_bytes()[:MOST_BYTES]
        return data, read_registration(data).name
    except (OSError, Unavailable) as error:
        raise TojimariError(
            f"--registration {given}: 読めません ({error})。ドメインのRDAP (JSON) か"
            "WHOISの答えを保存したファイルを渡してください。",
            f"--registration {given}: cannot be read ({error}). Give a file with "
            "the domain's answer from RDAP (JSON) or WHOIS.",
        ) from error


def _refuse_another(given: Path, about: str, mail_domain: str) -> None:
    """Raise TojimariError where a registration is not that of the domain looked at."""
    from tojimari.knowledge.domains import registered_domain

    if not mail_domain:
        raise TojimariError(
            f"--registration {given}: 見るドメインがないので使えません。`--mail example.co.jp` のように"
            "自社のドメインを付けてください。",
            f"--registration {given}: no domain is looked at, so it cannot be used. Add your own, "
            "like `--mail example.co.jp`.",
        )
    wanted = registered_domain(mail_domain)
    if about != wanted:
        raise TojimariError(
            f"--registration {given}: {shown_name(about) or '?'} についてのファイルですが、見るドメインは "
            f"{shown_name(wanted)} です。",
            f"--registration {given}: the file is about {shown_name(about) or '?'}, "
            f"the domain looked at is {shown_name(wanted)}.",
        )


def egress_of(arguments: argparse.Namespace) -> "Egress":
    """Return the egress that the options describe. Raises TojimariError."""
    return egress_settings_of(arguments).open()


def egress_settings_of(arguments: argparse.Namespace) -> "EgressSettings":
    """Return how doors are opened by what the options say. Raises TojimariError."""
    from tojimari.collect.outside.egress import EgressSettings

    if not arguments.lab and (arguments.lab_ports or arguments.lab_trust):
        raise TojimariError(
            "--lab-ports と --lab-trust は --lab と一緒に使います。",
            "--lab-ports and --lab-trust go with --lab.",
        )
    name_server = None
    if arguments.resolver:
        host, _, port = arguments.resolver.partition(":")
        if arguments.resolver.count(":") > 1:  # an IPv6 address
            host, port = arguments.resolver, ""
        try:
            name_server = str(ipaddress.ip_address(host)), _port(port or "53")
        except ValueError as error:
            raise TojimariError(
                f"--resolver {arguments.resolver}: 192.0.2.53 か 192.0.2.53:5353 のように書いてください。",
                f"--resolver {arguments.resolver}: write it like 192.0.2.53 or 192.0.2.53:5353.",
            ) from error
    ports = {}
    for pair in filter(None, arguments.lab_ports.split(",")):
        before, _, after = pair.partition("=")
        try:
            ports[_port(before)] = _port(after)
        except ValueError as error:
            raise TojimariError(
                f"--lab-ports: 「{pair}」が読めません。443=8443,80=8080 のように書いてください。",
                f"--lab-ports: {pair!r} cannot be read. Write it like 443=8443,80=8080.",
            ) from error
    return EgressSettings(arguments.lab, name_server, ports, _trust(arguments))


def _trust(arguments: argparse.Namespace) -> Path | None:
    """Return the file of a lab's certificate authority. Raises TojimariError."""
    given: Path | None = arguments.lab_trust
    if given is not None:
        from cryptography.x509 import load_pem_x509_certificates

        try:
            load_pem_x509_certificates(given.read_bytes())
        except (OSError, ValueError) as error:
            raise TojimariError(
                f"--lab-trust {given}: 証明書 (PEM) として読めません ({error})。",
                f"--lab-trust {given}: cannot be read as a certificate in PEM ({error}).",
            ) from error
    return given


def _port(text: str) -> int:
    """Read a port. Raises ValueError."""
    port = int(text)
    if not 0 < port < 65536:
        raise ValueError(text)
    return port


def _many(arguments: argparse.Namespace, lang: Lang) -> int:
    """Look at every site of a file; nothing is stored: they are other companies' sites."""
    from tojimari.catalog import load_catalog
    from tojimari.collect.outside.batch import look_at_many
    from tojimari.collect.outside.target import Target, host_name, mail_domain_of
    from tojimari.diagnose import diagnose

    catalog, at = load_catalog(), datetime.now(UTC).replace(microsecond=0)
    names = [host_name(line) for line in _lines(arguments.many)]
    targets = [Target(name, mail_domain_of(name)) for name in dict.fromkeys(names)]
    fine = True
    for target, seen in look_at_many(targets, egress_settings_of(arguments), at=at):
        found = diagnose(seen, company=target.site, catalog=catalog, as_of=at)
        states = [finding.state for finding in found.measured]
        counts = {state: states.count(state) for state in ("met", "partly", "not_met", "unknown")}
        fine = fine and not states.count("not_met") and not states.count("unknown")
        if arguments.format == "json":
            rows = [stored(observation) for observation in seen]
            document = {"site": target.site, "counts": counts, "seen": rows}
            line = msgspec.json.encode(document).decode()
        else:
            line = catalog.ui("site.many_line").say(lang, site=shown_name(target.site), **counts)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0 if fine else 1


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_bytes()[:MOST_BYTES].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TojimariError(
            f"{path}: 読めません ({error})。一行に一つ名前を書いたUTF-8のファイルを渡してください。",
            f"{path}: cannot be read ({error}). Give a UTF-8 file with one name a line.",
        ) from error
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
