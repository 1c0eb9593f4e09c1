"""The published metrics of k-NN.

Source: docs.aws.amazon.com/sagemaker/latest/dg/kNN-tuning.html.
"""

from local_aws.sagemaker.executors.first_party.definitions import COMMON, quality

DEFINITIONS = (*COMMON, *quality(("test",), "score", ("accuracy",)), *quality(("test",), "loss", ("mse",)))
OBJECTIVES = frozenset({"test:accuracy", "test:mse"})
