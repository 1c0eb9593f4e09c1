"""What to try: specs, and the demo."""
