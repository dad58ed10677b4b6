"""``tojimari chain`` and ``tojimari policy`` as a user runs them."""

import json
import xml.etree.ElementTree as ET

from tests.support.command import one_sentence
from tojimari.catalog import load_catalog

LINKS = (
    "supplier,buyer,share,replace\nめっき,鋳造,30%,hard\n鋳造,うち,40%,hard\n運送,うち,10%,easy\n"
)
FIRMS = "firm,supported-os,os-updates-pc\nめっき,not_met,not_met\n鋳造,met,met\n"


def files(tojimari):
    (tojimari.folder / "links.csv").write_text(LINKS, "utf-8")
    (tojimari.folder / "firms.csv").write_text(FIRMS, "utf-8")
    return "links.csv", "--firms", "firms.csv"


def test_a_chain_is_told_drawn_and_written(tojimari):
    done = tojimari("chain", *files(tojimari), "--json", "--svg", "c.svg", "--page", "c.html")
    made = json.loads(done.stdout)
    assert made["schema"] == "tojimari.chain-view/1"
    assert [one["name"] for one in made["help"]["firms"]] == ["めっき"]
    assert made["assumptions"]
    assert ET.parse(tojimari.folder / "c.svg").getroot().tag.endswith("svg")
    page = (tojimari.folder / "c.html").read_text("utf-8")
    assert load_catalog().ui("chain.assumed").ja in page
    assert "<script" not in page


def test_every_assumption_stands_beside_the_figures_in_both_languages(tojimari):
    model = load_catalog().chain
    for lang in ("ja", "en"):
        told = tojimari("chain", *files(tojimari), "--lang", lang, "--simulate", "50").stdout
        joined = "".join(told.split())
        for one in model.assumptions.values():
            assert "".join(one.says.say(lang, tiers=model.tiers).split()) in joined


def test_what_cannot_be_done_is_said_in_one_sentence(tojimari):
    words = files(tojimari)
    assert tojimari("chain", *words, "--for", "だれか").returncode == 2
    assert tojimari("chain", *words, "--help-firms", "0").returncode == 2
    assert tojimari("chain", "missing.csv").returncode == 2
    done = tojimari("chain", *words, "--close", "だれか", "--lang", "en")
    one_sentence(done)


def test_a_policy_is_written_and_linted(tojimari):
    sample = tojimari("policy", "template").stdout
    (tojimari.folder / "p.yaml").write_text(sample, "utf-8")
    assert tojimari("policy", "lint", "p.yaml").returncode == 1, "a sample is warned of"
    (tojimari.folder / "q.yaml").write_text(sample.replace("sample: true", ""), "utf-8")
    assert tojimari("policy", "lint", "q.yaml").returncode == 0
    (tojimari.folder / "r.yaml").write_text(sample.replace("sample: true", "deny: true"), "utf-8")
    assert tojimari("policy", "lint", "r.yaml").returncode == 2
    assert tojimari("policy", "lint", "none.yaml").returncode == 2
