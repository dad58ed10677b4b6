"""Mail domains on a real DNS server (knot): what is seen, and what is made of it."""

import base64
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import fields_of, typed_facts
from tests.support.names import answers_of
from tests.support.ports import free_port
from tests.support.zones import knot
from tojimari.assess.check import checks_of
from tojimari.catalog import load_catalog
from tojimari.collect.host import Nonsense
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.probes.lookalikes import AT_MOST, imitations
from tojimari.collect.outside.probes.mail_auth import _key
from tojimari.collect.outside.probes.registration import read_registration
from tojimari.collect.outside.target import Target, mail_domain_of, mail_name, targets_of
from tojimari.knowledge.domains import registered_domain
from tojimari.knowledge.rented import rented_names
from tojimari.model import Subject, SubjectKind, TojimariError
from tojimari.model.facts import DkimKey, plain_fact, read_fact

NOW = datetime.now(UTC)
CATALOG = load_catalog()
SPF = '@ TXT "v=spf1 ip4:192.0.2.10 include:_spf.host.test. -all"'
MX = "@ MX 10 mx.host.test."
DMARC = '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@reports.test,mailto:x@other.test"'


def dkim(bits: int = 2048) -> str:
    key = rsa.generate_private_key(65537, bits).public_key()
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()
    parts = " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))
    return f"selector1._domainkey TXT {parts}"


