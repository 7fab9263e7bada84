"""Keep files, texts, dictionaries and a table, and read them back."""

import io
import json
from pathlib import Path

import mlflow
import pandas as pd

mlflow.set_experiment("files")
Path("plan.md").write_text("# Plan\n")
Path("data").mkdir()
Path("data/train.csv").write_text("a,b\n1,2\n")
Path("data/deep").mkdir()
Path("data/deep/test.csv").write_text("a,b\n3,4\n")
with mlflow.start_run() as run:
    mlflow.log_artifact("plan.md")
    mlflow.log_artifact("plan.md", artifact_path="docs")
    mlflow.log_artifacts("data", artifact_path="inputs")
    mlflow.log_text("some words", "notes/words.txt")
    mlflow.log_dict({"depth": 3, "names": ["a", "b"]}, "settings.json")
    mlflow.log_dict({"depth": 3}, "settings.yaml")
    mlflow.log_stream(io.BytesIO(b"raw"), "raw.bin")
    mlflow.log_table({"input": ["x", "y"], "score": [1, 2]}, artifact_file="table.json")
    mlflow.log_table(pd.DataFrame({"input": ["z"], "score": [3]}), artifact_file="table.json")
    place = Path(mlflow.get_artifact_uri().removeprefix("file://"))
    print(mlflow.get_artifact_uri("plan.md").endswith("/artifacts/plan.md"))

skipped = {"code"}
files = [path for path in place.rglob("*") if path.is_file()]
names = sorted(path.relative_to(place).as_posix() for path in files)
print([name for name in names if name.partition("/")[0] not in skipped])
print((place / "notes/words.txt").read_text(), (place / "raw.bin").read_bytes())
print(json.loads((place / "settings.json").read_text()))
print((place / "settings.yaml").read_text())
print(json.loads((place / "table.json").read_text()))
table = mlflow.load_table("table.json", extra_columns=["run_id"])
print(table[["input", "score"]].to_dict("list"), set(table["run_id"]) == {run.info.run_id})
