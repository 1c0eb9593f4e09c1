"""Semantic segmentation: what each point of a picture belongs to.

Source: the developer guide's pages semantic-segmentation, segmentation-hyperparameters and
semantic-segmentation-tuning. The latter's `adadelta` is not among the optimizers of the former, and is left out.
"""

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, table, text, word
from yardmaster.spec.profile import Answers, Profile

_SWITCH = ("True", "False")

PROFILE = Profile(
    name="semantic-segmentation",
    problems=(Problem.NONE,),
    hyperparameters=table(
        word("backbone", "resnet-50", "resnet-101"),
        word("use_pretrained_model", *_SWITCH),
        word("algorithm", "fcn", "psp", "deeplab"),
        integer("num_classes", 2, 254),
        integer("num_training_samples"),
        integer("base_size", 17),
        integer("crop_size", 17),
        word("early_stopping", *_SWITCH),
        integer("early_stopping_min_epochs"),
        integer("early_stopping_patience"),
        number("early_stopping_tolerance", 0, 1),
        integer("epochs"),
        number("gamma1", 0, 1),
        number("gamma2", 0, 1),
        number("learning_rate", 0, 1, edges="(]", tune=True),
        word("lr_scheduler", "step", "poly", "cosine"),
        number("lr_scheduler_factor", 0, 1),
        text("lr_scheduler_step", r"\d+(\s*,\s*\d+)*", "epochs with commas between them, such as 10,20"),
        integer("mini_batch_size", tune=True),
        number("momentum", 0, 1, edges="(]", tune=True),
        word("optimizer", "adam", "adagrad", "nag", "rmsprop", "sgd", tune=True),
        word("syncbn", *_SWITCH),
        integer("validation_mini_batch_size"),
        number("weight_decay", 0, 1, edges="()", tune=True),
    ),
    required=("num_classes", "num_training_samples"),
    elsewhere={"batch_size": "mini_batch_size", "num_class": "num_classes"},
    metrics={"validation:mIOU": "Maximize", "validation:pixel_accuracy": "Maximize"},
    rounds="epochs",
    tabular=False,
    content_types=("image/jpeg", "application/x-image"),
    file_only=("image/jpeg", "application/x-image"),
    extra_channels=("train_annotation", "validation_annotation", "label_map", "model"),
    channel_types={
        "train_annotation": "image/png",
        "validation_annotation": "image/png",
        "label_map": "application/json",
        "model": "application/x-sagemaker-model",
    },
    needed=("train", "validation", "train_annotation", "validation_annotation"),
    answers=Answers.JSON_LINES,
    accept="image/png",
    hardware="gpu",
    single_instance=True,
    not_local="local AWS trains on no pictures",
    checkpoints=True,
)
