"""Administration: the REST API and the console."""
