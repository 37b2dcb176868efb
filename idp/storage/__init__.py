"""Where state lives: the database, one transaction per request, and the store for short-lived state."""
