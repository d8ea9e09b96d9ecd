"""What a request is refused with."""


class BadRequest(Exception):
    """What is wrong with a request, in a line for its sender."""

    def __init__(self, message, status=400):
        super().__init__(message)
        self.status = status
