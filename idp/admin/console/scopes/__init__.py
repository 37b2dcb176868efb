"""Client scopes: what an application may be granted, with the claims that come with it. `pages` says which role each page takes."""
