from __future__ import annotations

import csv
import io
import json
import math
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runreport.digest import digest
from runreport.frames import run_columns, runs_frame
from runreport.histories.columns import decode_column
from runreport.records import History, HistoryChunk, RunRecord
from runreport.rows import RunRow, make_row
from runreport.tables import newest_first
from runreport.tables.datafile import PACKED_ROWS
from runreport.tables.runcolumns import MANY_PARAMS, WIDEST_RUN, WIDEST_TEXT
from runreport.tables.table import FIRST_ROWS, LONGEST_TEXT, Cell, Column, Table, make_table
from runreport.tables.widths import text_width
from runreport.text.serialize import read_data_script

VERSIONS = [
    "1.0.0",
    "123.456.789",
    "测试",
    "0123456789abcdef0123456789abcdef01234567",
    "v2.1.0-rc.1+build.20261122.gdeadbeefdeadbeef",
    "x" * 300,
    "リリース-🚀-Ω",
]


def run(
    number: int, logged: dict[str, float] | None = None, link: str = "", **fields: Any
) -> RunRow:
    given: dict[str, Any] = {
        "run_id": f"20261122T101500-brave-otter-{number:04x}",
        "name": f"brave-otter-{number}",
        "experiment": "iris",
        "started": 1.79e9 + number,
        "ended": 1.79e9 + number + 62.5,
        "user": "kim",
        "source": {"name": "train.py"},
        "version": "1.0.0",
    }
    histories = tuple(
        History(name, np.zeros(1), np.full(1, np.nan), np.array([value]))
        for name, value in sorted((logged or {}).items())
    )
    record = RunRecord(
        folder=Path("runs"), reader="native", histories=histories, **(given | fields)
    )
    made, _ = digest(record, goals={}, status="finished", slug=f"run-{number}")
    return make_row(made)._replace(link=link)


def table(
    runs: Sequence[RunRow],
    *,
    columns: Sequence[str] = (),
    experiment: str = "iris",
) -> Table:
    colors = {each.slug: number % 12 for number, each in enumerate(runs)}
    newest = newest_first(runs)
    return make_table(
        run_columns(newest),
        newest,
        experiment=experiment,
        colors=colors,
        wanted=columns,
    )


def column(made: Table, name: str) -> Column:
    return next(each for each in made.columns if each.id == name)


def cells(made: Table, name: str) -> list[Cell]:
    place = [each.id for each in made.columns].index(name)
    return [row[place] for row in made.rows]


def data(made: Table) -> Any:
    return read_data_script(made.data.content)


def values(made: Table, name: str) -> list[Any]:
    """Decode a column of the data file as a page's script does."""
    found = next(each for each in data(made)["columns"] if each["id"] == name)
    if "values" in found:
        packed = found["values"]
        return packed if isinstance(packed, list) else decode_column(packed).tolist()
    codes = found["codes"]
    if isinstance(codes, dict):
        ((form, text),) = codes.items()
        codes = np.frombuffer(b64decode(text), f"<{form}").tolist()
    return [None if code < 0 else found["dict"][code] for code in codes]


def test_columns_are_facts_then_params_metrics_and_tags() -> None:
    made = table([run(1, {"loss": 0.5}, params={"lr": 0.1}, tags={"gpu": "a100"})])

    assert [(each.id, each.label, each.group, each.kind, each.align) for each in made.columns] == [
        ("run", "run", "", "run", "left"),
        ("status", "status", "", "status", "left"),
        ("started", "date", "", "time", "left"),
        ("duration", "duration", "", "duration", "right"),
        ("user", "user", "", "text", "left"),
        ("source", "source", "", "text", "left"),
        ("version", "version", "", "version", "left"),
        ("params.lr", "lr", "param", "number", "right"),
        ("metrics.loss", "loss", "metric", "number", "right"),
        ("tags.gpu", "gpu", "tag", "text", "left"),
    ]
    assert made.total == 1


def test_rows_are_newest_first_and_runs_without_a_start_last() -> None:
    made = table([run(1, started=None), run(2), run(4), run(3), run(5, started=None)])

    assert [cell.text for cell in cells(made, "run")] == [
        f"brave-otter-{number}" for number in (4, 3, 2, 1, 5)
    ]
    assert data(made)["run"]["slug"] == ["run-4", "run-3", "run-2", "run-1", "run-5"]
    assert cells(made, "started")[3] == Cell("")
    assert values(made, "started") == [1.79e9 + 4, 1.79e9 + 3, 1.79e9 + 2, None, None]


