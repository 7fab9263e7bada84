"""What runs are made of, under the names of MLflow's module."""

from runreport.data import Dataset
from runreport.tracking.entities import (
    FileInfo,
    Metric,
    Param,
    RunData,
    RunInfo,
    RunStatus,
    RunTag,
    StoredRun,
    ViewType,
)
from runreport.tracking.experiments import Experiment

Run = StoredRun

__all__ = [
    "Dataset",
    "Experiment",
    "FileInfo",
    "Metric",
    "Param",
    "Run",
    "RunData",
    "RunInfo",
    "RunStatus",
    "RunTag",
    "ViewType",
]
