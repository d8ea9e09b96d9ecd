"""Trains the model on the channel `train`. Hyperparameters come as arguments, folders as SM_* variables."""
import argparse
import os
from pathlib import Path

import joblib
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from columns import read_rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--regularization", type=float, default=1.0)
    options, _ = parser.parse_known_args()

    features, label = read_rows(os.environ["SM_CHANNEL_TRAIN"])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1 / options.regularization))
    model.fit(features, label)
    joblib.dump(model, Path(os.environ["SM_MODEL_DIR"]) / "model.joblib")
    print(f"trained on {len(label)} rows")


if __name__ == "__main__":
    main()
