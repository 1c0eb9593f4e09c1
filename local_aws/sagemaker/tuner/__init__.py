"""Search strategies for hyperparameters: pure functions of a seed and the trials so far."""
