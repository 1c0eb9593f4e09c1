"""One's own image: a program that is registered for it, or Docker, as the container is run on SageMaker."""
