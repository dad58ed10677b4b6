"""Response files in the standard layout: Parquet that says what it holds."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, cast, get_args

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tojimari.lib.files import replacing
from tojimari.survey.columns import answer_columns
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.schema import CLUSTER, RESPONDENT, STRATUM, WEIGHT, Question, Questionnaire
from tojimari.survey.violations import BadResponses

Origin = Literal["responses", "reconstruction", "synthetic"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)
LAYOUT = "1"
_KEY = "tojimari."


class Responses(msgspec.Struct, frozen=True):
    """A response file in the standard layout, not yet read.

    ``columns``: names in the file, in order; ``rows``: number of respondents.
    """

    path: Path
    questionnaire: str
    version: str
    origin: Origin
    rows: int
    columns: tuple[str, ...]

    def batches(self, size: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Yield the rows in pieces of at most ``size``."""
        with pq.ParquetFile(self.path) as file:
            yield from file.iter_batches(size)


def _type_of(kind: str, question: Question) -> pa.DataType:
    if kind == "flag":
        return pa.bool_()
    if kind == "number":
        return pa.int64() if question.whole else pa.float64()
    return pa.string()


def schema_of(questionnaire: Questionnaire, own: Iterable[str] = ()) -> pa.Schema:
    """Return the columns of a response file with their types.

    ``own``: which of weight, stratum and cluster it has.
    """
    questions = {question.id: question for question in questionnaire.questions}
    fields = [pa.field(RESPONDENT, pa.string(), nullable=False)]
    there = set(own)
    fields += [pa.field(WEIGHT, pa.float64())] if WEIGHT in there else []
    fields += [pa.field(name, pa.string()) for name in (STRATUM, CLUSTER) if name in there]
    fields += [
        pa.field(column.name, _type_of(column.kind, questions[column.question]))
        for column in answer_columns(questionnaire)
    ]
    return pa.schema(fields)


def rows_as_table(questionnaire: Questionnaire, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Return rows (column -> value, see rows.row_of) as a table in the standard layout."""
    own = {name for row in rows for name in (WEIGHT, STRATUM, CLUSTER) if name in row}
    schema = schema_of(questionnaire, own)
    return pa.table(
        {
            field.name: pa.array([row.get(field.name) for row in rows], field.type)
            for field in schema
        },
        schema=schema,
    )


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary file beside ``path`` that takes its place only when all went well.

    Raises BadResponses when the place cannot be written.
    """
    try:
        with replacing(path) as temporary:
            yield temporary
    except OSError as error:
        said = error.strerror or str(error)
        raise BadResponses(
            f"{path}: 書き込めません ({said})。空き容量と場所を確かめてください。",
            f"{path}: cannot be written ({said}). Check free space and the place.",
        ) from error


def with_metadata(schema: pa.Schema, questionnaire: Questionnaire, origin: Origin) -> pa.Schema:
    """Return ``schema`` carrying what the data are and what they answer."""
    said = {
        f"{_KEY}layout": LAYOUT,
        f"{_KEY}questionnaire": questionnaire.id,
        f"{_KEY}version": questionnaire.version,
        f"{_KEY}origin": origin,
    }
    mark = PROVENANCE_NOTES[origin]
    if mark is not None:  # whoever opens the file with another program reads it too
        said |= {f"{_KEY}mark.ja": mark.ja, f"{_KEY}mark.en": mark.en}
    return schema.with_metadata(said)


def write_responses(
    path: Path,
    questionnaire: Questionnaire,
    batches: Iterable[pa.RecordBatch | pa.Table],
    origin: Origin,
    own: Iterable[str] = (),
) -> Responses:
    """Write batches in the standard layout (see schema_of) to ``path``, wholly or not at all.

    ``own``: which of weight, stratum and cluster they have. Raises BadResponses when the place
    cannot be written, pyarrow.ArrowInvalid when a batch has other columns.
    """
    schema = with_metadata(schema_of(questionnaire, own), questionnaire, origin)
    with (
        whole_file(path) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        for batch in batches:
            table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
            writer.write_table(table.select(schema.names).cast(schema))
    return open_responses(path)


def metadata_of(path: Path) -> Responses | None:
    """Return what a Parquet file says it is, None when it is not a response file of ours.

    Raises BadResponses when it cannot be read as Parquet.
    """
    try:
        with pq.ParquetFile(path) as file:
            rows = file.metadata.num_rows
            schema = file.schema_arrow
    except (OSError, pa.ArrowException, MemoryError, OverflowError) as error:
        said = " ".join(str(error).split())[:120]
        raise BadResponses(
            f"{path}: Parquetとして読めません ({said})。",
            f"{path}: is not readable Parquet ({said}).",
        ) from error
    raw = schema.metadata or {}
    said_of = {
        key: raw.get(f"{_KEY}{key}".encode(), b"").decode("utf-8", "replace")
        for key in ("layout", "questionnaire", "version", "origin")
    }
    if said_of["layout"] != LAYOUT or said_of["origin"] not in ORIGINS:
        return None
    return Responses(
        path,
        said_of["questionnaire"],
        said_of["version"],
        cast(Origin, said_of["origin"]),
        rows,
        tuple(schema.names),
    )


def open_responses(path: Path, questionnaire: Questionnaire | None = None) -> Responses:
    """Return the response file at ``path`` (Parquet in the standard layout).

    Raises BadResponses when it is something else or answers another ``questionnaire``.
    """
    found = metadata_of(path)
    if found is None:
        raise BadResponses(
            f"{path}: 標準の形の回答ファイルではありません。`tojimari survey import` で作れます。",
            f"{path}: is not a response file in the standard layout. `tojimari survey import` "
            "makes one.",
        )
    if questionnaire is not None:
        _fits(found, questionnaire)
    return found


def _fits(found: Responses, questionnaire: Questionnaire) -> None:
    theirs, ours = (found.questionnaire, found.version), (questionnaire.id, questionnaire.version)
    if theirs != ours:
        raise BadResponses(
            f"{found.path}: 別の調査票への回答です ({' '.join(theirs)})。"
            f"要るのは {' '.join(ours)} への回答です。",
            f"{found.path}: answers another questionnaire ({' '.join(theirs)}); "
            f"answers to {' '.join(ours)} are needed.",
        )
    own = [name for name in (WEIGHT, STRATUM, CLUSTER) if name in found.columns]
    with pq.ParquetFile(found.path) as file:
        wanted = schema_of(questionnaire, own)
        there = file.schema_arrow
    for field in wanted:
        if field.name not in there.names or there.field(field.name).type != field.type:
            raise BadResponses(
                f"{found.path}: 列「{field.name}」がないか、種類が違います。",
                f"{found.path}: the column {field.name!r} is missing or has another type.",
            )
