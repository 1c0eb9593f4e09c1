"""Random cut forest: how unusual each row is.

Source: the developer guide's pages randomcutforest, rcf_hyperparameters, random-cut-forest-tuning and rcf-in-formats;
the fixed mini-batch is the SageMaker SDK's (`sagemaker/amazon/randomcutforest.py`).
"""

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, several, table, word
from yardmaster.spec.profile import Answers, Profile, feature_dim

PROFILE = Profile(
    name="randomcutforest",
    problems=(Problem.NONE,),
    hyperparameters=table(
        integer("feature_dim", 1, 10_000),
        several("eval_metrics", "accuracy", "precision_recall_fscore", as_json=True),
        integer("num_samples_per_tree", 1, 2048),
        integer("num_trees", 50, 1000),
        word("mini_batch_size", "1000"),
    ),
    required_as_is=("feature_dim",),
    elsewhere={"n_estimators": "num_trees", "max_samples": "num_samples_per_tree"},
    defaults=feature_dim,
    not_tunable="its metric, test:f1, needs rows that are labelled as unusual or not, and it learns without labels",
    content_types=("text/csv", "application/x-recordio-protobuf"),
    # Its test channel takes labelled rows only.
    channels={"train": "train"},
    sharded=("train",),
    labelled=False,
    training_content_type="text/csv;label_size=0",
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    scores={Problem.NONE: ("score",)},
    not_local="local AWS has no random cut forest",
)
