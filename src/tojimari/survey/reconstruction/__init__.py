"""Rebuilds a published survey as rows that reproduce every figure that can hold."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from tojimari.model import Given
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.parquet import Responses, rows_as_table, write_responses
from tojimari.survey.publication import load_published
from tojimari.survey.reconstruction.margins import Impossible, decide
from tojimari.survey.reconstruction.population import populate
from tojimari.survey.reconstruction.variables import Variables
from tojimari.survey.rows import row_of
from tojimari.survey.schema import Questionnaire

SEED = 2021


class Reconstruction(msgspec.Struct, frozen=True):
    """Rows that are not the survey's data.

    Attributes:
        answers: one mapping (question id -> answer) for every firm.
        cannot: id of a published figure that cannot hold -> ids of the figures against it.
    """

    questionnaire: Questionnaire
    answers: tuple[dict[str, Given], ...]
    cannot: dict[str, tuple[str, ...]]

    def write(self, path: Path) -> Responses:
        """Write the rows in the standard layout, marked as a reconstruction.

        Raises BadResponses when the place cannot be written.
        """
        width = len(str(len(self.answers)))
        rows: list[Mapping[str, object]] = [
            row_of(self.questionnaire, f"s{number:0{width}}", answers)
            for number, answers in enumerate(self.answers, start=1)
        ]
        table = rows_as_table(self.questionnaire, rows)
        return write_responses(path, self.questionnaire, [table], "reconstruction")


def reconstruct(questionnaire_id: str, seed: int = SEED) -> Reconstruction:
    """Build the rows of a survey of which only figures are published. The same for one ``seed``.

    Raises NoPublished when there are no published figures for it, Impossible when no rows fit.
    """
    published = load_published(questionnaire_id)
    questionnaire = load_questionnaire(questionnaire_id)
    variables = Variables(questionnaire)
    firms = next(f.count for f in published.rows if f.of and not (f.by or f.answers) and f.count)
    decided = decide(published, variables, firms, seed)
    rows = populate(published, decided, variables, firms, seed)
    return Reconstruction(questionnaire, tuple(rows), decided.cannot)


__all__ = ["SEED", "Impossible", "Reconstruction", "reconstruct"]
