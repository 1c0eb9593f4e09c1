"""The intake: from a dropped file to checked, encoded train, validation and test channels."""
