"""What SageMaker knows of the algorithms that it has built in, of those that local AWS can run.

Nothing here needs the algorithms' libraries: jobs and tuning jobs are checked in local AWS's own process.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from local_aws.sagemaker.executors.base import MetricDefinition
from local_aws.sagemaker.executors.first_party import rules
from local_aws.sagemaker.executors.first_party.definitions import COMMON
from local_aws.sagemaker.executors.first_party.rules import Rules
from local_aws.sagemaker.executors.kmeans_container import hyperparameter_rules as kmeans_rules
from local_aws.sagemaker.executors.kmeans_container import metric_definitions as kmeans_metrics
from local_aws.sagemaker.executors.knn_container import hyperparameter_rules as knn_rules
from local_aws.sagemaker.executors.knn_container import metric_definitions as knn_metrics
from local_aws.sagemaker.executors.linear_learner_container import hyperparameter_rules as linear_learner_rules
from local_aws.sagemaker.executors.linear_learner_container import metric_definitions as linear_learner_metrics
from local_aws.sagemaker.executors.pca_container import hyperparameter_rules as pca_rules
from local_aws.sagemaker.executors.xgboost_container import hyperparameter_rules as xgboost_rules
from local_aws.sagemaker.executors.xgboost_container import metric_names as xgboost_metrics
from local_aws.sagemaker.executors.xgboost_container.hyperparameters import validate

Complaint = Callable[[str, str], str | None]
Validate = Callable[[Mapping[str, str]], dict[str, Any]]
_NUMBER = r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?"
_FIRST_PARTY_LINE = re.compile(r"#\w+_metric: ")


@dataclass(frozen=True)
class BuiltIn:
    """A built-in algorithm.

    Attributes:
        title: Its name in sentences.
        metrics: The metrics that SageMaker finds in the log of each of its jobs.
        line: What the lines look like in which there can be any.
        objectives: The metrics that a tuning job can improve.
        known: Its hyperparameters.
        tunable: The hyperparameters over which a tuning job can search.
        complaint: Says of a hyperparameter's name and string what would be valid instead; None if it is.
        validate: Checks and reads all hyperparameters of a job; raises UserError.
    """

    title: str
    metrics: tuple[MetricDefinition, ...]
    line: re.Pattern[str]
    objectives: frozenset[str]
    known: frozenset[str]
    tunable: frozenset[str]
    complaint: Complaint
    validate: Validate


def _xgboost() -> BuiltIn:
    # Not `(\S+)`, as in the container's metrics.py: with several metrics in a line that would take them all, for #011
    # is no white space.
    metrics = tuple(
        MetricDefinition(f"{channel}:{name}", rf".*\[[0-9]+\].*#011{channel}-{re.escape(name)}:({_NUMBER})")
        for channel in ("train", "validation")
        for name in sorted(xgboost_metrics.ALL)
    )
    names = frozenset(n for n in (*xgboost_rules.RULES, *xgboost_rules.ALIASES) if not n.startswith("_"))
    objectives = frozenset(f"validation:{name}" for name in xgboost_metrics.ALL)
    line = re.compile(r"\[[0-9]+\]#011")
    return BuiltIn("XGBoost", metrics, line, objectives, names, names, _xgboost_complaint, validate)


def _xgboost_complaint(name: str, text: str) -> str | None:
    rule = xgboost_rules.RULES[xgboost_rules.ALIASES.get(name, name)]
    try:
        allowed = rule.allowed(rule.parse(text))
    except ValueError:
        allowed = False
    return None if allowed else f"in {rule.range_text}"


def _first_party(
    title: str,
    known: Rules,
    tunable: tuple[str, ...] = (),
    metrics: tuple[MetricDefinition, ...] = COMMON,
    objectives: frozenset[str] = frozenset(),
) -> BuiltIn:
    names, check = frozenset(known), partial(rules.check, known)
    complaint = rules.complaint(known)
    return BuiltIn(title, metrics, _FIRST_PARTY_LINE, objectives, names, frozenset(tunable), complaint, check)


BUILT_IN = {
    "xgboost": _xgboost(),
    "linear-learner": _first_party(
        "Linear Learner",
        linear_learner_rules.RULES,
        linear_learner_rules.TUNABLE,
        linear_learner_metrics.DEFINITIONS,
        linear_learner_metrics.OBJECTIVES,
    ),
    "kmeans": _first_party(
        "K-Means", kmeans_rules.RULES, kmeans_rules.TUNABLE, kmeans_metrics.DEFINITIONS, kmeans_metrics.OBJECTIVES
    ),
    "pca": _first_party("PCA", pca_rules.RULES),
    "knn": _first_party("k-NN", knn_rules.RULES, knn_rules.TUNABLE, knn_metrics.DEFINITIONS, knn_metrics.OBJECTIVES),
}
"""By the name of the container's stand-in."""
