"""Groups: a tree, level by level; who is in each, what each gives. `pages` says which role each page takes."""
