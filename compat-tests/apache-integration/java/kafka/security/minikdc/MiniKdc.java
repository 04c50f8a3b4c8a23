package kafka.security.minikdc;

import java.io.File;
import java.util.List;
import java.util.Properties;

/**
 * Takes the place of Apache's class of this name, earlier on the class path: all tests of SASL have a key distribution center at
 * hand, which brings a directory server along, and only those of Kerberos start it. They end here.
 */
public class MiniKdc {
    public static final String JAVA_SECURITY_KRB5_CONF = "java.security.krb5.conf";

    public MiniKdc(Properties properties, File directory) {}

    public static Properties createConfig() {
        return new Properties();
    }

    public void start() {
        throw new UnsupportedOperationException("Kerberos");
    }

    public void stop() {}

    public void createPrincipal(File keytab, List<String> principals) {
        throw new UnsupportedOperationException("Kerberos");
    }

    public String getRealm() {
        throw new UnsupportedOperationException("Kerberos");
    }

    public String getHost() {
        throw new UnsupportedOperationException("Kerberos");
    }

    public int getPort() {
        throw new UnsupportedOperationException("Kerberos");
    }

    public File getKrb5conf() {
        throw new UnsupportedOperationException("Kerberos");
    }
}
