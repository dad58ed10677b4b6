"""Whether mail on its way in is encrypted: STARTTLS of each mail server, MTA-STS, TLS-RPT."""

import contextlib
import re
import smtplib
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Literal

import httpcore
import msgspec
from cryptography import x509

from tojimari.collect.host import TookTooLong, Unavailable, Unreachable
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.egress import Egress, any_server
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.probes.mail_auth import SMTP_PORT, mail_hosts
from tojimari.collect.outside.records import texts
from tojimari.collect.outside.trust import Problem, browser_context, problem_of, trust
from tojimari.collect.outside.visit import Visit
from tojimari.model.facts import MailDomainTransport, MailServer

_SERVERS_AT_MOST = 5
_SECONDS = 8.0
"""For all that is said on one connection."""
_BYTES = 64 * 1024
_PIECE = 4096
_OWN_NAME = "tojimari.invalid"
"""What we call ourselves: the machine's own name is nobody's business (RFC 2606)."""
_POLICY_BYTES = 64 * 1024
_PROMISE = re.compile(r"v=STSv1[ \t]*+;")
"""Written to the letter; what begins otherwise is passed over (RFC 8461, 3.1)."""
_ID = re.compile(r";[ \t]*+id=[A-Za-z0-9]{1,32}+[ \t]*+(?:;|$)")
"""Other fields may follow it."""
_Mode = Literal["none", "testing", "enforce"] | None
_Broken = Literal["record", "unreachable", "certificate", "syntax", "servers"] | None


@probe(sees=(MailDomainTransport,), needs="mail_domain", limit_seconds=60.0)
def mail_transport(visit: Visit) -> list[Seen]:
    """See how the domain's mail servers take mail. No mail is sent.

    Raises Unreachable where mail servers are named and none can be reached.
    """
    egress, domain = visit.egress, visit.domain()
    hosts = (mail_hosts(visit) or ())[:_SERVERS_AT_MOST]
    with ThreadPoolExecutor(_SERVERS_AT_MOST) as pool:
        servers = list(pool.map(lambda host: _server(egress, host), hosts))
    if servers and not any(server.answered for server in servers):
        raise Unreachable(f"{domain}: SMTP {', '.join(hosts)}"[:200])
    mode, problem = _promise(egress, domain, hosts)
    wanted = [
        text for text in texts(egress, f"_smtp._tls.{domain}") if re.match(r"v=TLSRPTv1\s*;", text)
    ]
    # Of two records none counts (RFC 8460, section 3).
    reports = len(wanted) == 1 and re.search(r";\s*rua\s*=\s*(?:mailto|https):", wanted[0])
    return [saw(MailDomainTransport(tuple(servers), mode, problem, bool(reports)))]