KEY = dkim()
INCLUDES = [f'@ TXT "v=spf1 {" ".join(f"a:h{n}.host.test." for n in range(12))} -all"']
DOMAINS: dict[str, tuple[list[str], str, str]] = {
    "good.test.": ([MX, SPF, DMARC, KEY], "met", "good"),
    "none.test.": ([MX], "not_met", "none"),
    "open.test.": ([MX, '@ TXT "v=spf1 +all"', DMARC, KEY], "not_met", "spf_open"),
    "bare-all.test.": ([MX, '@ TXT "v=spf1 all"', DMARC, KEY], "not_met", "spf_open"),
    "wide.test.": ([MX, '@ TXT "v=spf1 ip4:0.0.0.0/1 -all"', DMARC, KEY], "not_met", "spf_open"),
    "open-include.test.": (
        [MX, '@ TXT "v=spf1 include:x.open-include.test -all"', DMARC, KEY, 'x TXT "v=spf1 +all"'],
        "not_met",
        "spf_open",
    ),
    "wide-include.test.": (
        [
            MX,
            '@ TXT "v=spf1 include:x.wide-include.test -all"',
            DMARC,
            KEY,
            'x TXT "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"',
        ],
        "not_met",
        "spf_open",
    ),
    "no-include.test.": (
        [MX, '@ TXT "v=spf1 include:x.no-include.test -all"', DMARC, KEY, 'x TXT "hello"'],
        "partly",
        "spf_syntax",
    ),
    "bad-key.test.": (
        [MX, SPF, DMARC, 'selector1._domainkey TXT "v=DKIM1; p=abc"'],
        "partly",
        "dkim_not_found",
    ),
    "no-spf.test.": ([MX, DMARC, KEY], "partly", "spf_missing"),
    "two-spf.test.": ([MX, SPF, '@ TXT "v=spf1 -all"', DMARC, KEY], "partly", "spf_several"),
    "lookups.test.": ([MX, *INCLUDES, DMARC, KEY], "partly", "spf_lookups"),
    "void.test.": (
        [MX, '@ TXT "v=spf1 a:x1.void.test a:x2.void.test a:x3.void.test -all"', DMARC, KEY],
        "partly",
        "spf_void",
    ),
    "loop.test.": (
        [
            MX,
            '@ TXT "v=spf1 include:a.loop.test -all"',
            DMARC,
            KEY,
            'a TXT "v=spf1 include:b.loop.test -all"',
            'b TXT "v=spf1 include:a.loop.test -all"',
        ],
        "partly",
        "spf_loop",
    ),
    "typo.test.": ([MX, '@ TXT "v=spf1 ipv4:192.0.2.1 -all"', DMARC, KEY], "partly", "spf_syntax"),
    "neutral.test.": (
        [MX, '@ TXT "v=spf1 ip4:192.0.2.10 ?all"', DMARC, KEY],
        "partly",
        "spf_neutral",
    ),
    "no-dmarc.test.": ([MX, SPF, KEY], "partly", "dmarc_missing"),
    "watching.test.": ([MX, SPF, '_dmarc TXT "v=DMARC1; p=none"', KEY], "partly", "dmarc_none"),
    "part.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; p=reject; pct=20"', KEY],
        "partly",
        "dmarc_part",
    ),
    "below.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; p=reject; sp=none"', KEY],
        "partly",
        "dmarc_subdomains",
    ),
    "two-dmarc.test.": (
        [MX, SPF, DMARC, '_dmarc TXT "v=DMARC1; p=none"', KEY],
        "partly",
        "dmarc_several",
    ),
    "bad-dmarc.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; p=strong"', KEY],
        "partly",
        "dmarc_syntax",
    ),
    "no-dkim.test.": ([MX, SPF, DMARC], "partly", "dkim_missing"),
    "odd-dkim.test.": (
        [MX, SPF, DMARC, KEY.replace("selector1", "zq7")],
        "partly",
        "dkim_not_found",
    ),
    "revoked.test.": (
        [MX, SPF, DMARC, 'selector1._domainkey TXT "v=DKIM1; p="'],
        "partly",
        "dkim_not_found",
    ),
    "weak.test.": ([MX, SPF, DMARC, dkim(1024).replace("selector1", "s1"), KEY], "met", "good"),
    # Letters of SPF count in any case (RFC 7208, 4.5), also of what it includes or leads on to.
    "spf-capitals.test.": ([MX, SPF.replace("v=spf1", "V=SPF1"), DMARC, KEY], "met", "good"),
    "all-capitals.test.": (
        [
            MX,
            '@ TXT "V=SPF1 IP4:192.0.2.1 INCLUDE:X.all-capitals.test -ALL"',
            DMARC,
            KEY,
            'x TXT "V=Spf1 IP4:192.0.2.2 -ALL"',
        ],
        "met",
        "good",
    ),
    "led-capitals.test.": (
        [
            MX,
            '@ TXT "v=spf1 redirect=x.led-capitals.test"',
            DMARC,
            KEY,
            'x TXT "V=SPF1 ip4:192.0.2.2 ~all"',
        ],
        "met",
        "good",
    ),
    "open-capitals.test.": ([MX, '@ TXT "V=SPF1 +ALL"', DMARC, KEY], "not_met", "spf_open"),
    "no-spf-10.test.": ([MX, '@ TXT "v=spf10 -all"', DMARC, KEY], "partly", "spf_missing"),
    "two-cases.test.": ([MX, SPF, '@ TXT "V=SPF1 -all"', DMARC, KEY], "partly", "spf_several"),
    # DMARC: a missing policy reads as none (RFC 9989), a misspelt one where reports are wanted.
    "no-p.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; rua=mailto:a@example.jp"', KEY],
        "partly",
        "dmarc_none",
    ),
    "version-only.test.": ([MX, SPF, '_dmarc TXT "v=DMARC1"', KEY], "partly", "dmarc_none"),
    "no-p-but-sp.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; sp=reject"', KEY],
        "partly",
        "dmarc_none",
    ),
    "p-misspelt.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; p=quarantined; rua=mailto:a@example.jp"', KEY],
        "partly",
        "dmarc_policy",
    ),
    "sp-misspelt.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; p=reject; sp=all; rua=mailto:a@example.jp"', KEY],
        "partly",
        "dmarc_policy",
    ),
    "sp-misspelt-alone.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; p=reject; sp=all"', KEY],
        "partly",
        "dmarc_syntax",
    ),
    "dmarc-capitals.test.": (
        [MX, SPF, '_dmarc TXT "V=DMARC1;P=Reject;RUA=MAILTO:a@example.jp"', KEY],
        "met",
        "good",
    ),
    "dmarc-spaces.test.": ([MX, SPF, '_dmarc TXT "v = DMARC1 ; p = reject ;"', KEY], "met", "good"),
    "dmarc-late-p.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; adkim=odd; aspf=; x=y; p=reject"', KEY],
        "met",
        "good",
    ),
    "dmarc-small.test.": (
        [MX, SPF, '_dmarc TXT "v=dmarc1; p=reject"', KEY],
        "partly",
        "dmarc_syntax",
    ),
    "dmarc-no-semicolon.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1 p=reject"', KEY],
        "partly",
        "dmarc_syntax",
    ),
    "dmarc-twice-p.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; p=reject; p=none"', KEY],
        "partly",
        "dmarc_syntax",
    ),
    "dmarc-10.test.": ([MX, SPF, '_dmarc TXT "v=DMARC10; p=none"', DMARC, KEY], "met", "good"),
    "dmarc-beside.test.": ([MX, SPF, DMARC, '_dmarc TXT "hello"', KEY], "met", "good"),
    "dmarc-test.test.": (
        [MX, SPF, '_dmarc TXT "v=DMARC1; p=reject; t=Y"', KEY],
        "partly",
        "dmarc_part",
    ),
    # DKIM is read to the letter (RFC 6376, 3.2), with white space around its equals signs.
    "spaced-key.test.": (
        [MX, SPF, DMARC, KEY.replace("p=", "p = ").replace("k=", "k = ")],
        "met",
        "good",
    ),
    "key-beside.test.": ([MX, SPF, DMARC, 'selector1._domainkey TXT "hello"', KEY], "met", "good"),
    "other-key.test.": (
        [MX, SPF, DMARC, KEY.replace("v=DKIM1", "v=DKIM2")],
        "partly",
        "dkim_not_found",
    ),
    "silent.test.": ([], "partly", "silent_open"),
    "refuses.test.": (
        ["@ MX 0 .", '@ TXT "v=spf1 -all"', '_dmarc TXT "v=DMARC1; p=reject"'],
        "met",
        "silent_guarded",
    ),
}
BELOW = {  # what the registered domain says about names below it, and what comes of it
    "strict.test.": ("v=DMARC1; p=reject", "met", "good"),
    "split.test.": ("v=DMARC1; p=none; sp=quarantine", "met", "good"),
    "no-p-above.test.": ("v=DMARC1; rua=mailto:a@example.jp", "partly", "dmarc_above_none"),
    "sp-above.test.": ("V=DMARC1; SP=Reject; p=none", "met", "good"),
    "lax.test.": ("v=DMARC1; p=reject; sp=none", "partly", "dmarc_above_none"),
    "watches.test.": ("v=DMARC1; p=none", "partly", "dmarc_above_none"),
    "silent-above.test.": ("v=spf1 -all", "partly", "dmarc_missing"),
}
HOST = ['_spf TXT "v=spf1 ip4:192.0.2.20 ~all"', "mx A 192.0.2.20"] + [
    f"h{n} A 192.0.2.{n + 30}" for n in range(12)
]
GUARDED = {
    "signed.test.": ("valid", "partly", "no_caa"),
    "sealed.test.": ("valid", "met", "good"),
    "stale.test.": ("stale", "not_met", "broken"),
    "key.test.": ("wrong_key", "not_met", "broken"),
    "alone.test.": ("no_parent", "partly", "no_parent"),
}
CAA = '@ CAA 0 issue "letsencrypt.org"'


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    zones = {name: lines for name, (lines, _, _) in DOMAINS.items()}
    zones["host.test."] = HOST
    zones |= {name: [CAA] if name == "sealed.test." else [] for name in GUARDED}
    zones["caa.test."] = [CAA]
    zones["caa-capitals.test."] = ['@ CAA 0 ISSUE "letsencrypt.org"']
    zones["caa-mail.test."] = ['@ CAA 0 iodef "mailto:a@example.jp"', '@ CAA 0 issuewild ";"']
    for name, (record, _, _) in BELOW.items():
        zones[name] = [
            f'_dmarc TXT "{record}"',
            *(line.replace("@", "sub", 1) for line in (MX, SPF)),
            KEY.replace("_domainkey", "_domainkey.sub"),
        ]
    zones["own.test."] = [
        DMARC,
        '_dmarc.sub TXT "v=DMARC1; p=none"',
        *(line.replace("@", "sub", 1) for line in (MX, SPF)),
    ]
    zones["sealed.test."] += ["sub A 192.0.2.1", "alias CNAME good.test."]
    zones["deep.sealed.test."] = []
    signed = {name: how for name, (how, _, _) in GUARDED.items()}
    root = ["g00d.test. 60 IN MX 10 mx.host.test.", "goood.test. 60 IN A 192.0.2.9"]
    with knot(tmp_path_factory.mktemp("knot"), zones, signed=signed, root=root) as resolver:
        yield resolver


