"""A SageMaker that really trains, transforms and serves, and refuses what AWS refuses."""
