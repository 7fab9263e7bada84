"""Keep images, an image series over the steps, and figures."""

from pathlib import Path

import matplotlib as mpl
import mlflow
import numpy as np
from PIL import Image

mpl.use("Agg")
from matplotlib import pyplot as plt

mlflow.set_experiment("pictures")
pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
figure, axes = plt.subplots()
axes.plot([1, 2, 3])
with mlflow.start_run() as run:
    mlflow.log_image(pixels, "array.png")
    mlflow.log_image(Image.fromarray(pixels), "pil.png")
    for step in range(3):
        mlflow.log_image(pixels, key="sample", step=step)
    mlflow.log_figure(figure, "curves/line.png")
    place = Path(mlflow.get_artifact_uri().removeprefix("file://"))
print(np.array_equal(np.asarray(Image.open(place / "array.png")), pixels))
print(np.array_equal(np.asarray(Image.open(place / "pil.png")), pixels))
print(Image.open(place / "curves/line.png").size)
