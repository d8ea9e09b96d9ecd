"""What the config says of the columns, and how its data is read. Shared by training and evaluation."""
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