def seen(world: str, name: str, kind: str, **more):
    domain = name.rstrip(".")
    target = Target(site=f"www.{domain}", mail_domain=domain, **more)
    (found,) = look_outside(target, answers_of(world), catalog=CATALOG, at=NOW, kinds={kind})
    assert (found.subject.kind, found.subject.id) == ("mail_domain", domain)
    return found


def judged(control: str, *found):
    (check,) = [one for one in checks_of(control) if one.about == "mail_domain"]
    return check.judge(typed_facts({one.kind: one.fact for one in found}, NOW), CATALOG)


@pytest.mark.parametrize("name", DOMAINS)
def test_what_dns_says_about_mail(world, name):
    found = seen(world, name, "mail_domain.auth")
    assert found.fact is not None, found.not_seen
    verdict = judged("mail-authentication", found)
    _, state, reason = DOMAINS[name]
    assert (verdict.state, verdict.reason) == (state, reason), fields_of(found)
    # The sentence can be said with the numbers given.
    said = CATALOG.controls["mail-authentication"].reasons[reason].text
    assert said.say("ja", **verdict.numbers)
    assert said.say("en", **verdict.numbers)


def test_what_is_kept_of_a_good_domain(world):
    fields = fields_of(seen(world, "good.test.", "mail_domain.auth"))
    assert fields["mx"] == ["mx.host.test"]
    assert fields["spf_lookups"] == 1
    assert fields["spf_all"] == "fail"
    assert fields["dmarc_policy"] == fields["dmarc_subdomains"] == "reject"
    # Where reports go, but no one's address.
    assert fields["dmarc_reports"] == ["other.test", "reports.test"]
    (key,) = fields["dkim_keys"]
    assert (key["selector"], key["bits"], key["revoked"]) == ("selector1", 2048, False)


