"""The hyperparameters of k-means.

Source: docs.aws.amazon.com/sagemaker/latest/dg/k-means-api-config.html; the tunable ones: k-means-tuning.html.
"""

import json

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party.rules import AUTO, Rule, Rules, choice, flag, real, whole

_INITS = ("random", "kmeans++")


def _metrics(text: str) -> tuple[str, ...]:
    """Read a JSON list of `msd` and `ssd`."""
    try:
        names = json.loads(text)
    except ValueError:
        raise UserError("Hyperparameter must be valid json, but found eval_metrics: (caused by ValueError)") from None
    if not isinstance(names, list) or not names or not all(name in ("msd", "ssd") for name in names):
        raise ValueError(text)
    return tuple(names)


RULES: Rules = {
    "epochs": whole(default="1"),
    "eval_metrics": Rule(_metrics, """one of the following: '["msd"]', '["ssd"]', '["msd","ssd"]'""", '["msd"]'),
    "extra_center_factor": whole(default=AUTO),
    "feature_dim": whole(required=True),
    "force_dense": flag(default="true"),
    "half_life_time_size": whole(0, default="0"),
    "init_method": choice(*_INITS, default="random"),
    "k": whole(required=True),
    "local_lloyd_init_method": choice(*_INITS, default="kmeans++"),
    "local_lloyd_max_iter": whole(default="300"),
    "local_lloyd_num_trials": whole(default=AUTO),
    "local_lloyd_tol": real(0, 1, default="0.0001"),
    "mini_batch_size": whole(default="5000"),
}
TUNABLE = ("epochs", "extra_center_factor", "init_method", "mini_batch_size")
