"""A spec for each of the 17 built-in algorithms, with what it can't do without and nothing else."""

GPU = "ml.p3.2xlarge"
REQUIRED: dict[str, dict[str, str]] = {
    "blazingtext": {"mode": "skipgram"},
    "deepar": {"context_length": "30", "epochs": "20", "prediction_length": "14", "time_freq": "D"},
    "factorization-machines": {"feature_dim": "1000", "num_factors": "64", "predictor_type": "regressor"},
    "image-classification": {"num_classes": "5", "num_training_samples": "1000"},
    "ipinsights": {"num_entity_vectors": "20000", "vector_dim": "128"},
    "k-means": {"k": "8"},
    "knn": {"k": "10"},
    "lda": {"num_topics": "10"},
    "linear-learner": {},
    "ntm": {"num_topics": "20"},
    "object-detection": {"num_classes": "3", "num_training_samples": "500"},
    "object2vec": {"enc0_max_seq_len": "50", "enc0_vocab_size": "10000"},
    "pca": {"num_components": "3"},
    "randomcutforest": {},
    "semantic-segmentation": {"num_classes": "21", "num_training_samples": "800"},
    "seq2seq": {},
    "xgboost": {},
}
"""The hyperparameters that a spec must have, by algorithm."""
DATA = {
    "deepar": "{content_type: application/jsonlines}",
    "image-classification": "{content_type: application/x-recordio}",
    "object-detection": "{content_type: application/x-recordio}",
    "semantic-segmentation": "{content_type: image/jpeg}",
    "knn": "{label: y}",
    "linear-learner": "{label: y}",
    "xgboost": "{label: y}",
}
"""The `data` section, where there must be one."""
INSTANCES = dict.fromkeys(("image-classification", "object-detection", "semantic-segmentation", "seq2seq"), GPU)
ALGORITHMS = tuple(REQUIRED)


def spec(
    algorithm: str, data: str | None = None, rest: str = "", train: str = "", without: str = "", **given: object
) -> bytes:
    """Return the smallest spec of an algorithm.

    Args:
        algorithm: Its name.
        data: Its `data` section in place of the usual one.
        rest: Further sections.
        train: Further keys of the `train` section, `key: value, `.
        without: A hyperparameter to leave out.
        given: Further hyperparameters, or other values of them.
    """
    hyperparameters = {name: value for name, value in {**REQUIRED[algorithm], **given}.items() if name != without}
    written = ", ".join(f"{name}: {value}" for name, value in hyperparameters.items())
    usual = INSTANCES.get(algorithm) if "instance_type" not in train else None
    instance = f"instance_type: {usual}, " if usual else ""
    section = data if data is not None else DATA.get(algorithm, "")
    lines = [
        f"algorithm: {algorithm}",
        *([f"data: {section}"] if section else []),
        f"train: {{{instance}{train}hyperparameters: {{{written}}}}}",
        rest,
    ]
    return "\n".join(lines).encode()
