"""The administration REST API."""
