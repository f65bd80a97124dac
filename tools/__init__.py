"""What is run by hand while building, and is in no wheel."""
