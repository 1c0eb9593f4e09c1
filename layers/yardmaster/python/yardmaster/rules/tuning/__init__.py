"""What a tuning job's end means, whether it may start from earlier ones, and what its trials tell."""
