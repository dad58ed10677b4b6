"""``tojimari drill`` as a supporter runs it."""

import json

import pytest
import yaml

from tests.support.command import one_sentence
from tojimari.catalog import load_catalog

CATALOG = load_catalog()
TEMPLATE = {
    "name": "Login",
    "subject": "For {{.FirstName}}",
    "text": "Dear {{.FirstName}}, see {{.URL}}",
    "html": '<a href="{{.URL}}">go</a>{{.Tracker}}',
    "attachments": [{"name": "bill.docm", "content": "AAAA"}],
}
EVENTS = (
    "campaign_id,email,time,message,details\n"
    "1,a@b.example,2026-12-01T00:00:00Z,Email Sent,\n"
    "1,c@b.example,2026-12-01T00:00:00Z,Email Sent,\n"
    '1,a@b.example,2026-12-01T00:00:04Z,Clicked Link,"{""browser"":{""address"":""40.94.89.3""}}"\n'
    "1,c@b.example,2026-12-01T01:10:00Z,Email Reported,\n"
)


def said(key, **places):
    return CATALOG.ui(f"drill.{key}").say("en", **places)


def flat(text):
    return " ".join(text.split())


def test_every_mail_is_listed_and_shown_with_its_cues(tojimari):
    listed = tojimari("drill", "templates", "--lang", "en")
    assert all(id_ in listed.stdout for id_ in CATALOG.drills)
    hard = tojimari("drill", "templates", "--level", "hard").stdout
    assert ("boss-hard" in hard, "parcel-easy" in hard) == (True, False)
    shown = tojimari("drill", "show", "boss-hard", "--lang", "en", "--html", "mail.html")
    for cue in CATALOG.drills["boss-hard"].cues:
        assert (cue.why or CATALOG.drill_cues[cue.cue].why).en in flat(shown.stdout)
    page = (tojimari.folder / "mail.html").read_text("utf-8")
    assert "<p>" in page
    assert "{" not in page


def test_a_template_of_gophish_becomes_a_mail_that_the_lint_reads(tojimari):
    (tojimari.folder / "t.json").write_text(json.dumps(TEMPLATE), "utf-8")
    done = tojimari("drill", "import", "t.json", "--into", "own", "--lang", "en")
    assert done.returncode == 0
    for kind, what in (("tracker", ".Tracker"), ("attachment", "bill.docm")):
        assert said(f"lost_{kind}", what=what) in flat(done.stdout)
    good = tojimari("drill", "lint", "own/own-1.yaml", "--lang", "en")
    assert (good.returncode, said("template_next") in flat(good.stdout)) == (0, True)
    path = tojimari.folder / "own" / "own-1.yaml"
    raw = yaml.safe_load(path.read_text("utf-8"))
    raw["body"]["en"] = raw["body"]["ja"] = "{link} and https://bank.example.com and {password}"
    path.write_text(yaml.safe_dump(raw), "utf-8")
    bad = tojimari("drill", "lint", "own/own-1.yaml", "--lang", "en")
    assert bad.returncode == 2
    assert bad.stdout.count("body.en") == 2


def test_one_of_ours_is_its_own_example(tojimari):
    from tojimari.catalog.load import HERE

    example = HERE / "drills" / "boss-hard.yaml"
    done = tojimari("drill", "lint", str(example), "--lang", "en")
    assert said("lint_good") in done.stdout
    assert said("difficulty_very") in done.stdout


def test_a_group_says_who_could_be_read(tojimari):
    (tojimari.folder / "g.csv").write_bytes(
        "Email,部署,x\na@b.example,経理,1\nnobody,,\n".encode("cp932")
    )
    done = tojimari("drill", "import", "g.csv", "--lang", "en")
    assert (done.returncode, said("group_read", n=1) in done.stdout) == (0, True)
    assert said("group_left_out", n=1) in done.stdout


def test_results_say_what_can_be_said(tojimari):
    (tojimari.folder / "e.csv").write_text(EVENTS, "utf-8")
    done = flat(tojimari("drill", "results", "e.csv", "--lang", "en").stdout)
    assert said("reported", n=1, of=2, low=9, high=91) in done
    assert said("first_report", time=said("minutes", n=70)) in done
    assert said("machines", n=1) in done
    assert said("unclear", n=0) in done
    assert said("few", needed=141) in done
    only = "email,status,reported,send_date\na@b.example,Email Sent,true,2026-12-01T00:00:00Z\n"
    (tojimari.folder / "r.csv").write_text(only, "utf-8")
    assert said("first_unknown") in flat(
        tojimari("drill", "results", "r.csv", "--lang", "en").stdout
    )


@pytest.mark.parametrize(
    "words",
    [("show", "unheard-of"), ("lint", "none.yaml"), ("lint", "bad.yaml"), ("import", "none.csv"),
     ("import", "bad.yaml"), ("import", "bad.json"), ("results", "bad.yaml"), ("results", ".")],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_bad_input_is_one_sentence(tojimari, words, lang):
    for name in ("bad.yaml", "bad.json"):
        (tojimari.folder / name).write_bytes(b"a: [\xff\n")
    one_sentence(tojimari("drill", *words, "--lang", lang))
