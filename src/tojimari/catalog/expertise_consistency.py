"""Whether fields of experts fit the rest of the catalog."""

from typing import get_args

from tojimari.catalog.linter import Linter
from tojimari.catalog.schema import Theme

FIELDS = "experts/fields.yaml"


def check_expertise(lint: Linter) -> None:
    """Note what does not fit: whoever asks for an expert must always find a field that is near."""
    known, themes = lint.content.expertise, dict.fromkeys(get_args(Theme))
    playbooks = lint.content.incidents.playbooks
    lint.languages(FIELDS, known.fields)
    for field in known.fields.values():
        lint.known(FIELDS, f"{field.id}.themes", field.themes, themes)
        lint.known(FIELDS, f"{field.id}.kinds", field.kinds, playbooks)
    if known.fields:
        near = {theme for field in known.fields.values() for theme in field.themes}
        for theme in themes.keys() - near:
            lint.add(FIELDS, "themes", f"「{theme}」の専門がありません", f"no field for {theme!r}")
        near = {kind for field in known.fields.values() for kind in field.kinds}
        for id_ in {one.id for one in playbooks.values() if one.opens} - near:
            lint.add(FIELDS, "kinds", f"「{id_}」の専門がありません", f"no field for {id_!r}")
