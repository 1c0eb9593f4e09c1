"""FailureReason as SageMaker words it: whose fault, the container's own text, the exit code."""

LIMIT = 1024  # characters of FailureReason, by the service model
CUSTOMER_FAULT = 2  # the exit code by which AWS's algorithms say that it was the customer


def of_container(failure_text: str, exit_code: int) -> str:
    """Word the failure of a container; a negative code is a signal, shown as the shell does (137 for SIGKILL)."""
    code = 128 - exit_code if exit_code < 0 else exit_code
    kind = "ClientError" if code == CUSTOMER_FAULT else "AlgorithmError"
    tail = f", exit code: {code}"
    return f"{kind}: {failure_text}"[: LIMIT - len(tail)] + tail


def of_customer(text: str) -> str:
    """Word a failure before any container ran: data or settings that can't be used."""
    return f"ClientError: {text}"[:LIMIT]


def of_platform(error: Exception) -> str:
    """Word a failure of local AWS itself."""
    return f"InternalServerError: {type(error).__name__}: {error}"[:LIMIT]
