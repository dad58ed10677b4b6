"""Pages of ours on paper: printed when they are asked for, saved as a file."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from tojimari.portal.core.downloads import as_file
from tojimari.report.page import environment
from tojimari.report.pdf import print_page

PRINTED_A_MINUTE = 20
"""How often one asks for paper: printing takes seconds."""


def printed(
    request: HttpRequest, template: str, context: Callable[[], Mapping[str, Any]], name: str
) -> HttpResponse:
    """Return a page as the PDF ``name``; asked by HEAD, nothing is looked up and nothing printed.

    context: what the template shows. Raises NoPdf where what prints is not installed.
    """
    body = b""
    if request.method != "HEAD":
        css = environment().get_template("paper.css").render()
        # Our own style sheet: it holds no text of anybody's.
        shown = {**context(), "css": mark_safe(css)}  # noqa: S308
        body = print_page(render_to_string(template, shown, request))
    return as_file(HttpResponse(body, content_type="application/pdf"), name)
