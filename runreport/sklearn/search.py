"""What a search over params, as GridSearchCV, has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import pandas as pd


@dataclass(frozen=True, slots=True)
class Candidate:
    """One point of the search, with the averages over its folds."""

    number: int
    """Its place in the search, from 0."""
    params: Mapping[str, Any]
    metrics: Mapping[str, float]


def is_search(estimator: object) -> bool:
    """Tell whether an estimator searches params; such from other packages derive from this base."""
    return any(kind.__name__ == "BaseSearchCV" for kind in type(estimator).__mro__)


def best_params(search: Any) -> dict[str, Any]:
    """Return the winner's params as "best_<name>"; {} where no single score says who has won."""
    return {f"best_{name}": value for name, value in getattr(search, "best_params_", {}).items()}


def best_score(search: Any) -> dict[str, float]:
    """Return the winner's score under MLflow's name."""
    score = getattr(search, "best_score_", None)
    return {} if score is None else {"best_cv_score": float(score)}


def results_csv(search: Any) -> str:
    """Return the table of all candidates, one line each."""
    return str(pd.DataFrame(search.cv_results_).to_csv(index=False))


def best_candidates(search: Any, limit: int | None) -> list[Candidate]:
    """Return the best candidates, the best first; all in their order without a ``limit``.

    With several scores the first one's ranks decide.
    """
    table = pd.DataFrame(search.cv_results_)
    if limit is not None:
        rank = next(name for name in table.columns if name.startswith("rank_test_"))
        table = table.sort_values(rank, kind="stable").head(limit)
    return [
        Candidate(int(str(number)), row["params"], _averages(row))
        for number, row in table.iterrows()
    ]


def _averages(row: pd.Series[Any]) -> dict[str, float]:
    named = {str(name): value for name, value in row.items()}
    return {
        name: float(value)
        for name, value in named.items()
        if isinstance(value, Real) and not name.startswith(("param", "split"))
    }
