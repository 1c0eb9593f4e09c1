"""DeepAR: forecasts of many time series of one kind.

Source: the developer guide's pages deepar, deepar_hyperparameters and deepar-tuning; of its metrics the loss on the
training channel is left out.
"""

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, table, text, word
from yardmaster.spec.profile import Answers, Profile

PROFILE = Profile(
    name="deepar",
    problems=(Problem.NONE,),
    hyperparameters=table(
        integer("context_length", tune=True),
        integer("epochs", tune=True),
        integer("prediction_length"),
        text("time_freq", r"\d*(M|W|D|H|min)", "a number and M, W, D, H or min, such as 5min"),
        text("cardinality", r"(auto|ignore|\[[\d,\s]*\])?", "auto, ignore, or whole numbers in brackets"),
        number("dropout_rate", 0, 1, tune=True),
        integer("early_stopping_patience"),
        integer("embedding_dimension", tune=True),
        number("learning_rate", 0, edges="(]", tune=True),
        word("likelihood", "gaussian", "beta", "negative-binomial", "student-T", "deterministic-L1"),
        integer("mini_batch_size", tune=True),
        integer("num_cells", tune=True),
        integer("num_dynamic_feat", 1, None, "auto", "ignore"),
        integer("num_eval_samples"),
        integer("num_layers", tune=True),
        text("test_quantiles", r"\[[\d.,\s]+\]", "numbers from 0 to 1 in brackets, such as [0.1, 0.5, 0.9]"),
    ),
    required=("context_length", "epochs", "prediction_length", "time_freq"),
    elsewhere={"horizon": "prediction_length", "freq": "time_freq", "frequency": "time_freq"},
    metrics={"test:RMSE": "Minimize", "test:mean_wQuantileLoss": "Minimize"},
    tabular=False,
    content_types=("application/jsonlines", "application/x-parquet"),
    file_only=("application/jsonlines", "application/x-parquet"),
    spelled={"application/jsonlines": "json", "application/x-parquet": "parquet"},
    channels={"train": "train", "test": "test"},
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    not_local="local AWS has no DeepAR",
)
