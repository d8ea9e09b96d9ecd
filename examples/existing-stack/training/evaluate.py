"""Measures the model on rows it has not seen: the report that the gate reads, and the predictions that drift is measured against."""
import json
import os
import tarfile
import tempfile
from pathlib import Path

import pandas as pd
from sklearn.metrics import roc_auc_score

from columns import read_config, read_rows
from inference import model_fn

INPUT = Path(os.environ.get("MLOPS_INPUT_DIR", "/opt/ml/processing/input"))
OUTPUT = Path(os.environ.get("MLOPS_OUTPUT_DIR", "/opt/ml/processing/output"))


def main():
    features, label = read_rows(INPUT / "test")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(INPUT / "model" / "model.tar.gz") as archive:
            archive.extractall(folder)
        model = model_fn(folder)

    score = model.predict_proba(features)[:, 1]
    auc = float(roc_auc_score(label, score))
    report = OUTPUT / "evaluation" / "evaluation.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps({"metrics": {"auc": {"value": auc}}}))
    predictions = pd.DataFrame({read_config()["prediction"]["name"]: score})
    predictions.to_csv(report.with_name("predictions.csv"), index=False)
    print(f"auc {auc:.4f} on {len(label)} rows")


if __name__ == "__main__":
    main()
