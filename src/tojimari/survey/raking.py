"""Weights that make a sample's margins equal published ones: raking (Deming and Stephan 1940)."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tojimari.survey.coding import Batch, Variable, variables
from tojimari.survey.parquet import whole_file
from tojimari.survey.scan import BATCH_ROWS, RAKED_KEY, open_parquet
from tojimari.survey.schema import WEIGHT, Questionnaire
from tojimari.survey.violations import BadResponses

Margins = Mapping[str, Mapping[str, float]]
"""Variable -> group -> its share, in any unit: shares of one variable are scaled to 1."""

ROUNDS = 1000
CLOSE = 1e-12
"""Greatest relative distance from a published margin at which raking stops."""
CELLS_AT_MOST = 1_000_000


def read_margins(path: Path, questionnaire: Questionnaire) -> dict[str, dict[str, float]]:
    """Read a CSV ``variable,group,share``. Raises BadResponses naming the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return margins_of(file, str(path), questionnaire)
    except (OSError, UnicodeDecodeError) as error:
        raise BadResponses(
            f"{path}: 読めません ({error})。UTF-8のCSVにしてください。",
            f"{path}: cannot be read ({error}). Give a CSV in UTF-8.",
        ) from error


def margins_of(
    lines: Iterable[str], name: str, questionnaire: Questionnaire
) -> dict[str, dict[str, float]]:
    """Return the margins in the lines of a CSV ``variable,group,share`` that is called ``name``.

    Raises BadResponses naming the line.
    """
    known, margins = variables(questionnaire), dict[str, dict[str, float]]()
    try:
        reader = csv.DictReader(lines)
        if reader.fieldnames is None or {"variable", "group", "share"} - set(reader.fieldnames):
            raise BadResponses(
                f"{name}: 先頭の行は variable,group,share にしてください。",
                f"{name}: the first line must be variable,group,share.",
            )
        for number, row in enumerate(reader, 2):
            variable = known.get(row["variable"] or "")
            if variable is None or row["group"] not in dict(variable.answers):
                raise BadResponses(
                    f"{name} {number}行目: 「{row['variable']}」の「{row['group']}」は調査票にありません。",
                    f"{name}, line {number}: {row['variable']!r}, {row['group']!r} is not in the "
                    "questionnaire.",
                )
            margins.setdefault(variable.key, {})[row["group"]] = _share(row["share"], name, number)
    except csv.Error as error:
        raise BadResponses(
            f"{name}: 読めません ({error})。UTF-8のCSVにしてください。",
            f"{name}: cannot be read ({error}). Give a CSV in UTF-8.",
        ) from error
    if not margins:
        raise BadResponses(f"{name}: 割合が一つもありません。", f"{name}: holds no share.")
    return margins


def _share(text: str | None, name: str, number: int) -> float:
    try:
        share = float(text or "")
    except ValueError:
        share = -1.0
    if not 0 < share < float("inf"):
        raise BadResponses(
            f"{name} {number}行目: 割合「{text}」は使えません。0より大きい数にしてください。",
            f"{name}, line {number}: a share of {text!r} is not possible. Give a number above 0.",
        )
    return share


def rake(data: Path, questionnaire: Questionnaire, margins: Margins, out: Path) -> None:
    """Write ``data`` with a weight column whose margins are ``margins``; weights add up to n.

    The file says what it was raked to: errors depend on it. An existing weight column is where
    raking starts from. Every respondent must be in a group of
    every margin. Raises BadResponses when that is not so, or when no weights can reach them.
    """
    known = variables(questionnaire)
    chosen = [known[key] for key in margins]
    sizes = [len(margins[variable.key]) for variable in chosen]
    if int(np.prod(sizes)) > CELLS_AT_MOST:
        raise BadResponses(
            "重みの基準にする組み合わせが多すぎます。分け方を減らしてください。",
            "There are too many combinations to rake to. Use fewer margins.",
        )
    file = open_parquet(data)
    cells, total = np.zeros(sizes), 0
    for batch, first in _batches(file):
        codes = _cells(Batch.of(batch, questionnaire, first_row=first), chosen, margins, first)
        weights = _start(batch)
        flat = np.ravel_multi_index(codes, sizes)
        cells += np.bincount(flat, weights, int(np.prod(sizes))).reshape(sizes)
        total += batch.num_rows
    factors = _factors(cells, chosen, margins, total)
    with whole_file(out) as part:
        _write(file, part, questionnaire, chosen, margins, factors)


