"""The published metrics of k-means.

Source: docs.aws.amazon.com/sagemaker/latest/dg/k-means-tuning.html; the lines are those of its logs.
"""

from local_aws.sagemaker.executors.first_party.definitions import COMMON, quality

DEFINITIONS = (*COMMON, *quality(("train", "test"), "loss", ("msd", "ssd")))
OBJECTIVES = frozenset({"test:msd", "test:ssd"})
