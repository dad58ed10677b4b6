"""Sentences for owners hold no technical names; those stand one click deeper."""

import re

import pytest

from tests.support.facts import AS_OF
from tojimari.catalog import load_catalog
from tojimari.catalog.schema import TECHNICAL_PLACES
from tojimari.diagnose import diagnose
from tojimari.model import LANGS, Finding, Subject, seen
from tojimari.model.facts import DeviceLogging
from tojimari.report.page import to_html
from tojimari.report.sentences import sentence, technical_names
from tojimari.report.terminal import show_standing

CATALOG = load_catalog()
REASONS = [(control.id, code) for control in CATALOG.controls.values() for code in control.reasons]
ADDRESSES = {"pages", "paths", "urls", "host", "hosts", "domain"}
"""Places that hold addresses of the company's own site and mail, which people open or know."""

TECHNICAL = re.compile(
    r"(?<!GNU)[/\\]|^\[|\b(journald|nftables|chrony|restic|rsync|sshd|TLSv)|\d/tcp|\w=\S"
)


def found(control: str, code: str) -> Finding:
    """Return a finding whose numbers are the sample of its reason."""
    reason = CATALOG.reason(control, code)
    return Finding(
        control=control,
        subject=Subject("device", "pc"),
        state="not_met",
        source="measured",
        reason=code,
        as_of=AS_OF,
        numbers=dict(reason.sample),
    )


@pytest.mark.parametrize(("control", "code"), REASONS)
def test_no_sentence_says_a_technical_name(control, code):
    finding = found(control, code)
    named = technical_names([finding])
    for key, value in finding.numbers.items():
        if key in TECHNICAL_PLACES:
            assert str(value) in named
        elif isinstance(value, str) and key not in ADDRESSES:
            assert not TECHNICAL.search(value), key
    for lang in LANGS:
        told = sentence(finding, CATALOG, lang)
        assert not any(f" {name}" in told or f"({name}" in told for name in named)


def test_what_a_sentence_leaves_out_is_one_click_deeper_in_every_form(capsys):
    fact = DeviceLogging("journald", True, 90, None, True)
    known = [seen(fact, subject=Subject("device", "pc"), at=AS_OF)]
    diagnosis = diagnose(known, company="c", catalog=CATALOG, as_of=AS_OF)
    html = to_html(diagnosis, CATALOG, "en")
    [outside, *_] = re.split(r"<code>journald</code>", html)
    assert "journald" not in outside
    assert outside.rindex("<details") > outside.rindex("</details>")
    show_standing("log-keeping", diagnosis, CATALOG, "en")
    assert "journald" in capsys.readouterr().out
