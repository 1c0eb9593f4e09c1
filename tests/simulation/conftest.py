"""What the simulations measured is printed at the end of the run, whether they pass or not."""

from collections.abc import Callable

import pytest

_LINE = "measured by simulation"


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """A function that takes a line for the summary at the end of the run."""
    # A property of the test, since with pytest-xdist it runs in another process than the one that prints.
    return lambda line: request.node.user_properties.append((_LINE, line))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    lines = [line for report in reports for name, line in report.user_properties if name == _LINE]
    if lines:
        terminalreporter.section(_LINE)
        for line in lines:
            terminalreporter.write_line(line)
