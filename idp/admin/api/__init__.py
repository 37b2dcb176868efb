"""The administration REST API under ``/admin``, in the words of Keycloak 26: its paths, its field names, its status codes.

How to add a resource:

1. What it does to the tables is a function of the domain (`idp.users`, `idp.clients`, `idp.realms`): ORM session in, row out.
2. Write one file with a pydantic `Representation` (``<name>_representation.py``): what is told, what is read.
3. Write one file with the routes: ``clients = Resource("Clients")``, and over each handler
   ``@clients.get("/realms/{realm}/clients", InRealm("view-clients"))``. The policy has no default.
4. A handler takes the `idp.admin.api.call.Call` and what stands in path, query and body. It returns a representation (200), None (204)
   or `idp.admin.api.answers.Created` (201), and raises what the domain raises: `idp.admin.api.failures` knows the status.
5. Rows are looked up within ``call.realm``, never by id alone (`idp.admin.api.lookup`).
6. What is changed is held first and compared with If-Match (`idp.admin.api.concurrency`: `hold`, `verify_unchanged`; GET: `tag`).
7. Every change is recorded: ``call.record(Tag.…, "clients/…", before=…, after=…)``. Secrets are masked by the names of their fields.
8. Where something is given or taken over, ask first: `idp.users.delegation`, `idp.admin.client_authority`, or
   ``verify_covers(call.caller.authority, …)`` (`idp.users.authority`). The console asks there too.
9. Name the resource in ``idp.admin.api.application.RESOURCES``.
10. Test it through python-keycloak (``tests/admin/api/test_python_keycloak.py``), and in process what it refuses.
"""
