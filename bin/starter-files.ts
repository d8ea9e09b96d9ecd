/** What `cdk-mlops init` writes, by path: a config and scripts that run, to be made one's own. */
export const STARTER_FILES: Readonly<Record<string, string>> = {
  'mlops.yaml': `# yaml-language-server: $schema=node_modules/cdk-mlops/schema/mlops.schema.json
# One config: how the model is trained, served and watched. Check it with: npx cdk-mlops validate mlops.yaml
name: my-model # names the resources; it cannot be changed later
level: 0 # 0 manual, 1 pipeline automation, 2 full automation (needs a featureStore section)

data:
  training: s3://my-bucket/train/ # a folder of CSV files with a header
  validation: s3://my-bucket/validation/ # the gate judges these rows
  format: csv
  features: # in request order
    - { name: age, type: numeric }
    - { name: income, type: numeric }
  label: { name: churned, type: categorical } # 0 or 1
  prediction: { name: score, type: numeric }

training: # runs by itself from level 1
  framework: { name: scikit-learn, version: "1.2" }
  source: ./training
  entryPoint: train.py
  evaluation:
    entryPoint: evaluate.py
    metric: auc
    threshold: 0.8 # a model below is not registered
  hyperparameters:
    regularization: 1.0
  # schedule: { cron: "0 3 * * *" } # every night at 03:00 UTC

serving:
  mode: realtime
  entryPoint: inference.py
  minInstances: 2 # a canary needs two
  maxInstances: 4

# monitoring:
#   notify: [ml-oncall@example.com] # told of failures, alarms and drift

# google: # the same on Vertex AI: cdk-mlops synth mlops.yaml --cloud google
#   project: my-project
#   region: europe-west4
#   trainingData: gs://my-bucket/train/
#   validationData: gs://my-bucket/validation/
#   frameworkVersion: "1.6" # of the image there
`,
  'training/columns.py': `"""What the config says of the columns, and how its data is read. Shared by training and evaluation."""
import json
from pathlib import Path

import pandas as pd

CONFIG = Path(__file__).with_name("mlops.json")  # written beside the scripts when they are packaged


def read_config():
    """The columns of the config, by their keys."""
    return json.loads(CONFIG.read_text())


def read_rows(folder):
    """The features and the label of every CSV file in a folder."""
    config = read_config()
    features = [feature["name"] for feature in config["features"]]
    files = sorted(Path(folder).rglob("*.csv"))
    if not files:
        raise SystemExit(f"no data: {folder} holds no .csv file; look at data in mlops.yaml")
    rows = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
    return rows[features].to_numpy(), rows[config["label"]["name"]].to_numpy()
`,
  'training/train.py': `"""Trains the model on the channel \`train\`. Hyperparameters come as arguments, folders as SM_* variables."""
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
`,
  'training/evaluate.py': `"""Measures the model on rows it has not seen: the report that the gate reads, and the predictions that drift is measured against."""
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
`,
  'training/inference.py': `"""Answers requests: one row of features in, in the config's order, the probability out."""
from pathlib import Path

import joblib


def model_fn(model_dir):
    """Loads the model; the serving container calls it when it starts."""
    return joblib.load(Path(model_dir) / "model.joblib")


def predict_fn(rows, model):
    """One probability per row."""
    return model.predict_proba(rows.reshape(-1, model.n_features_in_))[:, 1]
`,
};
