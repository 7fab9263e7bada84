"""An estimator as a pickle, and which packages it takes to load it again."""

from __future__ import annotations

import io
import pickle
from contextlib import nullcontext
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from runreport.errors import LogError
from runreport.sklearn.patching import unpatched

FORMATS = ("pickle", "cloudpickle")


@dataclass(frozen=True, slots=True)
class Pickled:
    """A pickle and the top-level modules that it refers to."""

    content: bytes
    modules: frozenset[str]


class _Recorder(pickle.Pickler):
    """A pickler that notes where the classes and functions it meets are defined."""

    def __init__(self, file: io.BytesIO) -> None:
        # The default protocol is the one that older Pythons read, too.
        super().__init__(file, pickle.DEFAULT_PROTOCOL)
        self.modules: set[str] = set()

    def reducer_override(self, value: Any) -> Any:
        """Note a value's module and leave the pickling to the default."""
        self.modules.add(_module_of(value))
        return NotImplemented


def pickle_model(model: Any, form: str) -> Pickled:
    """Return a model as a pickle in MLflow's serialization format ``form``."""
    check_format(form)
    file = io.BytesIO()
    recorder = _cloud_recorder(file) if form == "cloudpickle" else _Recorder(file)
    try:
        # A class that is pickled by value must not take autolog's wrappers with it.
        with unpatched() if form == "cloudpickle" else nullcontext():
            recorder.dump(model)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise LogError(
            f"log_model: cannot pickle {type(model).__name__}: {error}; "
            "move what it refers to into a module, or pass serialization_format='cloudpickle'"
        ) from error
    return Pickled(file.getvalue(), frozenset(recorder.modules))


def check_format(form: str) -> None:
    """Raise unless ``form`` is a serialization format that can be written."""
    if form not in FORMATS:
        raise LogError(
            f"serialization_format {form!r} is unknown; choose from {', '.join(FORMATS)}"
        )


def _cloud_recorder(file: io.BytesIO) -> Any:
    try:
        from cloudpickle import Pickler
    except ImportError as error:
        raise LogError(
            "log_model: serialization_format='cloudpickle' needs the package cloudpickle; "
            "run: pip install cloudpickle"
        ) from error

    class Recorder(Pickler):  # type: ignore[misc]  # an untyped library
        def __init__(self) -> None:
            super().__init__(file, pickle.DEFAULT_PROTOCOL)
            self.modules = {"cloudpickle"}

        def reducer_override(self, value: Any) -> Any:
            self.modules.add(_module_of(value))
            return super().reducer_override(value)

    return Recorder()


def _module_of(value: Any) -> str:
    owner = value if isinstance(value, (type, FunctionType)) else type(value)
    return str(getattr(owner, "__module__", "")).partition(".")[0]
