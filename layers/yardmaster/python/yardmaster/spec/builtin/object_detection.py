"""Object detection (MXNet): what is where in a picture.

Source: the developer guide's pages object-detection, object-detection-api-config and object-detection-tuning.
"""

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, table, text, word
from yardmaster.spec.profile import Answers, Profile

_PICTURES = ("application/x-image", "image/jpeg", "image/png")

PROFILE = Profile(
    name="object-detection",
    problems=(Problem.NONE,),
    hyperparameters=table(
        integer("num_classes"),
        integer("num_training_samples"),
        word("base_network", "vgg-16", "resnet-50"),
        word("early_stopping", "True", "False"),
        integer("early_stopping_min_epochs"),
        integer("early_stopping_patience"),
        number("early_stopping_tolerance", 0, 1),
        integer("image_shape", 300),
        integer("epochs"),
        text("freeze_layer_pattern"),
        word("kv_store", "dist_sync", "dist_async"),
        integer("label_width"),
        number("learning_rate", 0, 1, edges="(]", tune=True),
        number("lr_scheduler_factor", 0, 1, edges="()"),
        text("lr_scheduler_step", r"\d+(\s*,\s*\d+)*", "epochs with commas between them, such as 10,20"),
        integer("mini_batch_size", tune=True),
        # Its own page says (0, 1], and the page on tuning recommends ranges from 0.
        number("momentum", 0, 1, tune=True),
        number("nms_threshold", 0, 1, edges="(]"),
        word("optimizer", "sgd", "adam", "rmsprop", "adadelta", tune=True),
        number("overlap_threshold", 0, 1, edges="(]"),
        word("use_pretrained_model", "0", "1"),
        number("weight_decay", 0, 1, edges="[)", tune=True),
    ),
    required=("num_classes", "num_training_samples"),
    elsewhere={"batch_size": "mini_batch_size", "num_class": "num_classes"},
    metrics={"validation:mAP": "Maximize"},
    rounds="epochs",
    tabular=False,
    content_types=("application/x-recordio", *_PICTURES),
    file_only=_PICTURES,
    extra_channels=("train_annotation", "validation_annotation", "model"),
    channel_types={"model": "application/x-sagemaker-model"},
    needed=("train", "validation"),
    needed_with=dict.fromkeys(_PICTURES, ("train_annotation", "validation_annotation")),
    answers=Answers.JSON_LINES,
    accept="application/json",
    hardware="gpu",
    not_local="local AWS trains on no pictures",
    checkpoints=True,
)
