// Verifies certificates as a program in Java does: the path is found by the addresses in the certificate, and revocation
// looked up by its list or by OCSP.
//
//     java -Dcom.sun.security.enableAIAcaIssuers=true Verify.java ROOT MILLISECONDS LEAF...
//
// prints a line for each leaf and method: "LEAF crl valid", "LEAF ocsp REVOKED", and so on.

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.EnumSet;
import java.util.Set;

public class Verify {
    public static void main(String[] arguments) throws Exception {
        X509Certificate root = read(arguments[0]);
        Date date = new Date(Long.parseLong(arguments[1]));
        for (int i = 2; i < arguments.length; i++) {
            X509Certificate leaf = read(arguments[i]);
            String name = Path.of(arguments[i]).getFileName().toString();
            System.out.println(name + " crl " + verify(root, leaf, date, EnumSet.of(Option.PREFER_CRLS, Option.NO_FALLBACK)));
            System.out.println(name + " ocsp " + verify(root, leaf, date, EnumSet.of(Option.ONLY_END_ENTITY, Option.NO_FALLBACK)));
        }
    }

    private static String verify(X509Certificate root, X509Certificate leaf, Date date, Set<Option> options) throws Exception {
        CertPathBuilder builder = CertPathBuilder.getInstance("PKIX");
        PKIXRevocationChecker checker = (PKIXRevocationChecker) builder.getRevocationChecker();
        checker.setOptions(options);
        X509CertSelector selector = new X509CertSelector();
        selector.setCertificate(leaf);
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(Set.of(new TrustAnchor(root, null)), selector);
        parameters.setDate(date);
        parameters.addCertPathChecker(checker);
        try {
            builder.build(parameters);
            return "valid";
        } catch (CertPathBuilderException failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof CertPathValidatorException found) {
                    return found.getReason().toString();
                }
            }
            return "no path";  // an issuer that was revoked is not even considered
        }
    }

    private static X509Certificate read(String file) throws Exception {
        try (InputStream stream = Files.newInputStream(Path.of(file))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
        }
    }
}
