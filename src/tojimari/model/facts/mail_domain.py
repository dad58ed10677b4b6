"""What is seen of a mail domain from outside."""

from typing import ClassVar, Literal

from tojimari.model.facts.base import Fact, Moment, Row


class DkimKey(Row, frozen=True, forbid_unknown_fields=True):
    """Dkim keys found under the usual names.

    Attributes:
        selector: selector.
        kind: kind.
        bits: length (bits); None when it was not seen.
        revoked: revoked.
        testing: marked as a test.
    """

    selector: str
    kind: str
    bits: int | None
    revoked: bool
    testing: bool


class MailDomainAuth(Fact, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What DNS says about who may send mail in the company's name.

    Attributes:
        mx: servers that take mail.
        refuses_mail: whether it says that it takes no mail (null MX).
        spf: SPF record; None when it was not seen.
        spf_problem: why the SPF record does not work; None when it was not seen.
        spf_lookups: DNS look-ups the SPF record needs (10 at most); None when it was
            not seen.
        spf_all: what happens to mail from servers not named; None when it was not
            seen.
        spf_wide: whether the range of allowed addresses is too wide; None when it was
            not seen.
        dmarc: DMARC record; None when it was not seen.
        dmarc_from: domain above whose record it is, empty for an own record; None when
            it was not seen.
        dmarc_problem: why the DMARC record does not work; None when it was not seen.
        dmarc_policy: what happens to forged mail; None when it was not seen.
        dmarc_subdomains: what happens to forged mail from subdomains; None when it was
            not seen.
        dmarc_percent: share of mail it is done to (percent); None when it was not
            seen.
        dmarc_spf_strict: strict SPF alignment; None when it was not seen.
        dmarc_dkim_strict: strict DKIM alignment; None when it was not seen.
        dmarc_reports: where the daily reports go (hosts only).
        dkim_possible: whether there is a place for DKIM keys at all.
        dkim_keys: DKIM keys found under the usual names; None when it was not seen.
        bimi: whether there is a BIMI record.
    """

    KIND: ClassVar[str] = "mail_domain.auth"

    mx: tuple[str, ...]
    refuses_mail: bool
    spf: str | None
    spf_problem: Literal["several", "lookups", "void", "loop", "syntax"] | None
    spf_lookups: int | None
    spf_all: Literal["pass", "neutral", "softfail", "fail"] | None
    spf_wide: bool | None
    dmarc: str | None
    dmarc_from: str | None = None
    dmarc_problem: Literal["several", "syntax", "policy"] | None
    dmarc_policy: Literal["none", "quarantine", "reject"] | None
    dmarc_subdomains: Literal["none", "quarantine", "reject"] | None
    dmarc_percent: int | None
    dmarc_spf_strict: bool | None
    dmarc_dkim_strict: bool | None
    dmarc_reports: tuple[str, ...]
    dkim_possible: bool
    dkim_keys: tuple[DkimKey, ...] | None
    bimi: bool


class MailDomainDns(Fact, frozen=True, forbid_unknown_fields=True):
    """How hard it is to change answers about the name on their way, or to get certificates for it.

    Attributes:
        dnssec: signatures on DNS answers (DNSSEC).
        caa: who may issue certificates (CAA).
        name_servers: name servers.
    """

    KIND: ClassVar[str] = "mail_domain.dns"

    dnssec: Literal["none", "no_parent", "valid", "broken"]
    caa: tuple[str, ...]
    name_servers: tuple[str, ...]


class Lookalike(Row, frozen=True, forbid_unknown_fields=True):
    """Registered names (the first 50).

    Attributes:
        name: name.
        how: how it was made.
        mail: able to use mail.
        site: has an address.
    """

    name: str
    how: str
    mail: bool
    site: bool


class MailDomainLookalikes(Fact, frozen=True, forbid_unknown_fields=True):
    """Names made to look like the company's domain, and which of them are registered.

    Attributes:
        made: names that were made.
        told: names about which DNS gave an answer.
        registered: names that are registered.
        with_mail: of these, able to use mail.
        found: registered names (the first 50).
    """

    KIND: ClassVar[str] = "mail_domain.lookalikes"

    made: int
    told: int
    registered: int
    with_mail: int
    found: tuple[Lookalike, ...]


class MailDomainRegistration(Fact, frozen=True, forbid_unknown_fields=True):
    """When the registration ends and how it is guarded, from the file that was given (RDAP or WHOIS).

    Attributes:
        name: domain.
        expires: when the registration ends; None when it was not seen.
        locked: whether transfers are locked.
        status: status.
    """

    KIND: ClassVar[str] = "mail_domain.registration"

    name: str
    expires: Moment | None
    locked: bool
    status: tuple[str, ...]


class MailServer(Row, frozen=True, forbid_unknown_fields=True):
    """Each server that takes mail.

    Attributes:
        host: server.
        answered: whether it answered.
        starttls: whether encryption is accepted; None when it was not seen.
        version: version that was agreed on; None when it was not seen.
        trusted: whether the certificate is trusted; None when it was not seen.
        problem: why it is not trusted; None when it was not seen.
        not_after: when the certificate ends; None when it was not seen.
    """

    host: str
    answered: bool
    starttls: bool | None
    version: str | None
    trusted: bool | None
    problem: Literal["expired", "not_yet", "name", "self_signed", "unknown_issuer"] | None
    not_after: Moment | None


class MailDomainTransport(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether the servers that take mail accept encryption on the way.

    Attributes:
        servers: each server that takes mail.
        mta_sts: stage of the promise to encrypt (MTA-STS); None when it was not seen.
        mta_sts_problem: why the promise does not work; None when it was not seen.
        tls_rpt: whether reports on encryption (TLS-RPT) are asked for.
    """

    KIND: ClassVar[str] = "mail_domain.transport"

    servers: tuple[MailServer, ...]
    mta_sts: Literal["none", "testing", "enforce"] | None
    mta_sts_problem: Literal["record", "unreachable", "certificate", "syntax", "servers"] | None
    tls_rpt: bool
