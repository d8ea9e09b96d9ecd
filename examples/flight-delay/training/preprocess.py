"""Turns the raw flights into training, validation and test rows.

Runs as a SageMaker processing job in this folder, next to `mlops.json`: the columns and the split of the config.
"""
from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd

INPUT = Path(os.environ.get("MLOPS_INPUT_DIR", "/opt/ml/processing/input"))
OUTPUT = Path(os.environ.get("MLOPS_OUTPUT_DIR", "/opt/ml/processing/output"))
OUTCOME = "delay"  # minutes late at the gate of arrival: makes the label, never a feature
LATE_MINUTES = 15  # later than this counts as delayed, as the US Department of Transportation does


def read_config() -> dict:
    """The part of the config that the scripts need."""
    return json.loads(Path(__file__).with_name("mlops.json").read_text())


def read_folder(folder: Path, config: dict, columns: list[str]) -> pd.DataFrame:
    """All CSV files of a folder. Categories stay text: an airport called NA is no missing value."""
    files = sorted(folder.rglob("*.csv"))
    if not files:
        raise SystemExit(f"no data: {folder} holds no .csv file; look at data.training in the config")
    text = {column["name"]: str for column in config["features"] if column["type"] == "categorical"}
    parts = []
    for file in files:
        part = pd.read_csv(file, dtype=text, keep_default_na=False, na_values=[""])
        missing = [column for column in columns if column not in part.columns]
        if missing:
            raise SystemExit(
                f"{file.name} lacks {', '.join(missing)}: it has {', '.join(part.columns)}; "
                "add the columns to the file or change data.features in the config"
            )
        parts.append(part[columns])
    return pd.concat(parts, ignore_index=True)


def split_by_time(rows: pd.DataFrame, split: dict) -> dict[str, pd.DataFrame]:
    """The newest rows test, those before validate, the others train. Rows of the same moment stay together."""
    if split.get("by") != "time":
        raise SystemExit(f"data.split.by is {split.get('by')!r}: this script splits by time only; set it to time")
    rows = rows.sort_values(split["column"], kind="stable")
    time = rows[split["column"]]
    test_share = split.get("testFraction", 0.1)
    validation_start = time.iloc[int(len(rows) * (1 - test_share - split.get("validationFraction", 0.2)))]
    test_start = time.iloc[min(int(len(rows) * (1 - test_share)), len(rows) - 1)]
    return {
        "train": rows[time < validation_start],
        "validation": rows[(time >= validation_start) & (time < test_start)],
        "test": rows[time >= test_start],
    }


def main() -> None:
    config = read_config()
    names = [feature["name"] for feature in config["features"]]
    label, split = config["label"]["name"], config.get("split")
    columns = [config["id"], *names, OUTCOME]

    if split:
        columns.append(split["column"])
        rows = read_folder(INPUT / "train", config, columns)
        rows[split["column"]] = pd.to_datetime(rows[split["column"]])
        parts = split_by_time(rows, split)
    else:
        present = [name for name in ("train", "validation", "test") if (INPUT / name).is_dir()]
        parts = {name: read_folder(INPUT / name, config, columns) for name in present}

    for name, part in parts.items():
        part = part.dropna(subset=[OUTCOME])
        if part.empty:
            raise SystemExit(f"no {name} row is left: give more data, or change the fractions in data.split")
        part = part.assign(**{label: (part[OUTCOME] > LATE_MINUTES).astype(int)})
        (OUTPUT / name).mkdir(parents=True, exist_ok=True)
        part[[config["id"], *names, label]].to_csv(OUTPUT / name / f"{name}.csv", index=False)
        print(f"{name}: {len(part)} rows, {part[label].mean():.1%} delayed")


if __name__ == "__main__":
    main()
