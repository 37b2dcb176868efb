"""Administration: the console."""
