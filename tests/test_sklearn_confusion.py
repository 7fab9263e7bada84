"""The picture of a confusion matrix: a readable PNG, and no trace in pyplot."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from runreport.sklearn.confusion import confusion_png
from runreport.sklearn.metrics import ConfusionMatrix


def matrix(*labels: str) -> ConfusionMatrix:
    return ConfusionMatrix(labels, np.eye(len(labels)) * 7 + 1)


@pytest.mark.parametrize("size", [1, 3, 30, 120])
def test_any_number_of_classes_gives_a_picture(size: int) -> None:
    content = confusion_png(matrix(*map(str, range(size))))

    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "PNG"
        assert min(image.size) > 300
        colors = image.convert("RGB").getcolors(1 << 24)
        assert colors is not None
        assert len(colors) > 10


@pytest.mark.parametrize("label", ["$x^2$", r"$\frac$", "测试", "a" * 300, "", "50 %\n60 %"])
def test_any_class_name_is_drawn(label: str) -> None:
    assert confusion_png(matrix(label, "other")).startswith(b"\x89PNG")


def test_class_that_never_occurs_is_a_row_without_share() -> None:
    empty = ConfusionMatrix(("a", "b"), np.array([[3.0, 1.0], [0.0, 0.0]]))

    assert confusion_png(empty).startswith(b"\x89PNG")


def test_same_matrix_gives_the_same_bytes() -> None:
    assert confusion_png(matrix("a", "b")) == confusion_png(matrix("a", "b"))


def test_pyplot_is_not_even_imported() -> None:
    program = (
        "import sys, numpy as np\n"
        "from runreport.sklearn.confusion import confusion_png\n"
        "from runreport.sklearn.metrics import ConfusionMatrix\n"
        "confusion_png(ConfusionMatrix(('a', 'b'), np.eye(2)))\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("False\n", "")
