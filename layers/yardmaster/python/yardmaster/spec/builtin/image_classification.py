"""Image classification (MXNet): classes of pictures.

Source: the developer guide's pages image-classification, IC-Hyperparameter and IC-tuning.
"""

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, table, text, word
from yardmaster.spec.profile import Answers, Profile

_LAYERS = ("18", "34", "50", "101", "152", "200", "20", "32", "44", "56", "110")
_PICTURES = ("application/x-image", "image/jpeg", "image/png")

PROFILE = Profile(
    name="image-classification",
    problems=(Problem.NONE,),
    hyperparameters=table(
        integer("num_classes"),
        integer("num_training_samples"),
        word("augmentation_type", "crop", "crop_color", "crop_color_transform"),
        number("beta_1", 0, 1, tune=True),
        number("beta_2", 0, 1, tune=True),
        integer("checkpoint_frequency"),
        word("early_stopping", "True", "False"),
        integer("early_stopping_min_epochs"),
        integer("early_stopping_patience"),
        number("early_stopping_tolerance", 0, 1),
        integer("epochs"),
        number("eps", 0, 1, tune=True),
        number("gamma", 0, 1, tune=True),
        text("image_shape", r"\d+\s*,\s*\d+\s*,\s*\d+", "channels, height and width, such as 3,224,224"),
        word("kv_store", "dist_sync", "dist_async"),
        number("learning_rate", 0, 1, tune=True),
        number("lr_scheduler_factor", 0, 1),
        text("lr_scheduler_step", r"\d+(\s*,\s*\d+)*", "epochs with commas between them, such as 10,20"),
        integer("mini_batch_size", tune=True),
        number("momentum", 0, 1, tune=True),
        word("multi_label", "0", "1"),
        word("num_layers", *_LAYERS),
        word("optimizer", "sgd", "adam", "rmsprop", "nag", tune=True),
        word("precision_dtype", "float32", "float16"),
        integer("resize"),
        integer("top_k", 2),
        word("use_pretrained_model", "0", "1"),
        word("use_weighted_loss", "0", "1"),
        number("weight_decay", 0, 1, tune=True),
    ),
    required=("num_classes", "num_training_samples"),
    elsewhere={"batch_size": "mini_batch_size", "num_class": "num_classes"},
    metrics={"validation:accuracy": "Maximize"},
    rounds="epochs",
    tabular=False,
    content_types=("application/x-recordio", *_PICTURES),
    file_only=_PICTURES,
    extra_channels=("train_lst", "validation_lst", "model"),
    channel_types={"model": "application/x-sagemaker-model"},
    needed=("train", "validation"),
    needed_with=dict.fromkeys(_PICTURES, ("train_lst", "validation_lst")),
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    hardware="gpu",
    not_local="local AWS trains on no pictures",
    checkpoints=True,
)