def test_short_keys_are_told(world):
    fields = fields_of(seen(world, "good.test.", "mail_domain.auth"))
    short = fields | {"dkim_keys": [fields["dkim_keys"][0] | {"bits": 512}]}
    check = checks_of("mail-authentication")[0]
    verdict = check.judge(typed_facts({"mail_domain.auth": short}, NOW), CATALOG)
    assert (verdict.state, verdict.reason) == ("partly", "dkim_weak")


@pytest.mark.parametrize("name", GUARDED)
def test_signatures_of_a_zone(world, name):
    how, state, reason = GUARDED[name]
    found = seen(world, name, "mail_domain.dns")
    wanted = {"valid": "valid", "no_parent": "no_parent"}.get(how, "broken")
    assert fields_of(found)["dnssec"] == wanted
    verdict = judged("domain-care", found)
    assert (verdict.state, verdict.reason) == (state, reason)


def test_a_zone_without_signatures(world):
    found = seen(world, "caa.test.", "mail_domain.dns")
    assert fields_of(found)["dnssec"] == "none"
    assert fields_of(found)["caa"] == ["issue letsencrypt.org"]
    assert judged("domain-care", found).reason == "no_dnssec"
    assert judged("domain-care", seen(world, "good.test.", "mail_domain.dns")).reason == "no_both"


def test_tags_of_caa_count_in_any_case_and_only_issue_limits(world):
    capitals = seen(world, "caa-capitals.test.", "mail_domain.dns")
    assert fields_of(capitals)["caa"] == ["issue letsencrypt.org"]
    assert judged("domain-care", capitals).reason == "no_dnssec"
    beside = seen(world, "caa-mail.test.", "mail_domain.dns")
    assert judged("domain-care", beside).reason == "no_both"


@pytest.mark.parametrize("name", BELOW)
def test_a_domain_below_another_takes_over_its_dmarc(world, name):
    found = seen(world, f"sub.{name}", "mail_domain.auth")
    record, state, reason = BELOW[name]
    verdict = judged("mail-authentication", found)
    assert (verdict.state, verdict.reason) == (state, reason), fields_of(found)
    if record.upper().startswith("V=DMARC1"):
        assert fields_of(found)["dmarc_from"] == name.rstrip(".")
    CATALOG.reason("mail-authentication", reason).text.say("ja", **verdict.numbers)