def _batches(file: pq.ParquetFile) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Yield every batch with the number of its first response, however the reader cuts them."""
    first = 1
    for batch in file.iter_batches(BATCH_ROWS):
        yield batch, first
        first += batch.num_rows


def _start(batch: pa.RecordBatch) -> npt.NDArray[np.float64]:
    if WEIGHT not in batch.schema.names:
        return np.ones(batch.num_rows)
    weights: npt.NDArray[np.float64] = batch.column(WEIGHT).cast(pa.float64()).to_numpy()
    return weights


def _cells(
    batch: Batch, chosen: list[Variable], margins: Margins, first: int
) -> tuple[npt.NDArray[np.int64], ...]:
    codes = []
    for variable in chosen:
        groups = list(margins[variable.key])
        places = np.full(len(variable.answers) + 1, -1)
        for place, (id_, _) in enumerate(variable.answers):
            places[place] = groups.index(id_) if id_ in groups else -1
        given = batch.single(variable)
        code = places[given]
        if (code < 0).any():
            at = int(np.argmax(code < 0))
            raise _no_group(variable, int(given[at]), first + at)
        codes.append(code)
    return tuple(codes)


def _no_group(variable: Variable, given: int, row: int) -> BadResponses:
    """Say whose weight cannot be found: of an answer that has no share, or of none at all."""
    ids = [id_ for id_, _ in variable.answers]
    if 0 <= given < len(ids):
        return BadResponses(
            f"{row}件目: 「{variable.key}」の答え「{ids[given]}」の割合が、割合のCSVにありません。"
            "すべての答えの割合を書いてください。",
            f"Response {row}: the margins have no share for {ids[given]!r} of {variable.key!r}. "
            "Give a share for every answer.",
        )
    return BadResponses(
        f"{row}件目: 「{variable.key}」に答えていないため、重みを付けられません。"
        "全員が答えた質問の割合を使ってください。",
        f"Response {row} has no answer to {variable.key!r}, so it can have no weight. "
        "Use margins of questions that everybody answered.",
    )


def _factors(
    cells: npt.NDArray[np.float64], chosen: list[Variable], margins: Margins, total: int
) -> npt.NDArray[np.float64]:
    """Return what the weights of each cell are multiplied with."""
    wanted = []
    for variable in chosen:
        shares = np.array(list(margins[variable.key].values()))
        wanted.append(shares / shares.sum() * total)
    factors = np.ones_like(cells)
    for _ in range(ROUNDS):
        distance = 0.0
        for axis, goal in enumerate(wanted):
            others = tuple(a for a in range(cells.ndim) if a != axis)
            now = (cells * factors).sum(axis=others)
            if (now == 0).any():
                empty = list(margins[chosen[axis].key])[int(np.argmax(now == 0))]
                raise BadResponses(
                    f"「{chosen[axis].key}」の「{empty}」に回答が一件もなく、重みを合わせられません。",
                    f"Nobody is in {empty!r} of {chosen[axis].key!r}, so no weights can reach it.",
                )
            ratio = goal / now
            distance = max(distance, float(np.abs(ratio - 1).max()))
            shape = [1] * cells.ndim
            shape[axis] = len(goal)
            factors = factors * ratio.reshape(shape)
        if distance < CLOSE:
            return factors
    raise BadResponses(
        "公表された割合に合う重みが見つかりません。空の組み合わせがないか、割合を確かめてください。",
        "No weights reach the published margins. Look for empty combinations, and at the shares.",
    )


def _write(
    file: pq.ParquetFile,
    out: Path,
    questionnaire: Questionnaire,
    chosen: list[Variable],
    margins: Margins,
    factors: npt.NDArray[np.float64],
) -> None:
    schema = file.schema_arrow
    if WEIGHT in schema.names:
        schema = schema.set(schema.get_field_index(WEIGHT), pa.field(WEIGHT, pa.float64()))
    else:
        schema = schema.append(pa.field(WEIGHT, pa.float64()))
    raked = {RAKED_KEY: ",".join(variable.key for variable in chosen)}
    schema = schema.with_metadata({**(schema.metadata or {}), **raked})
    with pq.ParquetWriter(out, schema) as writer:
        for batch, first in _batches(file):
            codes = _cells(Batch.of(batch, questionnaire, first_row=first), chosen, margins, first)
            weights = pa.array(_start(batch) * factors[codes])
            if WEIGHT in batch.schema.names:
                at = batch.schema.get_field_index(WEIGHT)
                new = batch.set_column(at, pa.field(WEIGHT, pa.float64()), weights)
            else:
                new = batch.append_column(pa.field(WEIGHT, pa.float64()), weights)
            writer.write_batch(new.cast(schema))
