"""Measures the model on the test rows and writes the report that the gate reads.

Runs as a SageMaker processing job. It predicts with the code that will serve: what passes here is what answers requests.
"""
from __future__ import annotations

import json
import os
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from inference import encode, model_fn
from preprocess import read_config, read_folder

INPUT = Path(os.environ.get("MLOPS_INPUT_DIR", "/opt/ml/processing/input"))
OUTPUT = Path(os.environ.get("MLOPS_OUTPUT_DIR", "/opt/ml/processing/output"))


def area_under_curve(label: np.ndarray, score: np.ndarray) -> float:
    """The share of (delayed, punctual) pairs that the score ranks rightly; ties count half."""
    positive = label == 1
    delayed, punctual = int(positive.sum()), int((~positive).sum())
    if not delayed or not punctual:
        raise SystemExit(f"auc needs both outcomes: got {delayed} delayed and {punctual} punctual flights; give more test rows")
    ranks = pd.Series(score).rank().to_numpy()
    return float((ranks[positive].sum() - delayed * (delayed + 1) / 2) / (delayed * punctual))


def log_loss(label: np.ndarray, score: np.ndarray) -> float:
    """How surprising the outcomes are to the model; shows whether its probabilities are honest."""
    chance = np.clip(np.where(label == 1, score, 1 - score), 1e-7, 1)
    return float(-np.log(chance).mean())


def main() -> None:
    config = read_config()
    label = config["label"]["name"]
    archive = INPUT / "model" / "model.tar.gz"
    if not archive.is_file():
        raise SystemExit(f"no model: {archive} does not exist; the training step writes it")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as tar:
            tar.extractall(folder)
        model = model_fn(folder)

    rows = read_folder(INPUT / "test", config, [*(feature["name"] for feature in config["features"]), label])
    truth = rows[label].to_numpy()
    score = model.booster.predict(encode(rows, model.encoding)).astype("float64")
    values = {"auc": area_under_curve(truth, score), "logLoss": log_loss(truth, score), "rows": len(rows)}

    report = OUTPUT / "evaluation" / "evaluation.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps({"metrics": {name: {"value": value} for name, value in values.items()}}, indent=2))
    # What drift monitoring compares the predictions of production with.
    pd.DataFrame({config["prediction"]["name"]: score}).to_csv(report.with_name("predictions.csv"), index=False)
    print(", ".join(f"{name} {value:.4f}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()))


if __name__ == "__main__":
    main()
