"""Two cron libraries judge the translation of schedules: the EventBridge form comes at the same minutes as the five fields.

Run it in the oracle environment: python -m pytest test/oracle/aws/cron_test.py
"""
import datetime
import json

import pytest
from aws_croniter import AwsCroniter
from croniter import croniter

from synthesis import run

START = datetime.datetime(2027, 1, 30, 22, 17, tzinfo=datetime.timezone.utc)
SCHEDULES = [
    "0 3 * * *", "*/15 * * * *", "7-50/9 8-18/2 * * 1-5", "0 0 1 * *", "30 23 31 * *", "0 12 29 2 *", "5 4 * * sun", "5 4 * * 7",
    "5 4 * * 0,6", "0 6 * jan,JUL *", "0 6 * * mon-fri", "59 23 1-7,20 */3 *", "0 */5 * * 2-6/2", "1,2,3,10 0 * * *", "* * * * *",
    "0 0 * * 5-7", "0 3 * 1-12 0-6",
]


@pytest.fixture(scope="module")
def translated():
    """Every schedule as an EventBridge expression."""
    script = "const { eventBridgeCron } = require('./dist/lib/aws/cron.js');"
    script += f"console.log(JSON.stringify({json.dumps(SCHEDULES)}.map(eventBridgeCron)))"
    return dict(zip(SCHEDULES, json.loads(run(["node", "-e", script]))))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_eventbridge_expression_comes_at_the_same_minutes(translated, schedule):
    expression = translated[schedule]
    assert expression.startswith("cron(") and expression.endswith(")")
    assert len(expression) <= 256  # the service's limit
    usual = croniter(schedule, START)
    expected = [time for time in (usual.get_next(datetime.datetime) for _ in range(40)) if time.year < 2100]  # the judge ends in 2099
    theirs = AwsCroniter(expression.removeprefix("cron(").removesuffix(")"))
    assert theirs.get_next(START, n=len(expected)) == expected
