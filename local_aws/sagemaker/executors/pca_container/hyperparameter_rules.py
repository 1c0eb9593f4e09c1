"""The hyperparameters of PCA, none of which can be tuned.

Source: docs.aws.amazon.com/sagemaker/latest/dg/PCA-reference.html; that mini_batch_size is required:
aws/sagemaker-python-sdk#132.
"""

from local_aws.sagemaker.executors.first_party.rules import Rules, choice, flag, whole

RULES: Rules = {
    "algorithm_mode": choice("regular", "randomized", default="regular"),
    "extra_components": whole(-1, default="-1"),
    "feature_dim": whole(required=True),
    "force_dense": flag(default="true"),
    "mini_batch_size": whole(required=True),
    "num_components": whole(required=True),
    "subtract_mean": flag(default="true"),
}
