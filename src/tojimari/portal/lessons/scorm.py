"""Lessons as a SCORM 1.2 package: what a company's own learning system takes in.

What the schemas let pass is kept right here: every ``identifierref`` names a resource of the
package, every file is listed, and a score is between 0 and 100. Nothing is written to
``suspend_data``: a lesson of five minutes is not interrupted.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from importlib.resources import files
from xml.etree import ElementTree

from django.template.loader import render_to_string

from tojimari.catalog.lesson import Lesson
from tojimari.model import Lang
from tojimari.portal.lessons.showing import picture_of
from tojimari.portal.words import catalog, say

_CP = "http://www.imsproject.org/xsd/imscp_rootv1p1p2"
_ADL = "http://www.adlnet.org/xsd/adlcp_rootv1p2"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_WHERE = f"{_CP} imscp_rootv1p1p2.xsd {_ADL} adlcp_rootv1p2.xsd"
_COMMON = ("lesson.js", "lesson.css")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def package(lessons: Sequence[Lesson], lang: Lang) -> bytes:
    """Return a ZIP with ``lessons`` as one SCO each, in ``lang``; the same input, the same bytes."""
    made: dict[str, bytes] = {"imsmanifest.xml": _manifest(lessons, lang)}
    for name in _COMMON:
        made[f"common/{name}"] = (files("tojimari.portal.lessons") / "player" / name).read_bytes()
    for lesson in lessons:
        made[f"{lesson.id}/index.html"] = _page(lesson, lang).encode()
        made[f"{lesson.id}/picture.svg"] = picture_of(lesson.id)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in made.items():
            target.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _page(lesson: Lesson, lang: Lang) -> str:
    questions = [
        {
            "ask": question.ask.say(lang),
            "why": question.why.say(lang),
            "options": [
                {"text": option.text.say(lang), "right": option.right}
                for option in question.options
            ],
        }
        for question in lesson.questions
    ]
    context = {
        "lang": lang,
        "title": lesson.title.say(lang),
        "situation": lesson.situation.say(lang),
        "picture": lesson.picture.say(lang),
        "idea": lesson.idea.say(lang),
        "points": [point.say(lang) for point in lesson.points],
        "questions": questions,
        "do": lesson.today.do.say(lang),
        "check": say("lesson.check", lang),
        "today": say("lesson.today", lang),
        "right": say("lesson.right_label", lang),
    }
    return render_to_string("scorm_lesson.html", context)


def _files(lesson: Lesson) -> Iterable[str]:
    yield f"{lesson.id}/index.html"
    yield f"{lesson.id}/picture.svg"
    yield from (f"common/{name}" for name in _COMMON)


def _manifest(lessons: Sequence[Lesson], lang: Lang) -> bytes:
    # Several at once are one course; the name of one lesson is the name of its package.
    name = lessons[0].id if len(lessons) == 1 else "all"
    root = ElementTree.Element(
        "manifest",
        {
            "identifier": f"tojimari-lessons-{name}",
            "version": catalog().meta.version,
            "xmlns": _CP,
            "xmlns:adlcp": _ADL,
            "xmlns:xsi": _XSI,
            "xsi:schemaLocation": _WHERE,
        },
    )
    about = ElementTree.SubElement(root, "metadata")
    ElementTree.SubElement(about, "schema").text = "ADL SCORM"
    ElementTree.SubElement(about, "schemaversion").text = "1.2"
    every = ElementTree.SubElement(root, "organizations", {"default": "course"})
    course = ElementTree.SubElement(every, "organization", {"identifier": "course"})
    title = lessons[0].title.say(lang) if len(lessons) == 1 else say("lessons.title", lang)
    ElementTree.SubElement(course, "title").text = title
    resources = ElementTree.SubElement(root, "resources")
    for lesson in lessons:
        item = ElementTree.SubElement(
            course,
            "item",
            {"identifier": f"item-{lesson.id}", "identifierref": f"resource-{lesson.id}"},
        )
        ElementTree.SubElement(item, "title").text = lesson.title.say(lang)
        resource = ElementTree.SubElement(
            resources,
            "resource",
            {
                "identifier": f"resource-{lesson.id}",
                "type": "webcontent",
                "adlcp:scormtype": "sco",
                "href": f"{lesson.id}/index.html",
            },
        )
        for file in _files(lesson):
            ElementTree.SubElement(resource, "file", {"href": file})
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
