"""Functions that a script leaves out: the defaults of SageMaker's containers."""
from pathlib import Path

from cdk_mlops_serve.rows import numbers


class Default:
    """A framework that is not known: lists of numbers."""

    def model_fn(self, model_dir):
        raise NotImplementedError("the inference script has no model_fn: it loads the model from the folder that it is given")

    def input_fn(self, rows):
        return numbers(rows)

    def predict_fn(self, data, model):
        return model.predict(data)


class ScikitLearn(Default):
    def input_fn(self, rows):
        import numpy

        return numpy.array(numbers(rows), dtype="float32")


class XGBoost(ScikitLearn):
    def input_fn(self, rows):
        import xgboost

        return xgboost.DMatrix(super().input_fn(rows))

    def predict_fn(self, data, model):
        return model.predict(data, validate_features=False)


class PyTorch(Default):
    def model_fn(self, model_dir):
        import torch

        files = sorted(file for file in Path(model_dir).iterdir() if file.suffix in (".pt", ".pth"))
        if len(files) != 1:
            raise FileNotFoundError(f"without a model_fn the model is one TorchScript file *.pt or *.pth, got {len(files)}")
        return torch.jit.load(str(files[0]), map_location=self.device())

    def input_fn(self, rows):
        import torch

        return torch.FloatTensor(numbers(rows)).to(self.device())

    def predict_fn(self, data, model):
        import torch

        model.eval()
        with torch.no_grad():
            return model(data)

    def device(self):
        import torch

        return torch.device("cuda" if torch.cuda.is_available() else "cpu")


DEFAULTS = {"scikit-learn": ScikitLearn, "xgboost": XGBoost, "pytorch": PyTorch}
