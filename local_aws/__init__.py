"""Local AWS: moto for the general services, a SageMaker of our own, one port."""
