"""What the simulator tells CloudWatch: datapoints and log lines, as plain values."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Datapoint:
    """One value of one metric; `at` in epoch seconds, `unit` as CloudWatch names it (`Microseconds`, `None`)."""

    namespace: str
    name: str
    dimensions: dict[str, str] = field(hash=False)
    value: float
    at: float
    unit: str = "None"


@dataclass(frozen=True)
class LogLine:
    """One line of one log stream; `at` in epoch seconds."""

    group: str
    stream: str
    message: str
    at: float
