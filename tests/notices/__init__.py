"""Mail that no request causes."""
