"""The spec: what the YAML file beside the data may say, and what it means."""