def test_a_run_cell_leads_to_the_run_and_wears_its_colour() -> None:
    made = table([run(1), run(2, name="")])

    assert cells(made, "run") == [
        Cell(
            "20261122T101500-brave-otter-0002",
            "../../r/run-2/index.html",
            "20261122T101500-brave-otter-0002",
            color=1,
        ),
        Cell("brave-otter-1", "../../r/run-1/index.html", run(1).run_id, color=0),
    ]
    assert data(made)["run"]["mark"] == ["", "0001"]


def test_times_durations_and_numbers_tell_the_exact_value_in_their_title() -> None:
    made = table([run(1, {"loss": 0.123456, "step_count": 7.0})])

    assert cells(made, "started") == [Cell("2026-09-21 14:13", title="2026-09-21 14:13:21")]
    assert cells(made, "duration") == [Cell("1m 03s", title="62.5 s")]
    assert cells(made, "metrics.loss") == [Cell("0.1235", title="0.123456", bar=1.0)]
    assert cells(made, "metrics.step_count") == [Cell("7")]


def test_a_param_of_numbers_is_exact_and_right_aligned() -> None:
    made = table([run(1, params={"lr": 0.00015}), run(2, params={"lr": 3}), run(3, params={})])

    found = column(made, "params.lr")
    assert (found.kind, found.align, found.decimals) == ("number", "right", None)
    assert [cell.text for cell in cells(made, "params.lr")] == ["", "3", "0.00015"]
    assert values(made, "params.lr") == [None, 3, 0.00015]


def test_a_param_of_numbers_and_words_is_text() -> None:
    made = table(
        [
            run(1, params={"depth": 3}),
            run(2, params={"depth": "all"}),
            run(3, params={"depth": [1]}),
        ]
    )

    assert (column(made, "params.depth").kind, column(made, "params.depth").align) == (
        "text",
        "left",
    )
    assert [cell.text for cell in cells(made, "params.depth")] == ["[1]", "all", "3"]


def test_logged_nan_is_shown_and_a_missing_value_is_not() -> None:
    made = table(
        [
            run(1, {"loss": math.nan}, params={"missing": math.nan}),
            run(2, {"loss": math.inf}, params={"missing": 0.5}),
            run(3),
        ]
    )

    assert [cell.text for cell in cells(made, "metrics.loss")] == ["", "Infinity", "NaN"]
    assert [cell.text for cell in cells(made, "params.missing")] == ["", "0.5", "NaN"]
    assert values(made, "metrics.loss") == [None, "Infinity", "NaN"]
    assert [cell.bar for cell in cells(made, "metrics.loss")] == [None, None, None]


def test_bars_show_the_way_to_the_goal() -> None:
    made = table([run(n, {"loss": n / 4, "accuracy": n / 4, "lr": n / 4}) for n in range(5)])

    assert [cell.bar for cell in cells(made, "metrics.loss")] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert [cell.bar for cell in cells(made, "metrics.accuracy")] == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert [cell.bar for cell in cells(made, "metrics.lr")] == [None] * 5
    assert column(made, "metrics.loss").goal == "min"
    assert column(made, "metrics.accuracy").goal == "max"
    assert column(made, "metrics.lr").goal is None


def test_bars_survive_the_largest_range() -> None:
    made = table([run(1, {"loss": 1.7e308}), run(2, {"loss": -1.7e308}), run(3, {"loss": 0.0})])

    assert [cell.bar for cell in cells(made, "metrics.loss")] == [0.5, 1.0, 0.0]


def test_a_metric_with_contradicting_goals_has_none() -> None:
    lower = run(1, {"gain": 1.0}, metrics={"gain": {"goal": "min"}})
    higher = run(2, {"gain": 1.0}, metrics={"gain": {"goal": "max"}})

    assert column(table([lower, higher]), "metrics.gain").goal is None
    assert column(table([lower]), "metrics.gain").goal == "min"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_is_whole_in_cell_data_and_twins(version: str) -> None:
    made = table([run(1, version=version), run(2)])

    assert cells(made, "version")[1].text == version
    assert values(made, "version") == ["1.0.0", version]
    assert column(made, "version").width >= text_width(version)
    assert json.loads(made.json)[1]["version"] == version
    assert version in made.csv.decode()


