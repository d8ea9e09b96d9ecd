"""Turns flights-3m.parquet into the raw CSV files of the example, one per month.

    python prepare_data.py --source flights-3m.parquet --out train/ [--rows 300000]

Every row is one flight at the moment it leaves the gate. Apart from `delay`, which is the outcome, all columns hold what is
known at that moment: the flight itself, and what its route and its airport have done before.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

DAY = 24 * 60
WARM_UP_DAYS = 7  # the first week has no week before it to look back at
FIRST_HOUR = 4  # departures from 0:00 to 3:59 are dropped: see "The data" in README.md
SPAN = 2**20  # more minutes than the data set is long
WEEKDAYS = np.array(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
COLUMNS = [
    "flight_id", "date", "distance", "departure_minute", "weekday", "origin", "destination",
    "since_slot_1d", "since_slot_2d", "since_slot_7d", "until_slot_7d", "behind_1d", "behind_7d",
    "origin_delay_2h", "route_delay_7d", "delay",
]  # fmt: skip


class Timeline:
    """Events at many places in one sorted array: place first, then minute."""

    def __init__(self, place: np.ndarray, minute: np.ndarray, value: np.ndarray) -> None:
        stamp = place * SPAN + minute
        order = np.argsort(stamp, kind="stable")
        self.stamps = stamp[order]
        self.totals = np.concatenate([[0.0], np.cumsum(value[order])])

    def before(self, place: np.ndarray, minute: np.ndarray) -> np.ndarray:
        """How many events lie before this minute at this place, counted from the first event of all."""
        return np.searchsorted(self.stamps, place * SPAN + np.maximum(minute, 0))

    def mean(self, place: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Mean value of the events from `start` to before `end`; not a number where there are none."""
        first, last = self.before(place, start), self.before(place, end)
        with np.errstate(invalid="ignore"):
            return (self.totals[last] - self.totals[first]) / (last - first)


def read_flights(source: Path) -> pd.DataFrame:
    """All flights in the order of their departure, each with an id: its row number in the source."""
    flights = pd.read_parquet(source).astype({"origin": "category", "destination": "category"})
    flights["flight_id"] = [f"f{row:07d}" for row in range(len(flights))]
    return flights[flights["date"].dt.hour >= FIRST_HOUR]


def add_features(flights: pd.DataFrame) -> pd.DataFrame:
    """Adds what is known at departure. A flight's own delay never enters its row, nor does that of a flight still in the air."""
    flights = flights.sort_values(["origin", "destination", "date"], kind="stable")  # neighbours in memory: searches are fast
    first_day = flights["date"].min().normalize()
    minute = ((flights["date"] - first_day).dt.total_seconds() // 60).to_numpy("int64")
    origin = flights["origin"].cat.codes.to_numpy("int64")
    destination = flights["destination"].cat.codes.to_numpy("int64")
    route = origin * 1000 + destination
    time_of_day = minute % DAY

    result = flights.copy()
    result["departure_minute"] = time_of_day
    result["weekday"] = WEEKDAYS[flights["date"].dt.day_of_week]

    # The data has no timetable. Earlier days stand in for it: when did this route leave around this time of day?
    departures = Timeline(route, minute, np.zeros(len(minute)))
    today = departures.before(route, minute) - departures.before(route, minute - time_of_day)
    for days in (1, 2, 7):
        then = minute - days * DAY
        passed = departures.before(route, then + 4)  # up to three minutes later counts as the same slot
        since = route * SPAN + then - departures.stamps[np.maximum(passed - 1, 0)]
        result[f"since_slot_{days}d"] = np.where((since >= -3) & (since < DAY), since, np.nan)
        if days == 7:
            until = departures.stamps[np.minimum(passed, len(minute) - 1)] - route * SPAN - then
            result["until_slot_7d"] = np.where((until > 0) & (until < DAY), until, np.nan)
        if days in (1, 7):
            result[f"behind_{days}d"] = departures.before(route, then) - departures.before(route, then - time_of_day) - today

    # A delay is known once the flight must have landed: an hour on top of 420 miles an hour.
    landed = minute + 60 + (flights["distance"].to_numpy() / 7).astype("int64")
    delay = flights["delay"].clip(-30, 180).to_numpy("float64")
    result["origin_delay_2h"] = Timeline(origin, landed, delay).mean(origin, minute - 120, minute).round(2)
    result["route_delay_7d"] = Timeline(route, landed, delay).mean(route, minute - 7 * DAY, minute).round(2)
    return result[minute >= WARM_UP_DAYS * DAY].sort_index()[COLUMNS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True, help="flights-3m.parquet of the npm package vega-datasets")
    parser.add_argument("--out", type=Path, required=True, help="folder for the CSV files")
    parser.add_argument("--rows", type=int, help="keep this many rows, evenly spread over time (default: all)")
    options = parser.parse_args()

    flights = add_features(read_flights(options.source))
    if options.rows and options.rows < len(flights):
        flights = flights.iloc[np.linspace(0, len(flights) - 1, options.rows).astype(int)]
    options.out.mkdir(parents=True, exist_ok=True)
    for month, rows in flights.groupby(flights["date"].dt.strftime("%Y-%m")):
        rows.to_csv(options.out / f"{month}.csv", index=False)
    print(f"{len(flights)} flights from {flights['date'].min()} to {flights['date'].max()} written to {options.out}")


if __name__ == "__main__":
    main()
