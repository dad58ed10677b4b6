"""Packages for learning systems: whole by the rules the schemas do not hold, and really played."""

import io
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.e2e.browser import chromium, is_readable, watch
from tojimari.portal.lessons.scorm import package
from tojimari.portal.words import catalog

LESSONS = list(catalog().lessons.values())
PLAYER = Path(__file__).parents[1] / "assets" / "scorm" / "scorm12.min.js"
CP = "{http://www.imsproject.org/xsd/imscp_rootv1p1p2}"
ADL = "{http://www.adlnet.org/xsd/adlcp_rootv1p2}"
FRAME = """<!doctype html><html lang="ja"><meta charset="utf-8"><title>LMS</title>
<script src="scorm12.min.js"></script>
<script>window.API = new Scorm12API({autocommit: false, logLevel: 5});</script>
<iframe title="lesson" src="%s/index.html" style="width:100%%;height:1600px"></iframe></html>"""


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("lessons", [LESSONS[:1], LESSONS], ids=["one", "all"])
def test_all_that_is_named_is_there_and_nothing_else(lessons, lang):
    made = package(lessons, lang)
    assert made == package(lessons, lang)
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        names = set(opened.namelist())
        root = ElementTree.fromstring(opened.read("imsmanifest.xml"))
        pages = [opened.read(f"{lesson.id}/index.html").decode() for lesson in lessons]
    resources = {one.get("identifier"): one for one in root.iter(f"{CP}resource")}
    items = [one.get("identifierref") for one in root.iter(f"{CP}item")]
    assert items == list(resources)
    assert len(items) == len(lessons)
    for one in resources.values():
        listed = {file.get("href") for file in one.iter(f"{CP}file")}
        assert one.get("href") in listed
        assert one.get(f"{ADL}scormtype") == "sco"
        assert listed <= names
    files = {file.get("href") for file in root.iter(f"{CP}file")}
    assert names == files | {"imsmanifest.xml"}
    organizations = root.find(f"{CP}organizations")
    assert organizations.get("default") == organizations.find(f"{CP}organization").get("identifier")
    for lesson, page in zip(lessons, pages, strict=True):
        assert f'<html lang="{lang}">' in page
        assert page.count('value="right"') == len(lesson.questions)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def served(tmp_path):
    with zipfile.ZipFile(io.BytesIO(package(LESSONS[:1], "ja"))) as opened:
        opened.extractall(tmp_path)
    (tmp_path / PLAYER.name).write_bytes(PLAYER.read_bytes())
    (tmp_path / "lms.html").write_text(FRAME % LESSONS[0].id, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_learning_system_hears_how_it_went(served):
    lesson = LESSONS[0]
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        complaints = watch(page)
        page.goto(f"{served}/lms.html")
        frame = page.frame_locator("iframe")
        frame.locator("h1").wait_for()
        said = "window.API.cmi.core.lesson_status"
        assert page.evaluate(said) == "incomplete"
        for number, question in enumerate(lesson.questions, 1):
            wrong = number == 1
            values = [
                "right" if option.right else f"other{place}"
                for place, option in enumerate(question.options, 1)
            ]
            value = next(v for v in values if (v != "right") == wrong)
            frame.locator(f"input[name=answer{number}][value={value}]").check()
        frame.locator("button").click()
        frame.locator("#today").wait_for()
        assert page.evaluate(said) == "completed"
        assert page.evaluate("window.API.cmi.core.score.raw") == "67"
        assert frame.locator("#right").inner_text() == "2 / 3"
        page.evaluate("document.querySelector('iframe').src = 'about:blank'")
        page.wait_for_function("window.API.isTerminated()")
        assert complaints == []
        page.goto(f"{served}/{lesson.id}/index.html")
        is_readable(page)
        page.locator("input[value=right]").first.check()
        assert complaints == []
