"""croniter judges schedules: Cloud Scheduler's form, read as unix-cron, comes at the same minutes as the five fields of the config.

Run it in the oracle environment, after a build: python -m pytest test/oracle/google/cron_test.py
"""
import datetime
import json
import re
import subprocess
from pathlib import Path

import pytest
from croniter import croniter

ROOT = Path(__file__).resolve().parents[3]
START = datetime.datetime(2027, 1, 30, 22, 17, tzinfo=datetime.timezone.utc)
SCHEDULES = [
    "0 3 * * *", "*/15 * * * *", "7-50/9 8-18/2 * * 1-5", "0 0 1 * *", "30 23 31 * *", "0 12 29 2 *", "5 4 * * sun", "5 4 * * 7",
    "5 4 * * 0,6", "0 6 * jan,JUL *", "0 6 * * mon-fri", "59 23 1-7,20 */3 *", "0 */5 * * 2-6/2", "1,2,3,10 0 * * *", "* * * * *",
    "0 0 * * 5-7", "0 3 * 1-12 0-6", "0 3 1-31 * MON", "0 3 */1 * 1-5", "0 3 1,15 * 0-6", "0 3 1,15 * 1-7", "0 3 */2 * *",
]


@pytest.fixture(scope="module")
def translated():
    """Every schedule in the form of Cloud Scheduler."""
    script = "const { schedulerCron } = require('./dist/lib/google/cron.js');"
    script += f"console.log(JSON.stringify({json.dumps(SCHEDULES)}.map(schedulerCron)))"
    done = subprocess.run(["node", "-e", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(zip(SCHEDULES, json.loads(done.stdout)))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_schedule_comes_at_the_same_minutes(translated, schedule):
    # In the config both day fields must match; in unix-cron, one of two restricted ones is enough.
    usual = croniter(schedule, START, day_or=False)
    theirs = croniter(translated[schedule], START, day_or=True)
    assert [theirs.get_next(datetime.datetime) for _ in range(40)] == [usual.get_next(datetime.datetime) for _ in range(40)]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_schedule_has_documented_characters_only(translated, schedule):
    assert re.fullmatch(r"[0-9*,/A-Z-]+( [0-9*,/A-Z-]+){4}", translated[schedule])
