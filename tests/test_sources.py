"""Finding runs below several sources."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from runreport.errors import ConfigError
from runreport.reading.sources import RunFolder, experiment_notes, find_runs, read
from runreport.reading.walk import find_run_folders
from runreport.records import Finding


def make_run(folder: Path, text: str = '{"name":"x"}\n') -> Path:
    folder.mkdir(parents=True)
    (folder / "run.jsonl").write_text(text)
    return folder


def labels(*roots: Path, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[str]:
    return [run.label for run in find_runs(roots, include=include, exclude=exclude)[0]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "runs"
    for name in ("iris/b", "iris/a", "digits/small/a", "top"):
        make_run(root / name)
    return root


class TestFinding:
    def test_runs_are_sorted_by_label(self, root: Path) -> None:
        assert labels(root) == ["digits/small/a", "iris/a", "iris/b", "runs/top"]

    def test_a_run_knows_reader_folder_and_root(self, root: Path) -> None:
        found, findings = find_runs([root])

        assert found[1] == RunFolder("native", str(root / "iris" / "a"), root, "iris/a")
        assert findings == []

    def test_metrics_or_a_further_segment_make_a_run(self, root: Path) -> None:
        for name in ("metrics.jsonl", "metrics.20261123T080000Z-00c0ffee.jsonl"):
            (root / "bare" / name.replace(".", "-")).mkdir(parents=True)
            (root / "bare" / name.replace(".", "-") / name).touch()

        assert len(labels(root)) == 6

    def test_a_folder_named_like_a_file_of_a_run_makes_no_run(self, root: Path) -> None:
        (root / "odd" / "run.jsonl").mkdir(parents=True)

        assert len(labels(root)) == 4

    def test_other_folders_are_no_runs(self, root: Path) -> None:
        (root / "notes").mkdir()
        (root / "notes" / "system.jsonl").touch()
        (root / "notes" / "run.jsonl.bak").touch()

        assert len(labels(root)) == 4

    def test_artifacts_of_a_run_are_not_searched(self, root: Path) -> None:
        make_run(root / "iris" / "a" / "artifacts" / "copy")
        make_run(root / "iris" / "artifacts" / "experiment named so")

        assert labels(root)[2:4] == ["iris/artifacts/experiment named so", "iris/b"]

    def test_runs_inside_runs_are_found(self, root: Path) -> None:
        make_run(root / "iris" / "a" / "children" / "one")

        assert labels(root)[1:3] == ["iris/a", "iris/a/children/one"]

    def test_hidden_folders_and_sites_are_left_out(self, root: Path) -> None:
        make_run(root / ".trash" / "a")
        make_run(root / "site" / "a" / "0123")
        (root / "site" / "runreport-site.json").touch()

        assert len(labels(root)) == 4

    def test_links_to_folders_are_named_and_not_followed(self, root: Path) -> None:
        (root / "iris" / "latest").symlink_to("a")
        (root / "iris" / "loop").symlink_to("..")
        (root / "iris" / "dangling").symlink_to("nowhere")

        found, findings = find_runs([root])

        assert len(found) == 4
        text = "a link to a folder is not followed; give its target as a source"
        assert findings == [
            Finding("note", "iris/latest", text),
            Finding("note", "iris/loop", text),
        ]

    def test_a_folder_that_cannot_be_listed_is_named(self, root: Path) -> None:
        (root / "zoo").mkdir()
        walk = find_run_folders(root)
        assert next(walk) == root / "digits" / "small" / "a"
        (root / "zoo").rmdir()

        assert list(walk)[-1] == Finding(
            "warning",
            "zoo",
            "cannot be listed: No such file or directory; give it read permission or exclude it",
        )

    def test_deep_folders_do_not_exhaust_the_stack(self, tmp_path: Path) -> None:
        make_run(tmp_path / "runs" / "/".join(["d"] * 600))

        assert len(labels(tmp_path / "runs")) == 1


class TestSources:
    def test_several_roots_are_read_together(self, root: Path, tmp_path: Path) -> None:
        make_run(tmp_path / "more" / "iris" / "c")

        assert labels(root, tmp_path / "more")[1:4] == ["iris/a", "iris/b", "iris/c"]

    def test_a_folder_reached_twice_counts_once(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(root)

        assert labels(root, root / "iris", root / "iris" / "a", tmp_path / "link") == labels(root)

    def test_a_run_folder_can_be_a_source(self, root: Path) -> None:
        found, _ = find_runs([root / "iris" / "a"])

        assert found == [RunFolder("native", str(root / "iris" / "a"), root / "iris", "iris/a")]
        assert read(found[0]).experiment == "iris"

    def test_a_run_folder_given_by_a_link_is_read(self, root: Path) -> None:
        (root / "latest").symlink_to("iris/a")

        (found,) = find_runs([root / "latest"])[0]

        assert (found.folder, found.label) == (root / "iris" / "a", "iris/a")
        assert read(found).findings == ()

    def test_the_working_folder_can_be_a_source(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(root)

        assert labels(Path()) == labels(root)
        assert labels(Path("iris/../top")) == ["runs/top"]

    def test_a_root_given_by_a_link_keeps_its_name(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "mine").symlink_to(root)

        assert labels(tmp_path / "mine")[-1] == "mine/top"

    def test_a_missing_source_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            find_runs([tmp_path / "nope"])

        assert str(caught.value) == (
            f"'{tmp_path}/nope': no such folder; give the folder that your runs were written to"
        )

    def test_a_file_is_no_source(self, root: Path) -> None:
        with pytest.raises(ConfigError, match=r"run.jsonl': not a folder; give the folder that it"):
            find_runs([root / "iris" / "a" / "run.jsonl"])

    def test_an_empty_source_is_an_error(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()

        with pytest.raises(ConfigError) as caught:
            find_runs([root, tmp_path / "empty"])

        assert str(caught.value) == (
            f"'{tmp_path}/empty': no run folders in it; "
            "a run folder holds run.jsonl or metrics.jsonl"
        )


class TestPatterns:
    @pytest.mark.parametrize(
        ("include", "exclude", "expected"),
        [
            (["iris/*"], [], ["iris/a", "iris/b"]),
            (["*/a"], [], ["digits/small/a", "iris/a"]),
            (["iris/a", "runs/*"], [], ["iris/a", "runs/top"]),
            ([], ["iris/*"], ["digits/small/a", "runs/top"]),
            (["iris/*"], ["*/b"], ["iris/a"]),
            (["Iris/*", "top", "*/top"], [], ["runs/top"]),
        ],
    )
    def test_patterns_match_experiment_and_folder(
        self, root: Path, include: list[str], exclude: list[str], expected: list[str]
    ) -> None:
        assert labels(root, include=include, exclude=exclude) == expected

    def test_patterns_that_leave_nothing_are_an_error(self, root: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            find_runs([root], include=["nope/*"])

        assert str(caught.value) == (
            "4 runs found, and none is left by --include ['nope/*'] --exclude []; "
            "patterns match '<experiment>/<run>', as 'iris/*'"
        )

    def test_an_unknown_reader_is_an_error(self, root: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            find_runs([root], reader="nope")

        assert str(caught.value) == "--reader: no reader named 'nope'; choose from native"

    def test_a_reader_can_be_chosen(self, root: Path) -> None:
        assert len(find_runs([root], reader="native")[0]) == 4


class TestReading:
    def test_a_run_that_vanished_becomes_an_error_record(self, root: Path) -> None:
        found = find_runs([root])[0][1]
        (found.folder / "run.jsonl").unlink()
        found.folder.rmdir()

        record = read(found)

        assert (record.run_id, record.experiment, record.reader) == ("a", "iris", "native")
        assert record.findings == (
            Finding("error", "iris/a", "cannot be read: No such file or directory"),
        )

    def test_a_run_that_became_a_link_becomes_an_error_record(self, root: Path) -> None:
        found = find_runs([root])[0][1]
        found.folder.rename(root / "moved")
        found.folder.symlink_to(root / "moved")

        (finding,) = read(found).findings

        assert finding.level == "error"
        assert finding.message.startswith("cannot be read: is a link, which is never opened")


class TestExperimentNotes:
    def test_each_experiment_has_its_folders_text(self, root: Path) -> None:
        (root / "iris" / "README.md").write_text("# Iris")
        (root / "README.md").write_text("all")
        (root / "digits" / "README.md").write_text("no run lies directly in here")

        assert experiment_notes(find_runs([root])[0]) == ({"iris": "# Iris", "runs": "all"}, [])

    def test_a_run_folders_own_notes_are_not_the_experiments(self, root: Path) -> None:
        (root / "iris" / "a" / "README.md").write_text("of the run")

        assert experiment_notes(find_runs([root / "iris" / "a"])[0]) == ({}, [])

    def test_notes_that_are_a_link_are_not_read(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("secret")
        (root / "iris" / "README.md").symlink_to(tmp_path / "secret")
        notes, (finding,) = experiment_notes(find_runs([root])[0])

        assert notes == {}
        assert (finding.level, finding.place) == ("warning", "iris/README.md")
        assert finding.message.startswith("cannot be read: is a link, which is never opened")

    def test_notes_that_are_too_long_are_cut_and_say_so(self, root: Path) -> None:
        (root / "iris" / "README.md").write_text("x" * 1_000_001)
        notes, (finding,) = experiment_notes(find_runs([root])[0])

        assert notes == {"iris": "x" * 1_000_000}
        assert finding.message.startswith("1,000,000 of 1,000,001 bytes are read")
