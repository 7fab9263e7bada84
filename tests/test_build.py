"""A site is built from run folders: the same bytes from the same runs, whatever they hold."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from runreport.build import build
from runreport.built import Built
from runreport.cli import main
from runreport.config import load_config
from runreport.site.manifest import read_manifest

NOW = 1_763_806_500.0
TOKEN = "ghp" + "_" + "a1B2" * 9


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make_run(path: str, points: int = 3, lines: str | None = None, **record: Any) -> Path:
    folder = Path(path)
    folder.mkdir(parents=True)
    first: dict[str, Any] = {"format": "runreport/1", "run_id": folder.name, "name": folder.name}
    first |= {"status": "finished", "started": NOW, "ended": NOW + 9, "user": "kim"} | record
    (folder / "run.jsonl").write_text(json.dumps(first) + "\n", encoding="utf-8")
    if lines is None:
        rows = (
            {"step": step, "time": NOW + step, "loss": 1 / (step + 1)} for step in range(points)
        )
        lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    (folder / "metrics.jsonl").write_text(lines, encoding="utf-8")
    return folder


def make_tree() -> None:
    """Two experiments with params, tags, notes, artifacts of every kind, and a run that failed."""
    for number, rate in enumerate((0.1, 0.01, 0.001)):
        folder = make_run(f"runs/iris/otter-{number}", 20, params={"lr": rate}, tags={"a": "b"})
        (folder / "README.md").write_text("# Notes\n\nsee [table](artifacts/x.csv)\n")
        (folder / "artifacts").mkdir()
        (folder / "artifacts" / "x.csv").write_text("a,b\n1,2\n")
        (folder / "artifacts" / "x.html").write_text("<script>1</script>")
        (folder / "artifacts" / "x.svg").write_text("<svg/>")
        (folder / "artifacts" / "m.pkl").write_bytes(b"\x80\x04\x95")
        figure = {"data": [{"type": "bar", "y": [number]}], "layout": {}}
        (folder / "artifacts" / "x.plotly.json").write_text(json.dumps(figure))
    Path("runs/iris/README.md").write_text("# Iris\n\nThree rates.\n")
    make_run("runs/deep/er/lone", 2, started=NOW - 100, version="测试", status="failed")
    make_run("runs/deep/er/odd", lines='{"loss": NaN}\n{"loss": "Infinity"}\nnonsense\n{"lo')
    Path("pages").mkdir()
    Path("pages/01-start.md").write_text("# Start\n\n[next](02-more.md)\n")
    Path("pages/02-more.md").write_text("# More\n")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["build", *arguments])


def built(**settings: Any) -> Built:
    return build(load_config(None, settings), now=NOW, version="1.0")


def snapshot(folder: str | Path = "site") -> dict[str, bytes]:
    root = Path(folder)
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def modes(folder: str) -> dict[str, int]:
    root = Path(folder)
    return {path.relative_to(root).as_posix(): path.stat().st_mode for path in root.rglob("*")}


class TestSite:
    def test_site_has_what_the_manifest_lists(self) -> None:
        make_tree()
        result = built(pages="pages")

        site = snapshot()
        listed = read_manifest(Path("site"))
        assert listed is not None
        assert site.keys() == listed.keys() | {"runreport-site.json"}
        assert {"index.html", "log.html", "e/iris/index.html", "pages/start.html"} <= site.keys()
        assert {"data/iris.csv", "data/all-runs.csv", "data/all-runs.json"} <= site.keys()
        assert ".nojekyll" in site
        assert (result.runs, result.failed) == (5, 0)
        assert result.index == Path("site/index.html").resolve()

    def test_every_local_link_leads_to_a_file(self) -> None:
        make_tree()
        built(pages="pages")

        site = snapshot()
        for path, content in site.items():
            if not path.endswith(".html"):
                continue
            source = re.sub(r' srcdoc="[^"]*"', "", content.decode())
            for link in re.findall(r'(?:href|src|data-src)="([^"#]+)', source):
                if not re.match(r"https?:|mailto:|data:", link):
                    target = os.path.normpath(Path(path).parent / link)
                    assert target in site, (path, link)

    def test_page_artifact_is_only_in_its_sandbox(self) -> None:
        make_tree()
        built()

        site = snapshot()
        assert not any(
            b"<script>1</script>" in content for path, content in site.items() if ".txt" not in path
        )
        (viewer,) = {
            content for path, content in site.items() if re.match("r/otter-0.*/x-html", path)
        }
        assert b'<iframe sandbox="allow-scripts"' in viewer
        assert b"&lt;script&gt;1&lt;/script&gt;" in viewer

    def test_twins_hold_all_runs(self) -> None:
        make_tree()
        built()

        rows = list(csv.DictReader(Path("site/data/all-runs.csv").read_text().splitlines()))
        assert [row["run_id"] for row in rows] == ["odd", "lone", "otter-0", "otter-1", "otter-2"]
        assert rows[2]["params.lr"] == "0.1"
        assert len(json.loads(Path("site/data/iris.json").read_bytes())) == 3

    def test_experiment_may_be_named_like_any_file(self) -> None:
        for name in ("runs", "all-runs", "index", "log", "con", "测试", "a b"):
            make_run(f"runs/{name}/x")
        make_run("runs/y")

        assert built().runs == 8

    def test_equal_figures_of_two_runs_are_stored_once(self) -> None:
        for name in ("a", "b"):
            (make_run(f"runs/iris/{name}") / "artifacts").mkdir()
            Path(f"runs/iris/{name}/artifacts/x.json").write_text('{"data":[],"layout":{}}')

        built()

        assert len([path for path in snapshot() if path.startswith("data/p-")]) == 1

    def test_notes_lead_to_artifacts(self) -> None:
        make_tree()
        built()

        (page,) = [text for path, text in snapshot().items() if re.match("r/otter-0.*/index", path)]
        assert re.search(rb'<a href="\.\./\.\./a/[0-9a-f]{16}/x\.csv"[^>]*>table</a>', page)

    def test_pictures_beside_pages_are_shown(self) -> None:
        make_run("runs/iris/a")
        Path("pages/img").mkdir(parents=True)
        Path("pages/img/x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 16)
        Path("pages/img/y.svg").write_text("<svg/>")
        Path("pages/start.md").write_text("# S\n\n![x](img/x.png) ![y](img/y.svg)\n")

        built(pages="pages")

        page = Path("site/pages/start.html").read_text()
        assert re.search(r'<img alt="x" src="\.\./a/[0-9a-f]{16}/x\.png">', page)
        assert '<img alt="y" src="data:image/svg+xml;base64,PHN2Zy8+">' in page

    def test_two_pages_of_one_name_are_told(self) -> None:
        make_run("runs/iris/a")
        Path("pages").mkdir()
        Path("pages/01-x.md").write_text("# 1")
        Path("pages/02-x.md").write_text("# 2")

        assert run("--pages", "pages").output.splitlines()[-1] == (
            "Error: pages/02-x.md: another page has the same name; rename one of them"
        )
        assert not Path("site").exists()

    def test_theme_stands_in_for_templates_and_styles(self) -> None:
        make_run("runs/iris/a")
        Path("theme/static").mkdir(parents=True)
        Path("theme/static/custom.css").write_text("body { color: red }")
        Path("theme/page.html.jinja2").write_text("")

        built(theme="theme")

        assert any(path.startswith("assets/custom.") for path in snapshot())

    def test_another_build_of_the_process_sees_what_changed_in_a_theme(self) -> None:
        make_run("runs/iris/a")
        Path("theme/static").mkdir(parents=True)
        for text in ("first", "second", "first"):
            Path("theme/static/custom.css").write_text(f"/* {text} */")
            Path("theme/run.html.jinja2").write_text(text)
            Path("theme/index.html.jinja2").write_text(text)

            built(theme="theme")

            site = snapshot()
            assert site["index.html"] == text.encode()
            assert [v for k, v in site.items() if k.startswith("r/")] == [text.encode()]
            assert any(text.encode() in v for k, v in site.items() if k.startswith("assets/custom"))

    def test_broken_template_of_a_theme_is_told(self) -> None:
        make_run("runs/iris/a")
        Path("theme").mkdir()
        Path("theme/index.html.jinja2").write_text("{{ nothing.at_all }}")

        result = run("--theme", "theme")

        assert result.exit_code == 1
        assert result.output.splitlines()[-1].startswith("Error: theme/index.html.jinja2:1: ")
        assert not Path("site").exists()


class TestSameBytes:
    def test_second_build_touches_nothing(self) -> None:
        make_tree()
        built(pages="pages")
        before = {path: path.stat().st_mtime_ns for path in Path("site").rglob("*")}

        again = built(pages="pages")

        assert (again.written.changed, again.written.removed) == (0, 0)
        assert {path: path.stat().st_mtime_ns for path in Path("site").rglob("*")} == before

    def test_changed_run_rewrites_its_own_page_alone_among_runs(self) -> None:
        make_tree()
        built()
        before = snapshot()
        with Path("runs/iris/otter-0/metrics.jsonl").open("a") as file:
            file.write('{"step": 20, "loss": 0.001}\n')

        built()

        after = snapshot()
        changed = {path for path in before.keys() & after.keys() if before[path] != after[path]}
        assert {path for path in changed if path.startswith("r/")} == {
            next(path for path in before if re.match("r/otter-0-[0-9a-f]{8}/index.html", path))
        }

    def test_removed_run_is_gone(self) -> None:
        make_tree()
        built()
        shutil.rmtree("runs/iris/otter-1")

        built()

        assert not any("otter-1" in path for path in snapshot())

    def test_several_processes_write_the_same(self) -> None:
        make_tree()
        built(output="one", jobs=1)
        built(output="two", jobs=2)

        assert snapshot("one") == snapshot("two")

    def test_full_build_equals_the_one_over_an_old_site(self) -> None:
        make_tree()
        built()
        make_run("runs/iris/new")
        built()
        built(output="fresh")

        assert snapshot() == snapshot("fresh")

    @pytest.mark.parametrize(
        ("environment", "jobs"),
        [
            ({"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"}, 1),
            ({"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C.UTF-8"}, 1),
            ({"PYTHONHASHSEED": "3", "TZ": "UTC", "LC_ALL": "POSIX", "PYTHONUTF8": "0"}, 3),
        ],
        ids=["first", "second", "third"],
    )
    def test_surroundings_do_not_matter(
        self, tmp_path: Path, environment: dict[str, str], jobs: int
    ) -> None:
        make_tree()
        code = (
            "import os, sys; from pathlib import Path; os.umask(0o077)\n"
            "from runreport.build import build; from runreport.config import load_config\n"
            "runs, pages, site = map(Path, sys.argv[1:])\n"
            "settings = {'sources': [runs], 'pages': pages, 'output': site}\n"
            f"settings['jobs'] = {jobs}\n"
            f"build(load_config(None, settings), now={NOW}, version='1.0')\n"
        )
        # The same runs elsewhere, made in the opposite order.
        other = tmp_path / "other" / "place"
        for path in sorted(Path("runs").rglob("*"), reverse=True):
            target = other / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file():
                shutil.copyfile(path, target)
        built(pages="pages")

        arguments = [other / "runs", tmp_path / "pages", tmp_path / "elsewhere"]
        subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            check=True,
            cwd="/",
            env=os.environ | environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )

        assert snapshot("elsewhere") == snapshot()
        assert modes("elsewhere") == modes("site")
        assert not any(os.fsencode(tmp_path) in content for content in snapshot().values())


class TestTwins:
    def test_run_that_is_there_twice_is_shown_once_and_told(self) -> None:
        make_run("runs/iris/a")
        shutil.copytree("runs/iris/a", "runs/iris/b")

        result = built()

        assert result.runs == 1
        (finding,) = result.findings
        assert (finding.place, finding.level) == ("iris/b", "warning")
        assert finding.message == (
            "has the experiment and the run_id 'a' of iris/a, and is left out; "
            "remove one of them, or give it another run_id"
        )

    def test_runs_of_one_name_have_folders_of_their_own(self) -> None:
        for number in range(5):
            make_run(f"runs/iris/{number}", name="same")

        built()

        assert len([path for path in snapshot() if re.match("r/same-.{8}/index", path)]) == 5

    def test_runs_whose_short_hashes_are_equal_are_both_shown(self) -> None:
        seen: dict[str, str] = {}
        for number in range(10**6):
            short = hashlib.sha256(f"iris\0{number}".encode()).hexdigest()[:8]
            other = seen.setdefault(short, str(number))
            if other != str(number):
                break
        make_run(f"runs/iris/{other}", name="same")
        make_run(f"runs/iris/{number}", name="same")

        result = built()

        assert (result.runs, result.findings) == (2, ())
        folders = sorted(path for path in snapshot() if path.startswith("r/"))
        assert [len(path) for path in folders] == [
            len(f"r/same-{'x' * n}/index.html") for n in (8, 16)
        ]


class TestBadInput:
    @pytest.fixture(autouse=True)
    def _quiet(self) -> None:
        make_run("runs/iris/good")

    def error(self, *arguments: str) -> str:
        result = run("-q", *arguments)
        assert result.exit_code == 1
        assert not Path("site/index.html").exists()
        return result.output

    def test_source_that_does_not_exist(self) -> None:
        assert self.error("none") == (
            "Error: 'none': no such folder; give the folder that your runs were written to\n"
        )

    def test_empty_source(self) -> None:
        Path("empty").mkdir()

        assert self.error("empty") == (
            "Error: 'empty': no run folders in it; a run folder holds run.jsonl or metrics.jsonl\n"
        )

    def test_output_folder_that_is_not_ours(self) -> None:
        Path("site").mkdir()
        Path("site/thesis.tex").write_text("precious")

        assert self.error() == (
            "Error: site: is not empty and no site of runreport "
            "(it has no valid runreport-site.json); "
            "empty it, or choose another folder with -o\n"
        )
        assert snapshot() == {"thesis.tex": b"precious"}

    def test_output_folder_that_is_a_source(self) -> None:
        assert self.error("-o", "runs/site") == (
            "Error: runs/site: lies in runs, which the build reads; choose another folder with -o\n"
        )

    def test_unknown_key_in_the_config(self) -> None:
        Path("runreport.toml").write_text('titel = "x"\n')

        assert self.error().startswith(
            "Error: runreport.toml: unknown key 'titel'; choose from title, "
        )

    def test_unknown_option_is_wrong_usage(self) -> None:
        assert run("--none").exit_code == 2

    def test_patterns_that_leave_no_run(self) -> None:
        assert "1 runs found, and none is left by" in self.error("--include", "none/*")

    def test_run_without_a_good_line_becomes_a_card(self) -> None:
        folder = Path("runs/iris/broken")
        folder.mkdir()
        (folder / "run.jsonl").write_text("nonsense\n")

        result = run("-q")

        assert result.exit_code == 0
        assert "iris/broken" in result.output
        assert "broken" in Path("site/index.html").read_text()

    @pytest.mark.parametrize(
        ("lines", "place", "words"),
        [
            ('{"loss":1}\n{"lo', "", ""),
            ('{"loss":1}\nnonsense\n{"loss":2}\n', "metrics.jsonl:2", "JSON"),
            ('{"loss":1}\n{"loss":"high"}\n', "metrics.jsonl:2", "loss"),
        ],
        ids=["torn last line", "bad line", "bad value"],
    )
    def test_bad_line_loses_no_good_one(self, lines: str, place: str, words: str) -> None:
        make_run("runs/iris/odd", lines=lines)

        result = built()

        assert (result.runs, result.failed) == (2, 0)
        places = [each.place for each in result.findings if each.level != "note"]
        assert places == ([f"iris/odd/{place}"] if place else [])
        assert all(words in each.message for each in result.findings)
        rows = json.loads(Path("site/data/iris.json").read_bytes())
        assert all(row["metrics.loss"] is not None for row in rows)

    def test_strict_lists_the_findings_and_ends_with_one_after_the_site_is_written(self) -> None:
        make_run("runs/iris/odd", lines='{"loss":1}\nnonsense\n{"loss":2}\n')

        result = run("--strict")

        assert result.exit_code == 1
        assert "iris/odd/metrics.jsonl:2: warning: " in result.stderr
        assert Path("site/index.html").exists()

    def test_strict_without_a_finding_ends_well(self) -> None:
        assert run("--strict").exit_code == 0


class TestWords:
    def test_last_line_says_what_was_done(self) -> None:
        make_run("runs/iris/a")

        first = run().stdout.splitlines()[-1]
        again = run().stdout.splitlines()[-1]

        address = Path("site/index.html").resolve().as_uri()
        assert re.fullmatch(
            rf"{address}  1 run read, 0 cached, 0 failed; "
            r"4 pages written, 0 unchanged; .* MB; 0 findings",
            first,
        )
        assert "0 runs read, 1 cached, 0 failed; 0 pages written, 4 unchanged" in again

    def test_quiet_says_nothing(self) -> None:
        make_run("runs/iris/a")

        assert run("-q").output == ""

    def test_flags_win_over_the_config(self) -> None:
        make_run("runs/iris/a")
        make_run("runs/iris/b")
        Path("runreport.toml").write_text('title = "A"\noutput = "a"\nexclude = ["*/a"]\n')

        assert run("--title", "B & C", "-o", "b").exit_code == 0
        assert "B &amp; C" in Path("b/index.html").read_text()
        assert next(path for path in snapshot("b") if path.startswith("r/")).startswith("r/b-")


class TestSecrets:
    def test_nothing_secret_is_anywhere_in_the_site(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CI_DEPLOY_PASSWORD", "staple-correct-battery")
        folder = make_run(
            "runs/iris/a",
            params={"api_key": "abcdefg-1", "url": "https://kim:hunter-2@host/x"},
            tags={"token": TOKEN, "x": "staple-correct-battery"},
            command=f"train.py --password hunter-2 --hub {TOKEN}",
            host="node-17-secret",
            git={"remote": "https://kim:hunter-2@host/x.git", "commit": "a" * 40},
            extra={"env": {"A_SECRET": "hunter-2"}},
        )
        (folder / "README.md").write_text(f"use {TOKEN}")
        (folder / "console.log").write_text(f"login {TOKEN} /home/kim/x\n")
        (folder / "artifacts").mkdir()
        (folder / "artifacts" / f"{TOKEN}.txt").write_text(f"TOKEN={TOKEN}\n")
        (folder / "artifacts" / "x.json").write_text(
            json.dumps({"data": [{"name": TOKEN}], "layout": {}})
        )
        Path("runs/iris/README.md").write_text(f"# {TOKEN}")

        assert run("-q").exit_code == 0

        everything = b"".join(snapshot().values()) + "".join(snapshot()).encode()
        for secret in (TOKEN, "abcdefg-1", "hunter-2", "staple-correct", "node-17", "/home/kim"):
            assert secret.encode() not in everything, secret
        assert TOKEN.lower().encode() not in everything


class TestInterruption:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
    def test_stopped_build_leaves_the_old_site_and_nothing_beside(
        self, number: signal.Signals
    ) -> None:
        for each in range(40):
            make_run(f"runs/iris/{each:03}", 5)
        built()
        before = snapshot()
        Path("runs/iris/000/README.md").write_text("changed")

        process = subprocess.Popen(
            [sys.executable, "-m", "runreport", "build", "--jobs", "2"],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stderr is not None
        # The first line comes with the first tenth of the runs: half-way in.
        line = process.stderr.readline()
        process.send_signal(number)
        process.communicate(timeout=300)

        assert line.startswith("reading runs ")
        assert process.returncode != 0
        assert snapshot() == before
        assert sorted(path.name for path in Path().iterdir()) == [
            ".runreport-cache",
            "runs",
            "site",
        ]