def test_a_version_links_to_its_commit_and_the_same_text_may_lead_elsewhere() -> None:
    first, second = "https://a.example/1", "https://b.example/1"
    made = table([run(1, link=first), run(2, link=second), run(3), run(4, version="")])

    assert [(cell.text, cell.href) for cell in cells(made, "version")] == [
        ("", ""),
        ("1.0.0", ""),
        ("1.0.0", "https://b.example/1"),
        ("1.0.0", "https://a.example/1"),
    ]
    found = next(each for each in data(made)["columns"] if each["id"] == "version")
    assert found["dict"] == ["1.0.0"] * 3
    assert found["links"] == [None, "https://b.example/1", "https://a.example/1"]
    assert found["codes"] == [-1, 0, 1, 2]
    assert column(made, "version").width == len("version")


def test_a_table_without_links_has_no_links() -> None:
    assert "links" not in next(
        each for each in data(table([run(1)]))["columns"] if each["id"] == "version"
    )


FIELD = st.text(max_size=60) | st.floats() | st.integers(-(10**9), 10**9) | st.booleans()


@given(st.lists(st.tuples(FIELD, st.floats(), st.text(max_size=80)), min_size=1, max_size=8))
@settings(deadline=None)
def test_no_cell_is_wider_than_its_column(fields: list[tuple[Any, float, str]]) -> None:
    runs = [
        run(number, {"loss": loss}, params={"p": param}, version=version)
        for number, (param, loss, version) in enumerate(fields)
    ]
    made = table(runs)

    for place, head in enumerate(made.columns):
        cap = {"text": WIDEST_TEXT, "run": WIDEST_RUN}.get(head.kind, math.inf)
        assert head.width >= min(cap, text_width(head.label))
        assert all(head.width >= min(cap, text_width(row[place].text)) for row in made.rows)


def test_a_zero_can_be_the_widest_number() -> None:
    made = table([run(1, {"x": 0.0}), run(2, {"x": 5e-7})])

    assert [cell.text for cell in cells(made, "metrics.x")] == ["5.00e-7", "0.000000"]
    assert column(made, "metrics.x").width == len("0.000000")


def test_widths_hold_for_rows_beyond_the_first() -> None:
    runs = [run(number) for number in range(FIRST_ROWS + 50)]
    runs[0] = run(0, version="v" * 90, name="n" * 90)
    made = table(runs)

    assert len(made.rows) == FIRST_ROWS
    assert (made.total, data(made)["rows"]) == (FIRST_ROWS + 50, FIRST_ROWS + 50)
    assert column(made, "version").width == 90
    assert column(made, "run").width == WIDEST_RUN


def test_a_long_text_is_cut_in_the_page_and_whole_in_the_data() -> None:
    text = "long " * 100
    made = table([run(1, params={"note": text})])

    (cell,) = cells(made, "params.note")
    assert cell.text == text[:LONGEST_TEXT] + "…"
    assert cell.title == text
    assert values(made, "params.note") == [text]


def test_columns_that_differ_are_marked() -> None:
    made = table([run(1, params={"lr": 1, "seed": 5, "x": 1}), run(2, params={"lr": 2, "seed": 5})])

    differs = {each.id: each.differs for each in made.columns}
    assert differs["params.lr"]
    assert differs["params.x"]
    assert not differs["params.seed"]
    assert not differs["user"]
    assert differs["run"]


def test_columns_that_no_run_has_are_left_out() -> None:
    made = table([run(1, params={"a": 1, "b": None})])

    assert "params.a" in [each.id for each in made.columns]
    assert "params.b" not in [each.id for each in made.columns]
    assert "params.b" not in json.loads(made.json)[0]


def test_wanted_columns_come_first_and_others_are_hidden() -> None:
    runs = [run(1, {"loss": 1.0, "acc": 0.5}, params={"lr": 1})]
    made = table(runs, columns=["loss", "params.*", "status"])

    assert [each.id for each in made.columns if not each.hidden] == [
        "run",
        "metrics.loss",
        "params.lr",
        "status",
    ]
    assert len(made.columns) == len(table(runs).columns)
    assert [each["id"] for each in data(made)["columns"] if "hidden" not in each] == [
        "run",
        "metrics.loss",
        "params.lr",
        "status",
    ]


