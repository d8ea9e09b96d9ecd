"""How long a step waits: between two attempts, and for what a service does meanwhile."""
import os
import random
import time

from cdk_mlops_step.errors import StepError

ATTEMPTS = 7
PAUSE_SECONDS = float(os.environ.get("MLOPS_PAUSE_SECONDS", "1"))
MAX_PAUSE_SECONDS = 30 * PAUSE_SECONDS
OPERATION_SECONDS = float(os.environ.get("MLOPS_OPERATION_SECONDS", str(2 * 3600)))
"""How long an export or a registration may take."""


def pause(attempt):
    """Waits before the next attempt: twice as long each time, and not in step with others that failed at the same moment."""
    time.sleep(random.uniform(0.5, 1) * min(MAX_PAUSE_SECONDS, PAUSE_SECONDS * 2 ** (attempt - 1)))


def wait_for(read, is_done, what):
    """Reads until it is done, at growing distances."""
    deadline, attempt = time.monotonic() + OPERATION_SECONDS, 1
    while True:
        state = read()
        if is_done(state):
            return state
        if time.monotonic() > deadline:
            raise StepError(f"{what} has not ended within {OPERATION_SECONDS:.0f} seconds; look at it in the console")
        pause(attempt)
        attempt = min(attempt + 1, 5)