def test_its_own_dmarc_goes_before(world):
    found = seen(world, "sub.own.test.", "mail_domain.auth")
    assert (fields_of(found)["dmarc_policy"], fields_of(found)["dmarc_from"]) == ("none", None)
    assert judged("mail-authentication", found).reason == "dmarc_none"


@pytest.mark.parametrize(
    ("name", "dnssec", "caa"),
    [
        ("sub.sealed.test.", "valid", ["issue letsencrypt.org"]),
        ("alias.sealed.test.", "valid", ["issue letsencrypt.org"]),
        ("deep.sealed.test.", "none", ["issue letsencrypt.org"]),
    ],
)
def test_the_guards_of_a_name_below_are_those_of_its_zone(world, name, dnssec, caa):
    domain = name.rstrip(".")
    target = Target(site="www.elsewhere.test", mail_domain=domain)
    kinds = {"mail_domain.dns"}
    (found,) = look_outside(target, answers_of(world), catalog=CATALOG, at=NOW, kinds=kinds)
    assert (fields_of(found)["dnssec"], fields_of(found)["caa"]) == (dnssec, caa)
    assert fields_of(found)["name_servers"]


def test_a_mail_domain_is_looked_at_without_a_site(world):
    kinds = {"mail_domain.auth", "mail_domain.dns", "site.tls"}
    target = Target(mail_domain="sealed.test")
    found = look_outside(target, answers_of(world), catalog=CATALOG, at=NOW, kinds=kinds)
    assert {one.kind for one in found if fields_of(one)} == kinds - {"site.tls"}


def test_caa_of_the_site_below_the_domain_counts_first(world):
    target = Target(site="www.sub.sealed.test", mail_domain="sub.sealed.test")
    kinds = {"mail_domain.dns"}
    (found,) = look_outside(target, answers_of(world), catalog=CATALOG, at=NOW, kinds=kinds)
    assert fields_of(found)["caa"] == ["issue letsencrypt.org"]


def test_lookalikes_that_exist_are_found(world):
    found = fields_of(seen(world, "good.test.", "mail_domain.lookalikes"))
    names = {row["name"]: row for row in found["found"]}
    assert names["g00d.test"]["mail"]
    assert not names["g00d.test"]["site"]
    assert names["goood.test"]["site"]
    assert not names["goood.test"]["mail"]
    assert found["registered"] == 2
    assert found["with_mail"] == 1
    assert found["told"] == found["made"]
    assert found["found"][0]["name"] == "g00d.test"
    observation = seen(world, "good.test.", "mail_domain.lookalikes")
    assert judged("lookalike-domains", observation).reason == "some"
    other = judged("lookalike-domains", seen(world, "watching.test.", "mail_domain.lookalikes"))
    assert (other.state, other.reason) == ("met", "none")


def test_a_silent_dns_server_makes_everything_unknown():
    egress = answers_of(f"127.0.0.1:{free_port()}")
    egress.resolver.lifetime = 0.3
    target = Target("www.good.test", "good.test")
    kinds = {"mail_domain.auth", "mail_domain.dns", "mail_domain.lookalikes"}
    found = look_outside(target, egress, catalog=CATALOG, at=NOW, kinds=kinds)
    assert {one.kind for one in found} == kinds
    for one in found:
        assert one.fact is None
        assert one.not_seen.reason in ("timed_out", "unreachable")


@pytest.mark.parametrize(
    "kind",
    ["mail_domain.auth", "mail_domain.dns", "mail_domain.lookalikes", "mail_domain.transport"],
)
def test_a_domain_that_does_not_exist_is_unknown(world, kind):
    """A resolver that is cut off says "no such name" to everything; that is nobody's fault."""
    found = seen(world, "nobody-has-this.test.", kind)
    assert found.fact is None
    assert found.not_seen.reason == "unreachable"


@given(st.text(min_size=0, max_size=200))
def test_any_key_record_is_read(text):
    found = _key("s1", text)
    assert msgspec.convert(msgspec.structs.asdict(found), DkimKey) == found


