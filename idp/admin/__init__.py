"""Administration: the REST API."""
