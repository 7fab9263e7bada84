"""An estimator's params in the run record."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from runreport.sklearn.params import LONGEST, Plain, plain_params, plain_value


class Holder:
    """Something with the default repr, which tells its address."""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "None"),
        (True, True),
        (3, 3),
        (0.5, 0.5),
        ("sqrt", "sqrt"),
        (np.float64(0.25), 0.25),
        (np.int32(4), 4),
        (np.bool_(True), True),
        (np.str_("text"), "text"),
        ((1, 2), "(1, 2)"),
        ({"a": 1}, "{'a': 1}"),
        (np.arange(3), "array([0, 1, 2])"),
        (np.log1p, "<ufunc 'log1p'>"),
        (StandardScaler(), "StandardScaler()"),
        (math.sqrt, "math.sqrt"),
        (Holder, f"{__name__}.Holder"),
        (Holder(), f"<{__name__}.Holder object>"),
    ],
)
def test_value_is_plain(value: object, expected: Plain) -> None:
    found = plain_value(value)

    assert found == expected
    assert type(found) is type(expected)


def test_lambda_has_a_name_and_no_address() -> None:
    assert "0x" not in str(plain_value(lambda x: x))


def test_long_text_says_how_much_is_kept() -> None:
    assert plain_value("x" * 7000) == "x" * LONGEST + "… (6,000 of 7,000 characters)"


def test_params_of_a_pipeline_are_deep_and_sorted() -> None:
    pipeline = make_pipeline(
        SimpleImputer(), FunctionTransformer(np.log1p), RandomForestClassifier(n_estimators=2)
    )

    params = plain_params(pipeline.get_params(deep=True))

    assert list(params) == sorted(params)
    assert params["randomforestclassifier__n_estimators"] == 2
    assert params["randomforestclassifier__max_depth"] == "None"
    assert params["functiontransformer__func"] == "<ufunc 'log1p'>"
    missing = params["simpleimputer__missing_values"]
    assert isinstance(missing, float)
    assert math.isnan(missing)
    assert "\n" not in str(params["steps"])