class _Talk:
    """A connection as smtplib takes it: one deadline for all of it, so many bytes and no more."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self.stream = stream
        self._waiting = b""
        self._left = _BYTES

    def makefile(self, _: str) -> "_Talk":
        return self

    def readline(self, most: int = -1) -> bytes:
        """Return a line. Raises smtplib.SMTPServerDisconnected once all may be said was said."""
        while b"\n" not in self._waiting and not 0 < most <= len(self._waiting):
            piece = self.stream.read(_PIECE)
            self._left -= len(piece)
            if self._left < 0:
                raise smtplib.SMTPServerDisconnected("too much")
            if not piece:
                break
            self._waiting += piece
        line, end, rest = self._waiting.partition(b"\n")
        whole = line + end
        if 0 < most < len(whole):
            whole, rest = whole[:most], whole[most:] + rest
        self._waiting = rest
        return whole

    def sendall(self, data: bytes) -> None:
        self.stream.write(bytes(data))

    def close(self) -> None:
        self.stream.close()


class _Smtp(smtplib.SMTP):
    """smtplib on a connection that an egress made."""

    def __init__(self, talk: _Talk, host: str) -> None:
        self._talk, self._host = talk, host
        super().__init__(host, SMTP_PORT, _OWN_NAME, timeout=_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> _Talk:
        return self._talk


class _Seen(msgspec.Struct):
    """What was seen of one mail server so far; the fields are those of MailServer."""

    answered: bool = False
    starttls: bool | None = None
    version: str | None = None
    trusted: bool | None = None
    problem: Problem | None = None
    not_after: datetime | None = None


def _server(egress: Egress, host: str) -> MailServer:
    """Return what one mail server does; two connections: one to see, one to believe."""
    seen = _Seen()
    with contextlib.suppress(Unavailable):
        _started(egress, host, any_server(), seen)
        if seen.version is not None:
            try:
                _started(egress, host, browser_context(egress), seen)
                seen.trusted = True
            except ssl.SSLCertVerificationError as error:
                seen.trusted, seen.problem = False, problem_of(error)
            except (Unavailable, ssl.SSLError):
                # Answers a moment ago and not now, or only in a way no browser of today speaks.
                seen.trusted = None
    return MailServer(host=host[:253], **msgspec.structs.asdict(seen))


def _started(egress: Egress, host: str, context: ssl.SSLContext, seen: _Seen) -> None:
    """Greet and start TLS; write what was seen into ``seen``. All of it ends with one deadline.

    Raises Unavailable when nobody answers, ssl.SSLError when ``context`` does not agree.
    """
    egress.wait_turn(host, until=time.monotonic() + _SECONDS)
    stream = egress.stream(host, SMTP_PORT, seconds=_SECONDS)
    try:
        with contextlib.closing(stream):
            smtp = _Smtp(_Talk(stream), host)
            seen.answered = True
            smtp.ehlo()
            seen.starttls = smtp.has_extn("starttls")
            if not seen.starttls or smtp.docmd("STARTTLS")[0] != 220:
                seen.starttls = False
                return
            secured = stream.start_tls(context, host)
            found = secured.get_extra_info("ssl_object")
            assert isinstance(found, ssl.SSLObject)  # noqa: S101  # TLS was started
            seen.version = found.version()
            der = found.getpeercert(binary_form=True)
            seen.not_after = _ends(der) if der else None
            # Good-bye is said where it costs nothing; whoever does not answer is left.
            secured.write(b"QUIT\r\n")
    except httpcore.ConnectError as error:
        if isinstance(error.__cause__, ssl.SSLError):
            if context.verify_mode is ssl.CERT_REQUIRED:
                raise error.__cause__ from error
            seen.starttls = False  # it says so and then does not do it
            return
        raise Unreachable(f"{host}: {error}"[:200]) from error
    except (httpcore.TimeoutException, TimeoutError) as error:
        if seen.version is None:
            raise TookTooLong(f"{host}: SMTP") from error
    except (smtplib.SMTPException, httpcore.NetworkError, OSError, ValueError) as error:
        if seen.version is None and seen.starttls is None:
            seen.answered = False
            raise Unreachable(f"{host}: {error}"[:200]) from error


def _ends(der: bytes) -> datetime | None:
    try:
        return x509.load_der_x509_certificate(der).not_valid_after_utc
    except ValueError:
        return None


def _promise(egress: Egress, domain: str, hosts: tuple[str, ...]) -> tuple[_Mode, _Broken]:
    """Return (mode, problem) of MTA-STS (RFC 8461); (None, None) where nothing is promised."""
    found = [text for text in texts(egress, f"_mta-sts.{domain}") if _PROMISE.match(text)]
    if not found:
        return None, None
    if len(found) > 1 or not _ID.search(found[0]):
        return None, "record"
    host = f"mta-sts.{domain}"
    try:
        if trust(egress, host) != "trusted":
            return None, "certificate"
        reply = egress.get(
            f"https://{host}/.well-known/mta-sts.txt", follow=0, limit=_POLICY_BYTES
        ).last
    except Unavailable:
        return None, "unreachable"
    if reply.status != 200:
        return None, "unreachable"
    return _policy(reply.body.decode("utf-8", "replace"), hosts)


def _policy(text: str, hosts: tuple[str, ...]) -> tuple[_Mode, _Broken]:
    from tojimari.collect.outside.mail_policies import mta_sts

    # The library fills in what is missing, and so would take an empty file for a policy.
    if not all(re.search(rf"(?m)^{key}\s*:", text) for key in ("version", "mode", "max_age")):
        return None, "syntax"
    try:
        policy = mta_sts.parse_mta_sts_policy(text)["policy"]
    except (mta_sts.MTASTSError, ValueError, KeyError):
        return None, "syntax"
    mode: _Mode = policy["mode"]
    if mode != "none" and not all(_covered(host, policy["mx"]) for host in hosts):
        return mode, "servers"
    return mode, None


def _covered(host: str, patterns: list[str]) -> bool:
    """Say whether a pattern names the host; ``*.`` stands for one label (RFC 8461, 4.1)."""
    parent = host.partition(".")[2]
    plain = [pattern.lower().rstrip(".") for pattern in patterns]
    return host in plain or f"*.{parent}" in plain
