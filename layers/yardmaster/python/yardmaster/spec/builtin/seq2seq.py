"""Sequence to sequence: translations and summaries.

Source: the developer guide's pages seq-2-seq, seq-2-seq-hyperparameters and seq-2-seq-tuning.
"""

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, table, word
from yardmaster.spec.profile import Answers, Profile

_SWITCH = ("true", "false")
_RECORDIO = "application/x-recordio-protobuf"

PROFILE = Profile(
    name="seq2seq",
    problems=(Problem.NONE,),
    hyperparameters=table(
        integer("max_seq_len_source"),
        integer("max_seq_len_target"),
        word("encoder_type", "rnn", "cnn"),
        word("decoder_type", "rnn", "cnn"),
        integer("num_layers_encoder", tune=True),
        integer("num_layers_decoder", tune=True),
        integer("rnn_num_hidden", tune=True),
        word("rnn_cell_type", "lstm", "gru"),
        word("rnn_decoder_state_init", "last", "avg", "zero"),
        word("rnn_residual_connections", *_SWITCH),
        integer("rnn_first_residual_layer"),
        integer("cnn_kernel_width_encoder"),
        integer("cnn_kernel_width_decoder"),
        integer("cnn_num_hidden", tune=True),
        word("cnn_activation_type", "glu", "relu", "softrelu", "sigmoid", "tanh"),
        number("cnn_hidden_dropout", 0, 1, tune=True),
        integer("num_embed_source", tune=True),
        integer("num_embed_target", tune=True),
        number("embed_dropout_source", 0, 1, tune=True),
        number("embed_dropout_target", 0, 1, tune=True),
        word("rnn_attention_type", "dot", "fixed", "mlp", "bilinear"),
        integer("rnn_attention_num_hidden"),
        word("rnn_attention_in_upper_layers", *_SWITCH),
        number("rnn_decoder_hidden_dropout", 0, 1, tune=True),
        integer("batch_size", tune=True),
        word("bucketing_enabled", *_SWITCH),
        integer("bucket_width"),
        word("loss_type", "cross-entropy"),
        word("training_metric", "perplexity", "accuracy"),
        word("optimized_metric", "perplexity", "accuracy", "bleu"),
        integer("bleu_sample_size", -1),
        integer("max_num_batches", -1),
        integer("checkpoint_frequency_num_batches"),
        integer("checkpoint_threshold"),
        integer("max_num_epochs"),
        word("optimizer_type", "adam", "sgd", "rmsprop", tune=True),
        word("weight_init_type", "uniform", "xavier", tune=True),
        number("weight_init_scale", tune=True),
        word("xavier_factor_type", "in", "out", "avg"),
        number("learning_rate", 0, edges="(]", tune=True),
        number("weight_decay", 0, tune=True),
        number("momentum", 0, tune=True),
        number("clip_gradient", tune=True),
        word("lr_scheduler_type", "plateau_reduce", "fixed_rate_inv_t", "fixed_rate_inv_sqrt_t", tune=True),
        number("plateau_reduce_lr_factor", tune=True),
        integer("plateau_reduce_lr_threshold", tune=True),
        integer("fixed_rate_lr_half_life", tune=True),
        integer("beam_size"),
    ),
    elsewhere={"mini_batch_size": "batch_size", "epochs": "max_num_epochs", "optimizer": "optimizer_type"},
    metrics={
        "validation:accuracy": "Maximize",
        "validation:bleu": "Maximize",
        "validation:perplexity": "Minimize",
    },
    tabular=False,
    content_types=(_RECORDIO,),
    file_only=(_RECORDIO,),
    # Two files of JSON: what numbers stand for which words.
    channel_types={"vocab": "application/json"},
    extra_channels=("vocab",),
    needed=("train", "validation", "vocab"),
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    hardware="gpu",
    single_instance=True,
    not_local=f"local AWS does not read {_RECORDIO}",
)
