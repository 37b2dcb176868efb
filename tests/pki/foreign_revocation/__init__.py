"""What foreign authorities say of revocation."""
