"""Requests to Google's services as the job's service account."""
import http.client
import json
import os
import time
import urllib.error
import urllib.request

from cdk_mlops_step.errors import RequestError
from cdk_mlops_step.waiting import ATTEMPTS, pause

METADATA_URL = os.environ.get("MLOPS_METADATA_URL", "http://metadata.google.internal")


class Token:
    """The access token of the job's service account, renewed before it ends."""

    value = None
    ends = 0.0

    @classmethod
    def get(cls):
        if time.monotonic() > cls.ends:
            url = f"{METADATA_URL}/computeMetadata/v1/instance/service-accounts/default/token"
            answer = send("GET", url, None, {"Metadata-Flavor": "Google"})
            cls.value, cls.ends = answer["access_token"], time.monotonic() + answer["expires_in"] - 60
        return cls.value


def call(method, url, body=None, attempts=ATTEMPTS):
    """One request as the job's service account, repeated while the service is busy or out of reach."""
    return retry(lambda: send(method, url, body, {"Authorization": f"Bearer {Token.get()}"}), attempts)


def retry(request, attempts=ATTEMPTS):
    for attempt in range(1, attempts + 1):
        try:
            return request()
        except RequestError as error:
            if not error.transient or attempt == attempts:
                raise
            pause(attempt)


def send(method, url, body, headers):
    data = None if body is None else json.dumps(body).encode("utf-8")
    headers = dict(headers, **({"Content-Type": "application/json"} if data else {}))
    name = f"{method} {url.split('?')[0]}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=120) as answer:
            return json.loads(answer.read().decode("utf-8") or "{}")
    except urllib.error.HTTPError as error:
        reason, busy = refusal(error)
        raise RequestError(name, error.code, reason, transient=busy)
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: the answer was cut off
        raise RequestError(name, 0, getattr(error, "reason", error))


def refusal(error):
    """Why a service refused, and whether it only asks for patience: BigQuery says so with code 403."""
    try:
        document = json.loads(error.read().decode("utf-8"))["error"]
        reasons = {item.get("reason") for item in document.get("errors", [])}
        return " ".join(str(document["message"]).split()), bool(reasons & {"rateLimitExceeded", "backendError"})
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return error.reason, False
