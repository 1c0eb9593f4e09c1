"""IP Insights: which internet addresses an account usually comes from.

Its CSV has two columns of text, the account and the address, and goes to it as it is.

Source: the developer guide's pages ip-insights, ip-insights-hyperparameters and ip-insights-tuning.
"""

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, table
from yardmaster.spec.profile import Answers, Profile

PROFILE = Profile(
    name="ipinsights",
    problems=(Problem.NONE,),
    hyperparameters=table(
        integer("num_entity_vectors", 1, 250_000_000, tune=True),
        integer("vector_dim", 4, 4096, tune=True),
        integer("batch_metrics_publish_interval"),
        integer("epochs", tune=True),
        number("learning_rate", 1e-6, 10, tune=True),
        integer("mini_batch_size", 1, 500_000, tune=True),
        integer("num_ip_encoder_layers", 0, 100, tune=True),
        integer("random_negative_sampling_rate", 0, 500, tune=True),
        integer("shuffled_negative_sampling_rate", 0, 500, tune=True),
        number("weight_decay", 0, 10, tune=True),
    ),
    required=("num_entity_vectors", "vector_dim"),
    metrics={"validation:discriminator_auc": "Maximize"},
    rounds="epochs",
    tabular=False,
    file_only=("text/csv",),
    labelled=False,
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    not_local="local AWS has no IP Insights",
)
