"""What foreign authorities say of revocation: taken in, kept as rows, and looked up when a certificate is judged.

A list (RFC 5280 section 5) may be larger than the memory, so it is a file that is read in one direction: `list_document` takes
it apart, `list_verification` decides whether it is believed, `list_store` keeps its serial numbers as rows. `list_sources` are the
addresses that lists come from. An OCSP answer (RFC 6960) is small: `ocsp_client` asks and verifies, `answers` keeps. `lookup` is
what a login asks. How something is fetched is for the floors above to say (`sources.Sources`).
"""
