"""What a public service owes its visitors: who runs it, how to reach them, privacy and terms.

The operator's own texts are Markdown files in ``TOJIMARI_POLICIES``; ours are templates with
blanks, and never shown as they are.
"""

import re
import shutil
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from tojimari.model import Lang, TojimariError

Policy = Literal["privacy", "terms"]
POLICIES: tuple[Policy, ...] = ("privacy", "terms")
TEMPLATES = settings.HERE / "policies"
MOST_BYTES = 200_000

_BLANK = re.compile(r"【[^】]*】")


def file_of(name: Policy, lang: Lang) -> Path | None:
    """Return the operator's file, in Japanese where there is none in ``lang``; None for neither."""
    if not settings.POLICIES:
        return None
    wanted = [Path(settings.POLICIES) / f"{name}.{one}.md" for one in (lang, "ja")]
    return next((path for path in wanted if path.is_file()), None)


def text_of(name: Policy, lang: Lang) -> str | None:
    """Return the operator's text as Markdown; None when it cannot be read or has blanks left."""
    path = file_of(name, lang)
    try:
        if path is None or path.stat().st_size > MOST_BYTES:
            return None
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return None if _BLANK.search(text) else text


def page_of(name: Policy, lang: Lang) -> SafeString | None:
    """Return the operator's text as HTML; HTML written into the file is shown as text."""
    text = text_of(name, lang)
    if text is None:
        return None
    # No raw HTML and no images: what is left of Markdown can do nothing to the page.
    marked = MarkdownIt("commonmark", {"html": False}).disable("image")
    return mark_safe(marked.render(text))  # noqa: S308


def write_templates(folder: Path) -> list[Path]:
    """Copy the templates into ``folder`` for the operator to fill in; returns what was written.

    Raises TojimariError when a file of that name is there already: nothing is overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / template.name for template in sorted(TEMPLATES.glob("*.md"))]
    there = [path.name for path in made if path.exists()]
    if there:
        raise TojimariError(
            f"{folder} に {', '.join(there)} がもうあります。上書きはしません。別のフォルダーを指定してください。",
            f"{', '.join(there)} is in {folder} already and is not overwritten. Name another folder.",
        )
    for path in made:
        shutil.copyfile(TEMPLATES / path.name, path)
    return made
