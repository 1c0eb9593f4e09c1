"""The hyperparameters of one's own algorithm, as text: all that CreateTrainingJob takes.

Source: the SageMaker SDK (2.257): `Framework._json_encode_hyperparameters` writes every value of a script as JSON,
words too; `Estimator` with an image writes words as they are.
"""

import json

from yardmaster.spec.own import OwnAlgorithm
from yardmaster.spec.schema import Spec
from yardmaster.spec.train import HyperparameterValue


def own_hyperparameters(spec: Spec, algorithm: OwnAlgorithm) -> dict[str, str]:
    """Return what the spec gives, by name; what is searched is left out."""
    searched = spec.tune.hyperparameter_ranges if spec.tune else {}
    return {
        name: own_text(algorithm, value) for name, value in spec.train.hyperparameters.items() if name not in searched
    }


def own_text(algorithm: OwnAlgorithm, value: HyperparameterValue) -> str:
    """Write one value: as JSON, but a word for an image as it is."""
    return value if algorithm.script is None and isinstance(value, str) else json.dumps(value)
