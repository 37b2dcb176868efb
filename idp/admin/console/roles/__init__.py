"""Roles of the realm and of its applications, and who has which. Where there are several, `pages` says which role each page takes."""