def test_of_many_params_those_that_do_not_vary_are_shown_on_demand() -> None:
    constant = {f"p{number}": number for number in range(MANY_PARAMS)}
    runs = [
        run(1, {"loss": 1.0}, params={**constant, "lr": 0.1, "only_here": 7}),
        run(2, {"loss": 2.0}, params={**constant, "lr": 0.2}, tags={"same": "x"}),
    ]

    hidden = {each.id for each in table(runs).columns if each.hidden}

    assert hidden == {"params.only_here", *(f"params.{name}" for name in constant)}
    assert not any(each.hidden for each in table(runs[:1]).columns)
    few = [run(number, params={"a": 1, "b": number}) for number in range(3)]
    assert not any(each.hidden for each in table(few).columns)


def test_repeated_values_are_coded_once() -> None:
    runs = [run(number, params={"optimizer": "adam", "id": f"x{number}"}) for number in range(40)]
    found = {each["id"]: each for each in data(table(runs))["columns"]}

    assert found["params.optimizer"]["dict"] == ["adam"]
    assert found["params.optimizer"]["codes"] == [0] * 40
    assert "dict" not in found["params.id"]


def test_histories_name_their_files_and_metrics() -> None:
    runs = [run(1, {"loss": 1.0, "acc": 0.5}), run(2, {"loss": 2.0}), run(3)]
    found = data(table(runs))

    assert found["metrics"] == ["acc", "loss"]
    assert found["run"]["histories"] == [
        [],
        [[runs[1].chunks[0].name.removeprefix(f"h-{runs[1].slug}-"), 0]],
        [[runs[0].chunks[0].name.removeprefix(f"h-{runs[0].slug}-"), 1]],
    ]
    assert [name for files in found["run"]["histories"] for name, _ in files if "h-" in name] == []
    assert found["held"] == [[1], [0, 1]]
    assert found["run"]["id"] == [each.run_id for each in reversed(runs)]
    assert found["run"]["color"] == [2, 1, 0]
    assert found["experiment"] == "iris"


def test_the_data_file_is_named_by_experiment_and_content() -> None:
    made = table([run(1)], experiment="vision/resnet")

    assert made.data.name.startswith("t-vision-resnet-")
    assert made.data == table([run(1)], experiment="vision/resnet").data
    assert made.data.name != table([run(2)], experiment="vision/resnet").data.name


def test_a_history_file_of_another_name_is_named_whole() -> None:
    row = run(1, {"loss": 1.0})
    odd = row._replace(chunks=(HistoryChunk("h-other-0.1a2b3c4d.js", ("loss",)),))

    assert data(table([odd]))["run"]["histories"] == [[["h-other-0.1a2b3c4d.js", 0]]]


def test_columns_are_packed_where_that_is_shorter() -> None:
    many = [run(n, {"loss": n / 7}, params={"a": n % 3, "b": n / 4}) for n in range(100)]
    found = {each["id"]: each for each in data(table(many))["columns"]}

    assert list(found["metrics.loss"]["values"]) == ["f8"]
    assert list(found["params.a"]["codes"]) == ["i1"]
    assert found["params.b"]["values"][:3] == [24.75, 24.5, 24.25]
    assert values(table(many), "metrics.loss") == [n / 7 for n in reversed(range(100))]
    few = {each["id"]: each for each in data(table(many[:64]))["columns"]}
    assert isinstance(few["metrics.loss"]["values"], list)


def test_a_head_says_only_what_is_not_usual() -> None:
    made = table([run(1, {"loss": 0.5}, params={"a": "x"})])
    found = {each["id"]: each for each in data(made)["columns"]}

    assert "decimals" not in found["params.a"]
    assert found["params.a"]["group"] == "param"
    assert "group" not in found["run"]
    assert found["metrics.loss"]["decimals"] == 4