@pytest.mark.parametrize("own", ["example.co.jp", "a.jp", "xn--wgv71a119e.jp", "yamada-shoten.jp"])
def test_imitations_are_other_names(own):
    names = [name for name, _ in imitations(own)]
    assert 0 < len(names) == len(set(names)) <= AT_MOST
    assert own not in names
    assert not any(name.endswith("." + own) for name in names)


@pytest.mark.parametrize(
    "site",
    [
        "shop.github.io",
        "shop.lolipop.jp",
        "shop.v2007.coreserver.jp",
        "shop.stars.ne.jp",
        "shop.xsrv.jp",
        "shop.jimdofree.com",
        "shop.thebase.in",
        "shop.sakura.ne.jp",
    ],
)
def test_a_name_below_a_provider_has_no_mail_of_its_own(site):
    assert mail_domain_of(site) == ""


def test_other_names_belong_to_their_registered_domain():
    assert mail_domain_of("www.example.co.jp") == "example.co.jp"
    assert mail_domain_of("lolipop.jp") == "lolipop.jp"


def test_our_list_of_providers_holds_registered_domains():
    assert all(registered_domain(name) == name == name.lower() for name in rented_names())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("example.jp", "example.jp"),
        ("info@example.jp", "example.jp"),
        ("mailto:info@Example.jp", "example.jp"),
        ("山田 太郎 <yamada@example.co.jp>", "example.co.jp"),
        ("ｉｎｆｏ＠ｅｘａｍｐｌｅ．ｊｐ", "example.jp"),
        ("info@日本語.jp", "xn--wgv71a119e.jp"),
    ],
)
def test_a_mail_address_names_its_domain(typed, meant):
    assert mail_name(typed) == meant


@pytest.mark.parametrize("typed", ["", "@", "info@", "info", "a b", "x@" + "a." * 5000])
def test_what_names_no_mail_domain_is_refused_with_words_about_mail(typed):
    with pytest.raises(TojimariError) as caught:
        mail_name(typed)
    assert "メール" in caught.value.say("ja")
    assert "mail" in caught.value.say("en")


def test_each_domain_is_looked_at_again_under_the_name_the_owner_gave():
    known: list[tuple[SubjectKind, str]]
    known = [("site", "www.a.jp"), ("mail_domain", "a.jp"), ("site", "shop.lolipop.jp")]
    known += [("mail_domain", "mail.b.jp"), ("mail_domain", "lolipop.jp"), ("site", "www.c.jp")]
    found = targets_of(Subject(kind, id_) for kind, id_ in known)
    assert {(target.site, target.mail_domain) for target in found} == {
        ("www.a.jp", "a.jp"),
        ("shop.lolipop.jp", ""),
        ("www.c.jp", ""),
        ("", "mail.b.jp"),
    }


RDAP = b"""{"objectClassName": "domain", "ldhName": "GOOD.TEST", "status": ["active",
"client transfer prohibited"], "events": [{"eventAction": "registration", "eventDate":
"2010-01-01T00:00:00Z"}, {"eventAction": "expiration", "eventDate": "2030-02-03T00:00:00Z"}]}"""
WHOIS = """Domain Name: GOOD.TEST
Registry Expiry Date: 2030-02-03T04:05:06Z
Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited
"""
JPRS = """Domain Information: [ドメイン情報]
[ドメイン名]                    GOOD.TEST
[有効期限]                      2030/02/03
[状態]                          Active
[ロック状態]                    DomainTransferLocked
"""
COJP = """Domain Information: [ドメイン情報]
a. [ドメイン名]                 GOOD.TEST
[状態]                          Connected (2030/02/03)
"""


@pytest.mark.parametrize(
    "data",
    [RDAP, WHOIS.encode(), JPRS.encode(), JPRS.encode("iso2022_jp"), COJP.encode("euc_jp")],
)
def test_when_a_registration_ends(world, data):
    found = seen(world, "good.test.", "mail_domain.registration", registration=data)
    assert found.fact is not None, found.not_seen
    assert fields_of(found)["expires"].startswith("2030-02-03")
    names = seen(world, "sealed.test.", "mail_domain.dns")
    assert judged("domain-care", names, found).reason in ("good_until", "soon", "expired")


