"""Realms moved in and out as Keycloak writes its realm exports (RealmRepresentation, JSON).

`stream` reads within bounds, `export_files` knows how exports lie on disk, `importing` goes through the parts in the order in which
they need one another, `exporting` writes the same again. Each object is taken as a whole or not at all, and `report` is told which.
"""
