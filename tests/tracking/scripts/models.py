"""A model with its signature and its data, logged, loaded and asked."""

import mlflow
import pandas as pd
from sklearn.linear_model import Ridge

mlflow.set_experiment("models")
table = pd.DataFrame({"width": [1.0, 2.0, 3.0, 4.0], "height": [0.5, 0.1, 0.7, 0.2]})
answers = pd.Series([1.0, 2.0, 3.0, 4.0], name="quality")
data = mlflow.data.from_pandas(table.assign(quality=answers), name="train", targets="quality")
model = Ridge(alpha=0.0).fit(data.df[["width", "height"]], answers)
signature = mlflow.models.infer_signature(table, model.predict(table))
print(signature.to_dict())

with mlflow.start_run() as run:
    mlflow.log_input(data, context="training")
    info = mlflow.sklearn.log_model(
        model,
        name="ridge",
        signature=signature,
        params={"alpha": 0},
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE,
    )
    mlflow.log_metrics({"rmse": 0.25}, model_id=info.model_id, dataset=data)

print(info.params, info.signature is not None, sorted(info.flavors))
for load in (mlflow.sklearn.load_model, mlflow.pyfunc.load_model):
    print([round(float(value), 6) for value in load(info.model_uri).predict(table)])
print(mlflow.get_run(run.info.run_id).data.metrics)
