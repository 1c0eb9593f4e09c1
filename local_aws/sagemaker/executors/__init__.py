"""What runs for real: training, transform and serving processes."""
