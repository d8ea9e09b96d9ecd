"""What ends a step."""


class StepError(Exception):
    """What ends a step: one line that says what is wrong and the way out."""


class RequestError(StepError):
    """A service refused a request, or gave no answer (status 0)."""

    TRANSIENT = (0, 408, 429, 500, 502, 503, 504)

    def __init__(self, request, status, reason, transient=False):
        super().__init__(f"{request} {'got no answer' if status == 0 else f'was answered {status}'}: {reason}")
        self.status = status
        self.transient = transient or status in self.TRANSIENT
