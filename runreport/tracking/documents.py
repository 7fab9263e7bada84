"""Dictionaries and tables as files."""

from __future__ import annotations

from pathlib import Path

import orjson

from runreport.errors import LogError
from runreport.tracking import keep
from runreport.tracking.lines import jsonable
from runreport.tracking.naming import artifact_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runreport.tracking.run import Run

Table = dict[str, list["Any"]]


def document_text(value: object, artifact_file: str) -> str:
    """Return a value as the text of a JSON file, or of a YAML file by its suffix."""
    plain = jsonable(value)
    if Path(artifact_file).suffix.lower() in {".yaml", ".yml"}:
        try:
            import yaml
        except ImportError:
            pass
        else:
            return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n"


def keep_table(run: Run, data: Any, artifact_file: str) -> None:
    """Write a table, its rows after those of an earlier call with the same file."""
    columns = table_columns(data)
    path = run.artifacts.joinpath(*artifact_parts(artifact_file))
    if path.is_file():
        columns = _joined(stored_columns(path), columns)
    content = table_bytes(columns)
    keep.write_file(run, artifact_file, lambda draft: draft.write_bytes(content))


def table_bytes(columns: Table) -> bytes:
    """Return a table as the content of its file."""
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return orjson.dumps({"columns": list(columns), "data": rows}) + b"\n"


def table_columns(data: Any) -> Table:
    """Return a table's columns, all of the same length."""
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        data = data.to_dict(orient="list")
    if isinstance(data, (list, tuple)) and all(isinstance(row, dict) for row in data):
        names = dict.fromkeys(name for row in data for name in row)
        data = {name: [row.get(name) for row in data] for name in names}
    if not isinstance(data, dict):
        raise LogError(
            f"log_table: {type(data).__name__} is no table; "
            "give a pandas frame, a dictionary of columns, or a list of dictionaries"
        )
    columns = {str(name): _column(value) for name, value in data.items()}
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{name!r} {len(column)}" for name, column in columns.items())
        raise LogError(f"log_table: the columns differ in length ({lengths}); make them equal")
    return columns


def _column(value: Any) -> list[Any]:
    """Return one column's cells; a single value is a column of one row."""
    plain = jsonable(value)
    return plain if isinstance(plain, list) else [plain]


def stored_columns(path: Path) -> Table:
    """Return the columns of a table that was kept."""
    try:
        stored = orjson.loads(path.read_bytes())
        names, rows = stored["columns"], stored["data"]
        return {name: [row[index] for row in rows] for index, name in enumerate(names)}
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise LogError(
            f"log_table: {path.name!r} is there and no table; give another name"
        ) from error


def _joined(old: Table, new: Table) -> Table:
    """Return both tables' rows below the columns of both; what a row lacks is None."""
    height = len(next(iter(old.values()), []))
    added = len(next(iter(new.values()), []))
    return {
        name: [*old.get(name, [None] * height), *new.get(name, [None] * added)]
        for name in dict.fromkeys((*old, *new))
    }
