"""Whose fault a failure is: SageMaker shows it as the first word of FailureReason."""


class UserError(Exception):
    """A fault of the data or the settings; the container exits with 2, FailureReason begins with ClientError."""


class AlgorithmError(Exception):
    """A fault of the algorithm; the container exits with 1, FailureReason begins with AlgorithmError."""


class MediaTypeError(Exception):
    """A request body that can't be read; the container answers 415."""


class ShapeError(Exception):
    """A request whose rows don't fit the model; the container answers 400."""


class AcceptError(Exception):
    """An answer was asked for in a form that there isn't; the container answers 406."""
