"""The libraries that a saved model needs, in the versions in use, as MLflow's files name them."""

from __future__ import annotations

import functools
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata

from runreport.sklearn.yaml import yaml_text

CONDA_ENV = "conda.yaml"
PYTHON_ENV = "python_env.yaml"
REQUIREMENTS = "requirements.txt"

SERVER = "mlflow>=2.9"
"""What answers for the model where MLflow is not installed here: any release that knows it."""


def model_requirements(modules: Iterable[str]) -> list[str]:
    """Return pinned requirements for the packages of ``modules``, sorted; MLflow's comes first.

    scikit-learn and what it depends on are always among them.
    """
    by_module = _distributions()
    names = {by_module[module] for module in modules if module in by_module}
    names |= {"scikit-learn", *_dependencies("scikit-learn")}
    pinned = {_pinned(name) for name in names}
    return [_pinned("mlflow") or SERVER, *sorted(pinned - {""})]


def environment_files(requirements: Sequence[str]) -> Mapping[str, str]:
    """Return the texts of requirements.txt, python_env.yaml and conda.yaml."""
    python = platform.python_version()
    built_with = [_pinned(name) or name for name in ("pip", "setuptools", "wheel")]
    python_env = {
        "python": python,
        "build_dependencies": built_with,
        "dependencies": [f"-r {REQUIREMENTS}"],
    }
    conda_env = {
        "channels": ["conda-forge"],
        "dependencies": [f"python={python}", "pip", {"pip": list(requirements)}],
        "name": "mlflow-env",
    }
    return {
        REQUIREMENTS: "".join(f"{line}\n" for line in requirements),
        PYTHON_ENV: yaml_text(python_env),
        CONDA_ENV: yaml_text(conda_env),
    }


def _pinned(name: str) -> str:
    try:
        return f"{name}=={metadata.version(name)}"
    except metadata.PackageNotFoundError:
        return ""


@functools.cache
def _distributions() -> dict[str, str]:
    found = metadata.packages_distributions()
    return {module: names[0] for module, names in found.items()}


@functools.cache
def _dependencies(name: str) -> frozenset[str]:
    # A marker says that a dependency is for an extra, or for another Python.
    plain = (line for line in metadata.requires(name) or () if ";" not in line)
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in plain)
    return frozenset(match[0] for match in names if match)
