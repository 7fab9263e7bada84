"""An export as two Parquet files; pyarrow is loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from runreport.errors import ConfigError
from runreport.export.columns import Column
from runreport.export.writer import Writer, pair
from runreport.frames import POINTS
from runreport.records import History
from runreport.text.serialize import clean_text

GROUP: Final = 1_000_000
"""Points of a row group, at least; twice as many are in memory, at most."""

_MARK: Final = b"runreport"


class ParquetWriter(Writer):
    """Writes ``runs.parquet`` and ``metrics.parquet``, marked as ours in their metadata.

    A gap is null, and a logged NaN is NaN.
    """

    def __init__(self, folder: Path) -> None:
        self._arrow, self._parquet = load()
        super().__init__(pair(folder, "parquet"))
        arrow = self._arrow
        types = (arrow.string(), arrow.string(), *[arrow.float64()] * 3)
        self._schema = arrow.schema(
            list(zip(POINTS, types, strict=True)), metadata={_MARK: b"metrics"}
        )
        self._new_files: Sequence[Path] = ()
        self._points: Any = None
        self._waiting: list[Any] = []
        self._count = 0

    def is_own(self, file: Path) -> bool:
        """Return whether the file's metadata holds our mark."""
        try:
            metadata = self._parquet.read_schema(file).metadata
        except self._arrow.ArrowInvalid:
            return False
        return _MARK in (metadata or {})

    def open(self, files: Sequence[Path]) -> None:
        """Begin the points' file."""
        self._new_files = files
        self._points = self._parquet.ParquetWriter(files[1], self._schema, compression="zstd")

    def add_points(self, run_id: str, history: History) -> None:
        """Keep the points until they make a row group."""
        names = clean_text(run_id), clean_text(history.name)
        for start in range(0, len(history.values), GROUP):
            self._add_piece(names, history, slice(start, start + GROUP))

    def add_runs(self, columns: Sequence[Column]) -> None:
        """Write the runs' file."""
        self._flush()
        arrow = self._arrow
        arrays = [_array(arrow, column) for column in columns]
        table = arrow.Table.from_arrays(arrays, [column.name for column in columns])
        table = table.replace_schema_metadata({_MARK: b"runs"})
        self._parquet.write_table(table, self._new_files[0], compression="zstd")

    def close(self) -> None:
        """Close the points' file."""
        if self._points is not None:
            self._points.close()
            self._points = None

    def _add_piece(self, names: tuple[str, str], history: History, piece: slice) -> None:
        arrow = self._arrow
        values = arrow.array(history.values[piece], arrow.float64())
        columns = [
            *(arrow.repeat(name, len(values)) for name in names),
            arrow.array(history.steps[piece], arrow.float64()),
            _known(arrow, history.times[piece]),
            values,
        ]
        self._waiting.append(arrow.record_batch(columns, schema=self._schema))
        self._count += len(values)
        if self._count >= GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            table = self._arrow.Table.from_batches(self._waiting).combine_chunks()
            self._points.write_table(table, row_group_size=2 * GROUP)
            self._waiting, self._count = [], 0


def load() -> tuple[ModuleType, ModuleType]:
    """Return pyarrow and its part for Parquet.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigError(
            "parquet: pyarrow is not installed; run: pip install 'runreport[parquet]'"
        ) from error
    return pyarrow, pyarrow.parquet


def _known(arrow: ModuleType, times: Any) -> Any:
    return arrow.array(times, arrow.float64(), mask=times != times)


def _array(arrow: ModuleType, column: Column) -> Any:
    match column.kind:
        case "time":
            moments = [None if cell is None else round(cell * 1e6) for cell in column.cells]
            return arrow.array(moments, arrow.timestamp("us", tz="UTC"))
        case "float":
            return arrow.array(column.cells, arrow.float64(), from_pandas=False)
        case "int":
            return arrow.array(column.cells, arrow.int64())
        case "bool":
            return arrow.array(column.cells, arrow.bool_())
    return arrow.array(column.cells, arrow.string())
