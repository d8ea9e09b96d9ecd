"""Answers requests: one row of features in, in the config's order, the probability out."""
from pathlib import Path

import joblib


def model_fn(model_dir):
    """Loads the model; the serving container calls it when it starts."""
    return joblib.load(Path(model_dir) / "model.joblib")


def predict_fn(rows, model):
    """One probability per row."""
    return model.predict_proba(rows.reshape(-1, model.n_features_in_))[:, 1]
