"""Questionnaires that are uploaded: our own YAML, or other programs' forms and data."""

import os
import tempfile
from pathlib import Path

import msgspec
from django.core.files.uploadedfile import UploadedFile

from tojimari.model import LANGS, Text, TojimariError
from tojimari.survey.installed import EnginesMissing
from tojimari.survey.loader import read_questionnaire
from tojimari.survey.problems import BadQuestionnaire
from tojimari.survey.schema import Questionnaire

FOREIGN = (".xlsx", ".xls", ".json", ".sav", ".csv", ".tsv", ".parquet")
"""XLSForm, SurveyJS, and data from which a questionnaire is drafted."""


def read_upload(upload: UploadedFile) -> tuple[Questionnaire, tuple[Text, ...]]:
    """Return the questionnaire in an uploaded file, and what of it was not taken as it stood.

    Raises TojimariError: a file that cannot be read, or EnginesMissing.
    """
    name = Path(upload.name or "").name
    suffix = Path(name).suffix.lower()
    if suffix not in FOREIGN:
        return read_questionnaire(upload.read(), name), ()
    try:
        from tojimari.survey.exchange.conversion import read_any

        with tempfile.TemporaryDirectory() as folder:
            # The reader takes id and title from the file's name where the form has none.
            path = Path(folder) / f"{Path(name).stem[:60] or 'survey'}{suffix}"
            path.write_bytes(upload.read())
            try:
                return read_any(str(path))
            except BadQuestionnaire as error:
                found = (msgspec.structs.replace(each, file=name) for each in error.problems)
                raise BadQuestionnaire(list(found)) from error
            except TojimariError as error:
                # The folder is ours; its name says nothing to whoever sent the file.
                here = f"{folder}{os.sep}"
                texts = (error.say(lang).replace(here, "") for lang in LANGS)
                raise TojimariError(*texts) from error
    except ImportError as error:
        raise EnginesMissing(error.name or "") from error
