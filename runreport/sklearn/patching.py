"""Have every estimator's ``fit`` tell that it was called, and be able to take that back.

scikit-learn has no hook for this. Every class that defines a fit of its own gets a wrapper with the
same signature; classes that are defined or imported later get theirs when they come to be.
"""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sklearn.base import BaseEstimator, ClusterMixin, OutlierMixin, TransformerMixin


class FitCall(NamedTuple):
    """A call of an estimator's fit, before it is made."""

    original: Callable[..., Any]
    estimator: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def make(self) -> Any:
        """Call the estimator's own fit."""
        return self.original(self.estimator, *self.args, **self.kwargs)


OnFit = Callable[[FitCall], Any]
"""Is called instead of a fit, makes it, and returns what it returned."""

_METHODS = ("fit", "fit_predict", "fit_transform")
# These define a fit for estimators that derive from them.
_MIXINS = (ClusterMixin, OutlierMixin, TransformerMixin)
_HOOK = "__init_subclass__"

_lock = threading.RLock()
_on_fit: OnFit | None = None
_patched: WeakKeyDictionary[type, dict[str, tuple[Any, Any]]] = WeakKeyDictionary()


def patch_estimators(on_fit: OnFit) -> None:
    """Have ``on_fit`` called for every fit from here on; a second call replaces the first."""
    global _on_fit
    with _lock:
        _on_fit = on_fit
        for known in (*_MIXINS, *_subclasses(BaseEstimator)):
            _patch(known)
        if _HOOK not in vars(BaseEstimator):
            setattr(BaseEstimator, _HOOK, classmethod(_patch_new))


def restore_estimators() -> None:
    """Give every class its own methods back."""
    global _on_fit
    with _lock:
        _on_fit = None
        if _HOOK in vars(BaseEstimator):
            delattr(BaseEstimator, _HOOK)
        for owner, methods in list(_patched.items()):
            for name, (ours, original) in methods.items():
                # What somebody else has wrapped since stays: our wrapper is silent by now.
                if vars(owner).get(name) is ours:
                    setattr(owner, name, original)
        _patched.clear()


def is_patched() -> bool:
    """Tell whether somebody is told of fits."""
    return _on_fit is not None


@contextmanager
def unpatched() -> Iterator[None]:
    """Take the patches away for a while, as for a pickle that holds a class by value."""
    with _lock:
        on_fit = _on_fit
        restore_estimators()
        try:
            yield
        finally:
            if on_fit is not None:
                patch_estimators(on_fit)


def _subclasses(parent: type) -> Iterator[type]:
    children: list[type] = type.__subclasses__(parent)
    for child in children:
        yield child
        yield from _subclasses(child)


def _patch_new(cls: type, /, **kwargs: Any) -> None:
    super(BaseEstimator, cls).__init_subclass__(**kwargs)
    with _lock:
        _patch(cls)


def _patch(owner: type) -> None:
    if owner in _patched:
        return
    methods = _patched.setdefault(owner, {})
    for name in _METHODS:
        original = vars(owner).get(name)
        ours = _wrapped(original)
        if ours is not None:
            setattr(owner, name, ours)
            methods[name] = (ours, original)


def _wrapped(original: Any) -> Any:
    """Return a method's wrapper; None for what is no method."""
    if isinstance(original, FunctionType):
        return _telling(original)
    # scikit-learn's descriptor of a method that only some instances have.
    if isinstance(getattr(original, "fn", None), FunctionType) and hasattr(original, "check"):
        ours = copy.copy(original)
        ours.fn = _telling(original.fn)
        return ours
    return None


def _telling(original: FunctionType) -> FunctionType:
    @functools.wraps(original)
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _on_fit is None or not isinstance(self, BaseEstimator):
            return original(self, *args, **kwargs)
        return _on_fit(FitCall(original, self, args, kwargs))

    return fit  # type: ignore[return-value]  # a function in disguise, as wraps makes it
