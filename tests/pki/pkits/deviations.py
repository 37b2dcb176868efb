"""Where we part from PKITS, as patterns of test names with the argument for each; docs/security.md tells it too."""

REVOCATION_ALONE = (
    "MissingCRL|RevokedCA|RevokedEE|BadCRL|WrongCRL|UnknownCRL|OldCRL|pre2000CRL|CRLSigningKeyTest7|SeparateCertificate|LongSerial"
    "|NewWithOldTest5|OldWithNewTest2|deltaCRL|istributionPoint|IDP|cRLIssuer|cRLSignFalse|onlyContains|onlySomeReasons"
)
"""Invalid, and the path is good: only a revocation list tells, and revocation is decided by the owner's row."""

REFUSED = {
    "critical directoryName and URI constraints are not processed": "DNnameConstraints|DNandRFC822|URInameConstraints",
    "DSA is not accepted": "DSA",
    "names are compared octet by octet": "NameChaining|Rollover|CaseInsensitive",
    "policies are not processed, so whoever constrains or maps them is refused": (
        "PolicyMapping|[iI]nhibitAnyPolicy|requireExplicitPolicy|SamePoliciesTest1[03]|anyPolicyTest11|AnyPolicyTest14"
        "|OverlappingPolicies|UserNoticeQualifierTest18"
    ),
    "three authorities below the root are enough": "pathLenConstraintTest1[34]",
    "self-issued certificates that roll a key over are not followed": "SelfIssuedpathLenConstraintTest1[57]",
    "RFC 5280 section 4.1.2.5 wants UTCTime until 2049": "GeneralizedTimenotBefore",
    "RFC 5280 section 4.2.1.9 wants basic constraints critical": "basicConstraintsNotCritical",
}
"""Valid, and refused."""
