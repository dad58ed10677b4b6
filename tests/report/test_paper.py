"""The report on paper: cover with the company's name, the pages a busy reader needs, then detail."""

import io
import re
import shutil
import socket
from datetime import timedelta
from pathlib import Path
from unicodedata import normalize

import pytest
from markupsafe import escape
from pypdf import PdfReader

from tests.support.answers import everybody_says
from tests.support.facts import AS_OF, fact
from tojimari.catalog import load_catalog
from tojimari.diagnose import diagnose
from tojimari.model import State
from tojimari.report import browser
from tojimari.report.paper import Before, Cover, to_paper
from tojimari.report.pdf import to_pdf

CATALOG = load_catalog()
NO_FIREWALL = fact(
    "device.firewall",
    {"backend": "none", "active": False, "default_inbound": None, "inbound_rules": 0},
)
DIAGNOSIS = diagnose([NO_FIREWALL], company="c", catalog=CATALOG, as_of=AS_OF)
NAME = "角の酒屋 <b>&\u202e"


def before(**states: State) -> Before:
    known = {**DIAGNOSIS.assessment.states, **{k.replace("_", "-"): v for k, v in states.items()}}
    return Before(AS_OF - timedelta(days=30), known)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_first_pages_hold_name_standing_step_and_change(lang):
    cover = Cover("角の酒屋", before(device_firewall="met"))
    pages = [
        page.extract_text()
        for page in PdfReader(io.BytesIO(to_pdf(DIAGNOSIS, CATALOG, lang, cover))).pages
    ]

    def said(key: str) -> str:
        return CATALOG.ui(key).say(lang)

    # Text comes back from a PDF with breaks wherever the line ended.
    flat = [re.sub(r"\s", "", page) for page in pages]
    assert "角の酒屋" in flat[0]
    assert re.sub(r"\s", "", said("report.next")) in flat[0]
    assert re.sub(r"\s", "", said("report.basics")) in flat[1]
    assert re.sub(r"\s", "", said("paper.changed")) in flat[2]
    assert CATALOG.controls["device-firewall"].title.say(lang).replace(" ", "") in flat[2]
    # The first pages follow one another: none begins only because a section does.
    assert re.sub(r"\s", "", said("report.schemes")) in flat[3]
    # Beside whom nobody can be put, there is no heading.
    assert re.sub(r"\s", "", said("report.peers")) not in "".join(flat)
    # The cover has no number; the pages after it count it.
    assert f"1/{len(pages)}" not in flat[0]
    assert f"2/{len(pages)}" in flat[1]


def test_who_answered_is_put_beside_others():
    page = to_paper(everybody_says("all"), CATALOG, "ja", Cover())
    assert page.count(f">{CATALOG.ui('report.peers').ja}<") >= 2  # in the contents, and above


def test_only_what_the_report_rests_on_is_among_its_sources():
    page = to_paper(everybody_says("all"), CATALOG, "ja", Cover())
    listed = page[page.index(f"<h3>{CATALOG.ui('report.sources').ja}") :]

    def named(id_: str) -> bool:
        return str(escape(CATALOG.sources[id_].title.ja)) in listed

    controls = CATALOG.controls.values()
    assert all(named(id_) for control in controls for id_ in control.sources)
    assert not named("gophish-scanners")  # of mail drills
    assert not named("hiroshima-shinkin-2020")  # of what a bank once lent


def test_what_got_worse_stands_first_and_what_became_known_last():
    open_one, fine = "device-firewall", "backup-exists"
    states = {**DIAGNOSIS.assessment.states}
    assert states[open_one] == "not_met"
    page = to_paper(
        DIAGNOSIS,
        CATALOG,
        "ja",
        Cover(before=Before(AS_OF, {open_one: "unknown", fine: "met"})),
    )
    worse = page.index(CATALOG.controls[fine].title.ja, page.index(CATALOG.ui("paper.changed").ja))
    known = page.index(
        CATALOG.controls[open_one].title.ja, page.index(CATALOG.ui("paper.changed").ja)
    )
    assert worse < known


def test_without_an_earlier_report_it_says_so():
    assert CATALOG.ui("paper.first").ja in to_paper(DIAGNOSIS, CATALOG, "ja", Cover())
    unchanged = to_paper(DIAGNOSIS, CATALOG, "ja", Cover(before=before()))
    assert "変わったところはありません" in unchanged


def test_a_hostile_name_is_text():
    page = to_paper(DIAGNOSIS, CATALOG, "ja", Cover(NAME))
    assert "<b>&" not in page
    assert "&lt;b&gt;" in page
    assert to_pdf(DIAGNOSIS, CATALOG, "ja", Cover(NAME)).startswith(b"%PDF")


def test_paper_has_nothing_to_press():
    page = to_paper(DIAGNOSIS, CATALOG, "ja", Cover(in_portal=True))
    assert "<button" not in page
    assert "<summary" not in page
    assert "tojimari " not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")


def test_a_browser_prints_the_same_report_and_fetches_nothing(tmp_path):
    """As on Windows, by the same function; Chromium is what Edge and Chrome are made of."""
    assert CHROMIUM is not None
    secret = tmp_path / "secret.css"
    secret.write_text("body::before { content: 'ZZSECRET' }")
    page = to_paper(DIAGNOSIS, CATALOG, "ja", Cover("角の酒屋", None))
    with socket.create_server(("127.0.0.1", 0)) as outside:
        address = f"http://127.0.0.1:{outside.getsockname()[1]}"
        head = (
            f'<script src="{address}/a.js"></script><script>document.title="ZZRAN"</script>'
            f'<link rel="stylesheet" href="{address}/a.css">'
            f'<link rel="stylesheet" href="{secret.as_uri()}">'
        )
        body = f'<img src="{address}/a.png"><iframe src="{address}/"></iframe>'
        hostile = page.replace("<head>", f"<head>{head}").replace("</body>", f"{body}</body>")
        # Chromium's own walls need rights that a machine of tests may not have.
        printed = browser.print_page(Path(CHROMIUM), hostile, ["--no-sandbox"])
        outside.setblocking(False)
        with pytest.raises(BlockingIOError):
            outside.accept()
    read = PdfReader(io.BytesIO(printed))
    # Some characters come back as the radicals that look the same.
    flat = [re.sub(r"\s", "", normalize("NFKC", one.extract_text())) for one in read.pages]
    assert "角の酒屋" in flat[0]
    assert re.sub(r"\s", "", CATALOG.ui("report.basics").say("ja")) in "".join(flat)
    assert "ZZ" not in "".join(flat) + str(read.metadata.title)


def test_what_is_no_browser_prints_nothing():
    with pytest.raises(browser.NotPrinted):
        browser.print_page(Path("/bin/true"), "<p>x")
    with pytest.raises(browser.NotPrinted):
        browser.print_page(Path("/nowhere"), "<p>x")
    assert browser.installed() is None