@pytest.mark.parametrize(
    ("data", "locked"),
    [
        (RDAP, True),
        (WHOIS.encode(), True),
        (JPRS.encode(), True),
        (JPRS.replace("DomainTransferLocked", "AgentChangeLocked").encode("iso2022_jp"), True),
        (b"[Domain Name] GOOD.TEST\n[Lock Status] DomainTransferLocked\n", True),
        (COJP.encode(), False),
        (b"Domain Name: GOOD.TEST\nDomain Status: unlocked\n", False),
    ],
)
def test_locks_are_told(data, locked):
    assert read_registration(data).locked is locked


def rdap(*status: str) -> bytes:
    return msgspec.json.encode(
        {"objectClassName": "domain", "ldhName": "sealed.test", "status": status}
    )


@pytest.mark.parametrize(
    ("data", "state", "reason"),
    [
        (rdap("active", "client hold"), "not_met", "on_hold"),
        (rdap("server hold", "server transfer prohibited"), "not_met", "on_hold"),
        (rdap("pending delete", "server hold"), "not_met", "leaving"),
        (rdap("redemption period"), "not_met", "leaving"),
        (rdap("active"), "met", "good"),
        (rdap("client hold on"), "met", "good"),
        (b"Domain Name: sealed.test\nState/Province: Hold\n", "met", "good"),
        (
            b"Domain Name: sealed.test\nDomain Status: clientHold https://icann.org/epp#clientHold",
            "not_met",
            "on_hold",
        ),
        (
            "[ドメイン名] SEALED.TEST\n[状態] To be suspended (2026/12/31)".encode("iso2022_jp"),
            "not_met",
            "leaving",
        ),
        ("a. [ドメイン名] SEALED.TEST\n[状態] Deleted".encode(), "not_met", "leaving"),
        (b"[Domain Name] SEALED.TEST\n[Status] Suspended", "not_met", "leaving"),
    ],
)
def test_a_domain_that_is_stopped_or_leaving_is_urgent(world, data, state, reason):
    found = seen(world, "sealed.test.", "mail_domain.registration", registration=data)
    verdict = judged("domain-care", seen(world, "sealed.test.", "mail_domain.dns"), found)
    assert (verdict.state, verdict.reason) == (state, reason), fields_of(found)
    told = CATALOG.controls["domain-care"].reasons[reason]
    assert told.urgent is (state == "not_met")
    assert told.text.say("en", **verdict.numbers)


def test_the_registration_is_that_of_the_registered_domain(world):
    found = seen(world, "sub.sealed.test.", "mail_domain.registration", registration=rdap("active"))
    assert fields_of(found)["name"] == "sealed.test"


@pytest.mark.parametrize(
    "data",
    [
        "[ドメイン名] 日本語.JP\n[状態] Active".encode("iso2022_jp"),
        b"Domain Name: xn--wgv71a119e.jp",
        '{"objectClassName": "domain", "unicodeName": "日本語.jp"}'.encode(),
        b'{"objectClassName": "domain", "ldhName": "XN--WGV71A119E.JP"}',
    ],
)
def test_a_japanese_name_is_read_in_either_form(data):
    assert read_registration(data).name == "xn--wgv71a119e.jp"


def test_the_registration_of_another_domain_is_not_believed(world):
    found = seen(world, "none.test.", "mail_domain.registration", registration=RDAP)
    assert found.fact is None
    assert found.not_seen.reason == "nonsense"


@given(st.binary(max_size=300) | st.builds(lambda b: b"{" + b, st.binary(max_size=300)))
def test_any_registration_file_is_read_or_refused(data):
    try:
        found = read_registration(data)
    except Nonsense:
        return
    assert read_fact("mail_domain.registration", 1, plain_fact(found)) == found


def test_the_library_answers_nothing_from_an_earlier_look():
    from types import SimpleNamespace

    from checkdmarc.utils import query_dns

    from tojimari.collect.outside import mail_policies

    assert mail_policies.spf.__name__ == "checkdmarc.spf"
    for record in (b"v=spf1 +all", b"v=spf1 -all"):
        answers = [SimpleNamespace(strings=[record])]
        resolver = SimpleNamespace(lifetime=1.0, resolve=lambda *_, a=answers, **__: a)
        assert query_dns("mended.test", "TXT", resolver=resolver) == [record.decode()]
