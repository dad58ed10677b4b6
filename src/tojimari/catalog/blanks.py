"""Texts of a new control that are still to be written: marked, so that the lint names each one."""

from tojimari.catalog.problems import Problem
from tojimari.catalog.read import texts
from tojimari.catalog.schema import Content
from tojimari.model import Text

BLANK = Text(ja="〔ここに書く〕", en="[to write]")
"""The mark; what stands behind it says what is to be written there."""


def blanks(content: Content) -> list[Problem]:
    """Return a problem for every text of a control, question or fact kind that is still to write.

    A catalog with blanks can be loaded and tested, but neither linted nor compiled.
    """
    entries: list[tuple[str, object]]
    entries = [(f"controls/{id_}.yaml", entry) for id_, entry in content.controls.items()]
    entries += [(f"questions/{id_}.yaml", entry) for id_, entry in content.questions.items()]
    entries += [(f"facts/{id_}.yaml", entry) for id_, entry in content.facts.items()]
    return [
        Problem(
            file,
            f"{path.removeprefix('$.')}.{lang}",
            Text(ja=f"まだ書かれていません ({said})", en=f"is still to be written ({said})"),
        )
        for file, entry in entries
        for path, text in texts(entry)
        for lang, said, mark in (("ja", text.ja, BLANK.ja), ("en", text.en, BLANK.en))
        if mark in said
    ]
