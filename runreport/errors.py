"""The errors a user can cause; everything else that is raised is a bug.

    RunReportError
    ├── ConfigError     a setting, flag or source that makes no sense
    ├── ReadError       a run folder that no reader can read
    ├── LogError        a wrong call of the logging API, or a write under ``strict=True``
    ├── OutputError     an output folder that must not, or cannot, be written
    ├── TemplateError   a template of the user's theme that does not render
    └── WorkerError     a process or a cluster that a build wanted to work, and that does not

A message is one sentence, lower case, without a full stop: "where: what is wrong; what to do".
"""

from __future__ import annotations


class RunReportError(Exception):
    """Base of all errors that runreport raises for a user's mistake."""


class ConfigError(RunReportError):
    """A setting, a flag or a source that makes no sense."""


class ReadError(RunReportError):
    """A run folder that cannot be read as what it claims to be."""


class LogError(RunReportError, ValueError):
    """A wrong call of the logging API, or, under ``strict=True``, a write that failed."""


class OutputError(RunReportError):
    """An output folder that must not be written, or a write to it that failed."""


class TemplateError(RunReportError):
    """A template of the user's theme that does not render."""


class WorkerError(RunReportError):
    """A process or a cluster that does not do the work it was given."""
