"""Trains the model on the channels `train` and `validation`.

Runs in SageMaker's script mode: hyperparameters come as arguments, folders as SM_* variables.
"""
from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import pandas as pd
import xgboost as xgb

from inference import ENCODING_FILE, MODEL_FILE, encode
from preprocess import read_config, read_folder


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--max_depth", type=int, default=6)
    parser.add_argument("--eta", type=float, default=0.2)
    parser.add_argument("--num_round", type=int, default=200)
    parser.add_argument("--early_stopping_rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def make_encoding(rows: pd.DataFrame, config: dict) -> dict:
    """What inference needs to read a request: order, types and the categories that training saw."""
    categorical = [feature["name"] for feature in config["features"] if feature["type"] == "categorical"]
    return {
        "features": config["features"],
        "categories": {name: sorted(rows[name].dropna().unique()) for name in categorical},
        "id": config["id"],
        "prediction": config["prediction"]["name"],
    }


def main() -> None:
    options, config = parse_arguments(), read_config()
    label = config["label"]["name"]
    columns = [*(feature["name"] for feature in config["features"]), label]
    train = read_folder(Path(os.environ["SM_CHANNEL_TRAIN"]), config, columns)
    validation = read_folder(Path(os.environ["SM_CHANNEL_VALIDATION"]), config, columns)

    encoding = make_encoding(train, config)
    sets = {}
    for name, rows in (("train", train), ("validation", validation)):
        sets[name] = encode(rows, encoding)
        sets[name].set_label(rows[label])

    booster = xgb.train(
        {
            "objective": "binary:logistic",
            "eval_metric": "auc",
            "tree_method": "hist",
            "max_depth": options.max_depth,
            "eta": options.eta,
            "seed": options.seed,
        },
        sets["train"],
        num_boost_round=options.num_round,
        evals=[(sets["train"], "train"), (sets["validation"], "validation")],
        early_stopping_rounds=options.early_stopping_rounds,
        verbose_eval=20,
    )
    print(f"best round {booster.best_iteration}, validation auc {booster.best_score:.4f}")

    model_dir = Path(os.environ["SM_MODEL_DIR"])
    booster[: booster.best_iteration + 1].save_model(str(model_dir / MODEL_FILE))
    (model_dir / ENCODING_FILE).write_text(json.dumps(encoding, indent=2))


if __name__ == "__main__":
    main()
