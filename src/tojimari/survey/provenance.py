"""What data that are not plain responses say about themselves, wherever they are seen."""

from tojimari.model import Text

PROVENANCE_NOTES: dict[str, Text | None] = {
    "responses": None,
    "reconstruction": Text(
        ja="再構成：公表された数字に合わせて作ったもので、調査の回答ではありません",
        en="Reconstruction: made to fit published figures, not the survey's data",
    ),
    "synthetic": Text(
        ja="試し用に作ったデータで、調査の回答ではありません",
        en="Synthetic: made up for trying things out, not a survey's data",
    ),
}
"""By origin; None where nothing has to be said."""
