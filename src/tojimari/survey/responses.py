"""Takes in responses gathered elsewhere: checked against the codebook, written in one layout."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import cast

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tojimari.model import Text
from tojimari.survey.columns import ORIGIN_COLUMN
from tojimari.survey.foreign_tables import Incoming, Piece, open_table
from tojimari.survey.headings import known_names, match_columns
from tojimari.survey.parquet import (
    ORIGINS,
    Origin,
    Responses,
    metadata_of,
    open_responses,
    whole_file,
    with_metadata,
)
from tojimari.survey.schema import RESPONDENT, WEIGHT, Questionnaire
from tojimari.survey.validation import Checker
from tojimari.survey.violations import SHOWN, BadResponses


class Taken(msgspec.Struct, frozen=True):
    """What was taken in: the file, what was assumed, and values left empty by column (lenient)."""

    responses: Responses
    notes: tuple[Text, ...]
    emptied: dict[str, int]


class Reading(msgspec.Struct, frozen=True):
    """What somebody says of a file of answers that cannot be told from the file.

    ``encoding``: of a text file (see open_table); ``ignore``: columns to pass over and
    ``id_column``: that of the respondents' ids (see match_columns).
    """

    encoding: str = ""
    ignore: tuple[str, ...] = ()
    id_column: str = ""


_TOLD_BY_THE_FILE = Reading()


def import_responses(
    source: Path,
    questionnaire: Questionnaire,
    out: Path,
    *,
    origin: Origin = "responses",
    lenient: bool = False,
    reading: Reading = _TOLD_BY_THE_FILE,
) -> Taken:
    """Check the table at ``source`` and write it to ``out`` (Parquet, standard layout).

    Memory stays bounded whatever the size. ``lenient``: values that do not fit are left empty and
    counted; what the whole file hangs on (columns, ids, weights) is never passed over. A file
    that says its origin keeps it. Raises BadResponses; nothing is written then.
    """
    if source.suffix.lower() == ".parquet" and source.is_file():
        known = metadata_of(source)
        if known is not None:
            origin = known.origin
    table = open_table(source, known_names(questionnaire), reading.encoding)
    matched = match_columns(source, table.heading, questionnaire, reading.ignore, reading.id_column)
    heading = matched.columns
    table, said = _origin(table, heading)
    origin = said or origin
    checker = Checker(questionnaire, heading, lenient)
    schema = with_metadata(checker.schema, questionnaire, origin)
    with whole_file(out) as temporary:
        rows = 0
        with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
            for batch in _checked(table, checker):
                if not checker.violations.count or lenient:
                    writer.write_batch(batch.cast(schema))
                rows += len(batch)
        emptied = dict(checker.violations.by_column)
        hard = {heading[name] for name in (RESPONDENT, WEIGHT) if name in heading}
        if checker.violations.count and (not lenient or hard & set(emptied)):
            raise checker.violations.refuse(source)
        if not rows:
            raise BadResponses(
                f"{source}: 回答が一つもありません。", f"{source}: has no responses."
            )
        _no_duplicates(source, temporary, checker)
    notes = (*table.notes, *matched.notes, *checker.notes())
    return Taken(open_responses(out), notes, emptied)


def responses_as_parquet(
    path: Path, questionnaire: Questionnaire, reading: Reading = _TOLD_BY_THE_FILE
) -> Path:
    """Return ``path`` itself when it is in the standard layout, else a checked temporary copy.

    The copy goes when the program ends. Raises BadResponses.
    """
    if path.suffix.lower() == ".parquet" and path.is_file() and metadata_of(path) is not None:
        return open_responses(path, questionnaire).path
    folder = Path(tempfile.mkdtemp(prefix="tojimari-survey-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    out = folder / "responses.parquet"
    import_responses(path, questionnaire, out, reading=reading)
    return out


def _checked(table: Incoming, checker: Checker) -> Iterator[pa.RecordBatch]:
    for piece in table.pieces:
        if piece and len(next(iter(piece.values()))):
            yield checker.check(piece)


def _origin(table: Incoming, heading: dict[str, str]) -> tuple[Incoming, Origin | None]:
    """Take out the column that says what the rows are; returns what it says, None without one.

    It has to say the same all the way down: a mark is not lost by pasting tables together.
    """
    taken = set(heading.values())
    theirs = next(
        (n for n in table.heading if n not in taken and n.strip().lower() == ORIGIN_COLUMN), None
    )
    if theirs is None:
        return table, None
    first = next(table.pieces, {})
    values = first[theirs].to_pylist() if first else []
    said = values[0] if values else "responses"

    def same(piece: Piece) -> Piece:
        for value in piece[theirs].to_pylist() if piece else ():
            if value != said or value not in ORIGINS:
                raise BadResponses(
                    f"{table.path}: 列「{theirs}」は、すべての行で同じ由来 "
                    f"({', '.join(sorted(ORIGINS))}) にしてください。「{value!s:.40}」があります。",
                    f"{table.path}: the column {theirs!r} has to say the same in every row, one of "
                    f"{', '.join(sorted(ORIGINS))}; it holds {str(value)[:40]!r}.",
                )
        return piece

    pieces = map(same, chain([first], table.pieces))
    return msgspec.structs.replace(table, pieces=pieces), cast(Origin, said)


def _no_duplicates(source: Path, written: Path, checker: Checker) -> None:
    """Refuse when two rows carry one respondent's id. The database spills to disk if it must."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="tojimari-survey-") as folder:
        settings = {"memory_limit": "512MB", "temp_directory": folder}
        with duckdb.connect(config={**settings}) as database:
            number, first = database.execute(
                "select count(*), list([a::varchar, b::varchar, respondent] order by a) from ("
                "select respondent, min(file_row_number) as a,"
                " max(file_row_number) as b"
                " from read_parquet(?, file_row_number = true)"
                " group by respondent having count(*) > 1 order by a limit 1000)",
                [str(written)],
            ).fetchone() or (0, None)
    if not number:
        return
    at = checker.source_row
    shown = [(at(int(a)), at(int(b)), id_) for a, b, id_ in first[:SHOWN]]
    raise BadResponses(
        f"{source}: 同じ回答者の番号が二度以上あります ({number}件)。"
        + " / ".join(f"{a}行目と{b}行目「{RESPONDENT}」: {id_:.40}" for a, b, id_ in shown)
        + "。",
        f"{source}: ids of respondents are used more than once ({number}): "
        + " / ".join(f"rows {a} and {b}, {RESPONDENT!r}: {id_:.40}" for a, b, id_ in shown)
        + ".",
    )