def test_large_tables_are_packed_and_say_the_same() -> None:
    count = PACKED_ROWS
    runs = [run(0, {"loss": 0.0})] * count
    columns = dict(run_columns(runs))
    numbers = np.random.default_rng(1).random(count)
    numbers[5] = np.nan
    columns["metrics.loss"] = numbers
    columns["params.optimizer"] = ["adam", "sgd"] * (count // 2)

    made = make_table(columns, runs, experiment="iris", colors={"run-0": 0})

    found = {each["id"]: each for each in data(made)["columns"]}
    assert list(found["params.optimizer"]["codes"]) == ["i1"]
    assert values(made, "params.optimizer") == ["adam", "sgd"] * (count // 2)
    # The run says that row 5 has logged a NaN, which a packed column could not tell.
    assert values(made, "metrics.loss")[5] == "NaN"
    numbers[5] = 0.5
    packed = make_table(columns, runs, experiment="iris", colors={"run-0": 0})
    assert values(packed, "metrics.loss") == numbers.tolist()
    found = {each["id"]: each for each in data(packed)["columns"]}
    assert list(found["metrics.loss"]["values"]) == ["f8"]


def test_the_csv_reads_back_with_every_value() -> None:
    runs = [
        run(1, {"loss": 0.1 + 0.2}, params={"a": 'say "hi", now', "b": "x\ny"}, tags={"t": " x"}),
        run(2, {"loss": math.nan}, started=None, ended=None),
    ]
    text = table(runs).csv.decode()

    assert text.endswith("\r\n")
    first, second = csv.DictReader(io.StringIO(text, newline=""))
    assert first["run_id"] == runs[0].run_id
    assert first["metrics.loss"] == "0.30000000000000004"
    assert (first["params.a"], first["params.b"], first["tags.t"]) == (
        'say "hi", now',
        "x\ny",
        " x",
    )
    assert first["started"] == "2026-09-21T14:13:21.000000Z"
    assert (second["metrics.loss"], second["params.a"], second["started"]) == ("NaN", "", "")
    assert list(first)[:9] == [
        "run_id",
        "name",
        "experiment",
        "status",
        "started",
        "ended",
        "user",
        "source",
        "version",
    ]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-1+1", "'-1+1"),
        ("\tx", "'\tx"),
        ("-x", "'-x"),
        ("-0.10", "-0.10"),
        ("+1e-5x", "'+1e-5x"),
        ("-.5", "-.5"),
        ("a=b", "a=b"),
    ],
)
def test_no_csv_cell_is_a_formula(text: str, cell: str) -> None:
    made = table([run(1, params={"p": text}, tags={text: "x"})])

    header, row = made.csv.decode().splitlines()[:2]
    assert row.endswith(f",{cell},x")
    assert f"tags.{text}".replace('"', '""') in header


def test_infinite_and_negative_numbers_stay_numbers_in_csv() -> None:
    made = table([run(1, {"a": -math.inf, "b": -0.5})])

    assert made.csv.decode().splitlines()[1].endswith(",-Infinity,-0.5")


def test_the_json_has_the_values_of_the_frame() -> None:
    runs = [
        run(1, {"loss": 0.5}, params={"n": 3, "deep": True, "f": 2.0, "m%": "a\u2028</b>"}),
        run(2, {"loss": math.nan}, params={"n": 4, "deep": "no", "f": math.nan}, started=None),
    ]
    first, second = json.loads(table(runs).json)

    assert list(first) == [str(name) for name in runs_frame(runs).columns]
    assert first["params.n"] == 3
    assert first["params.deep"] is True
    assert first["params.m%"] == "a\u2028</b>"
    assert first["started"] == "2026-09-21T14:13:21.000000Z"
    assert second["params.deep"] == "no"
    assert (second["metrics.loss"], second["params.f"]) == ("NaN", "NaN")
    assert (second["started"], second["params.m%"]) == (None, None)


def test_hostile_text_is_whole_and_harmless() -> None:
    text = '</script><img src=x onerror=alert(1)>\u2028"\ud800\0'
    made = table([run(1, params={text: text}, name=text, version=text)], experiment=text)

    assert b"<" not in made.data.content
    assert values(made, "version") == [text.replace("\ud800", "\ufffd")]
    assert json.loads(made.json)[0]["version"] == text.replace("\ud800", "\ufffd")
    made.csv.decode()


def test_an_empty_experiment_has_a_table_without_rows() -> None:
    made = table([])

    assert (made.rows, made.total, made.json) == ((), 0, b"[]\n")
    assert made.csv.decode().splitlines()[0].startswith("run_id,name")
    assert data(made)["rows"] == 0


def test_columns_of_other_runs_are_refused() -> None:
    runs = [run(1), run(2)]

    with pytest.raises(ValueError, match="not the same runs in the same order"):
        make_table(run_columns(runs[::-1]), runs, experiment="iris", colors={})


def test_the_same_runs_give_the_same_bytes() -> None:
    runs = [run(number, {"loss": number / 7}, params={"a": number}) for number in range(30)]

    assert table(runs) == table([run(n, {"loss": n / 7}, params={"a": n}) for n in range(30)])
