"""The scores of a version's clips, as columns in the order of its index."""

import io
import os
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json
from numpy.typing import NDArray

from tasks.core.score_names import SCORES

NAMES = tuple(sorted(SCORES))
_ROWS = pa.schema([("place", pa.int64()), ("scorer", pa.string()), ("numbers", pa.string())])
_VALUE_BYTES = 8


class ScoreColumns:
    """A column for each score that is measured: rows come in the order in which the catalog has them.

    So nothing is sorted: a value is put where its clip's place is. The columns lie in a file, 8 bytes for each clip and
    score, of which as much is in memory as there is room for.
    """

    def __init__(self, file: IO[bytes], clips: int) -> None:
        self._file, self._clips = file, clips
        self._columns: dict[str, NDArray[np.float64]] = {}

    def add(self, rows: bytes) -> None:
        """Puts in what the rows say, each as COPY writes it as text: a place, a scorer, its numbers as JSON."""
        read = pyarrow.csv.ReadOptions(column_names=_ROWS.names, block_size=len(rows) + 1)
        parse = pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False)
        convert = pyarrow.csv.ConvertOptions(column_types=_ROWS)
        table = pyarrow.csv.read_csv(io.BytesIO(rows), read, parse, convert)
        for scorer in table["scorer"].unique().to_pylist():
            own = table.filter(pc.equal(table["scorer"], scorer))
            if names := names_of(scorer):
                self._put(own["place"].to_numpy(), _numbers(own["numbers"], names))

    def _put(self, places: NDArray[np.int64], numbers: pa.Table) -> None:
        for name in numbers.column_names:
            if numbers[name].null_count < len(places):
                self._column(name)[places] = numbers[name].to_numpy()

    def between(self, start: int, end: int) -> Iterator[pa.Array]:
        """Of each score in the order of NAMES the values of these places; null where it was not measured."""
        for name in NAMES:
            column = self._columns.get(name)
            if column is None:
                yield pa.nulls(end - start, pa.float64())
            else:
                yield pa.array(column[start:end], from_pandas=True)

    def _column(self, name: str) -> NDArray[np.float64]:
        if name not in self._columns:
            offset = len(self._columns) * self._clips * _VALUE_BYTES
            # A disk that is full is then an error, where a page that finds no room would end the process.
            os.posix_fallocate(self._file.fileno(), offset, self._clips * _VALUE_BYTES)
            self._columns[name] = np.memmap(self._file, np.float64, "r+", offset, (self._clips,))
            self._columns[name][:] = np.nan
        return self._columns[name]


def names_of(scorer: str) -> list[str]:
    """The scores of a scorer that the index has."""
    return [name for name in NAMES if SCORES[name].scorer == scorer]


def _numbers(lines: pa.ChunkedArray, names: Sequence[str]) -> pa.Table:
    """A column for each name, out of a JSON object for each line; null where that has none."""
    schema = pa.schema([(name, pa.float64()) for name in names])
    options = pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    text = pc.binary_join_element_wise(lines, "", "\n").combine_chunks()
    return pyarrow.json.read_json(pa.BufferReader(text.buffers()[2]), parse_options=options)
