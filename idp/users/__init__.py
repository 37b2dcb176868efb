"""People's accounts: passwords, recovery codes, mail links, and the brake on guessing."""
