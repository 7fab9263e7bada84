"""Switch the recording of fits on and off, and give each outermost fit a run."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

from runreport.sklearn.fitting import is_called_by_sklearn, is_worth_a_run
from runreport.sklearn.patching import FitCall, is_patched, patch_estimators, restore_estimators
from runreport.sklearn.recording import AutologOptions, Recorder
from runreport.tracking import state
from runreport.tracking.complain import complain
from runreport.tracking.endings import describe_end
from runreport.tracking.fluent import start_run
from runreport.tracking.run import Run


class _Inside(threading.local):
    """Whether this thread is in a fit that is being recorded."""

    fit = False


_inside = _Inside()
# The runs that autolog has opened; another thread's fit does not belong into one of them.
_own: set[str] = set()


def switch_on(options: AutologOptions) -> None:
    """Record every outermost fit from here on."""
    patch_estimators(partial(_on_fit, options))


def switch_off() -> None:
    """Record no fit any more; every class gets its own methods back."""
    restore_estimators()


def is_on() -> bool:
    """Tell whether fits are recorded."""
    return is_patched()


def _on_fit(options: AutologOptions, call: FitCall) -> Any:
    if _inside.fit or is_called_by_sklearn() or not _is_worth_a_run(call.estimator):
        return call.make()
    _inside.fit = True
    try:
        return _record_fit(options, call)
    finally:
        _inside.fit = False


def _is_worth_a_run(estimator: Any) -> bool:
    try:
        return is_worth_a_run(estimator)
    except Exception:
        # A property of a foreign class that raises before the fit.
        return True


def _record_fit(options: AutologOptions, call: FitCall) -> Any:
    active = state.current()
    if active is not None and active.run_id not in _own:
        return call.make() if options.exclusive else _fit_in(active, options, call)
    run = _start(options)
    if run is None:
        return call.make()
    _own.add(run.run_id)
    try:
        result = _fit_in(run, options, call)
    except BaseException as error:
        _end(run, error)
        raise
    _end(run, None)
    return result


def _fit_in(run: Run, options: AutologOptions, call: FitCall) -> Any:
    recorder = Recorder(run, call, options)
    recorder.before()
    result = call.make()
    recorder.after()
    return result


def _start(options: AutologOptions) -> Run | None:
    try:
        return start_run(tags=dict(options.extra_tags or {}))
    except Exception as error:
        if not options.silent:
            complain(f"autolog: no run can be started: {type(error).__name__}: {error}")
        return None


def _end(run: Run, error: BaseException | None) -> None:
    _own.discard(run.run_id)
    try:
        run.end(*describe_end(error))
    except Exception as trouble:
        complain(f"autolog: run {run.name!r} cannot be ended: {trouble}")
