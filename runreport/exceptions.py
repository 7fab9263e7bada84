"""The base class of this package's errors, under MLflow's name."""

from runreport.errors import RunReportError

MlflowException = RunReportError

__all__ = ["MlflowException"]
