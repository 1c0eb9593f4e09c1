import pytest

from local_aws.metrics import MetricKey, Metrics
from local_aws.statistics import Period, StatisticError, StatisticSet, statistic

HUNDRED = Period([float(n) for n in range(1, 101)])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SampleCount", 100),
        ("Sum", 5050),
        ("Average", 50.5),
        ("Minimum", 1),
        ("Maximum", 100),
        ("p0", 1),
        ("p50", 50.5),
        ("p95", 95.05),
        ("p99.9", 99.901),
        ("p100", 100),
        ("tm90", 45.5),
        ("TM(10%:90%)", 50.5),
        ("TM(:50)", 25.5),
        ("IQM", 50.5),
        ("tc90", 90),
        ("TC(10:20)", 10),
        ("TC(:0.5)", 0),
        ("ts90", 4095),
        ("TS(98:)", 199),
        ("PR(:30)", 30),
        ("PR(30:)", 70),
        ("PR(10:40)", 30),
        ("wm98", 50.47),
    ],
)
def test_a_statistic_of_one_to_a_hundred(name: str, expected: float) -> None:
    assert statistic(name)(HUNDRED) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["sum", "p101", "p", "95", "PR()", "PR(:)", "PR(1%:2%)", "TM(a:b)", "Median"])
def test_an_unknown_statistic_is_refused(name: str) -> None:
    with pytest.raises(StatisticError, match="PR" if "%" in name else "not supported"):
        statistic(name)


def test_a_single_value_is_its_own_percentile() -> None:
    assert statistic("p95")(Period([7.0])) == 7
    assert statistic("tm99")(Period([7.0])) == 7


def test_summaries_count_but_have_no_percentiles() -> None:
    period = Period([1.0], [StatisticSet(count=3, sum=9, minimum=2, maximum=4)])
    figures = [statistic(name)(period) for name in ("SampleCount", "Sum", "Average", "Minimum", "Maximum", "p50")]
    assert figures == [4, 10, 2.5, 1, 4, None]


def test_datapoints_are_found_by_minute_and_nothing_else() -> None:
    metrics = Metrics()
    key = MetricKey.of("AWS/SageMaker", "Invocations", {"VariantName": "a", "EndpointName": "churn"})
    for at in (600, 659, 660, 900):
        metrics.put(key, 1.0, at)
    metrics.put(MetricKey.of("Other", "Invocations", dict(key.dimensions)), 1.0, 600)
    metrics.put(MetricKey.of("AWS/SageMaker", "Invocations", {"EndpointName": "churn"}), 1.0, 600)
    same = MetricKey.of("AWS/SageMaker", "Invocations", {"EndpointName": "churn", "VariantName": "a"})
    assert [(at, period.count) for at, period in metrics.periods(same, 600, 900, 60)] == [(600, 2), (660, 1)]
    assert [(at, period.count) for at, period in metrics.periods(same, 0, 10_000, 300)] == [(600, 3), (900, 1)]
    assert metrics.periods(same, 720, 800, 60) == []


def test_many_queries_over_many_datapoints_are_quick() -> None:
    metrics = Metrics()
    keys = [MetricKey.of("N", "M", {"V": str(n)}) for n in range(10)]
    for at in range(0, 60_000, 6):
        for key in keys:
            metrics.put(key, 1.0, at)
    found = [metrics.periods(keys[n % 10], 30_000, 30_600, 60) for n in range(200)]
    assert all(sum(period.count for _, period in one) == 100 for one in found)
