"""The console's pages for people: found, looked at, changed, invited one by one or by the file.

Whoever may change accounts changes none that has a permission which they lack: `idp.admin.console.people.person` holds that for all.
"""
