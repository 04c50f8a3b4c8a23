#!/bin/sh
# Makes the key stores beside it, by the JDK's keytool and by openssl. All passwords are "secret1", but for the keys of
# rsa.jks and encrypted.pem, whose own is "keypass2".
set -eu
cd "$(dirname "$0")"
rm -f ./*.p12 ./*.jks ./*.pem
key() { keytool -genkeypair -alias broker -validity 36500 -storepass secret1 "$@"; }
key -keyalg EC -groupname secp256r1 -dname 'CN=ec, OU=Test, O=samsa, C=DE' -storetype PKCS12 -keystore ec.p12
key -keyalg RSA -keysize 2048 -dname 'CN=rsa' -storetype PKCS12 -keystore rsa.p12
key -keyalg RSA -keysize 2048 -dname 'CN=legacy' -storetype PKCS12 -keystore legacy.p12 -J-Dkeystore.pkcs12.legacy
key -keyalg EC -groupname secp256r1 -dname 'CN=ec-jks' -storetype JKS -keystore ec.jks -keypass secret1
key -keyalg RSA -keysize 2048 -dname 'CN=rsa-jks' -storetype JKS -keystore rsa.jks -keypass keypass2
# PKCS12 under the name that JKS has: what keytool has made for years.
cp ec.p12 pkcs12-inside.jks
# A key whose certificate an authority has signed.
keytool -genkeypair -alias ca -validity 36500 -storepass secret1 -keyalg EC -groupname secp256r1 -dname 'CN=authority' \
  -ext bc:c -storetype PKCS12 -keystore ca.p12
keytool -exportcert -rfc -alias ca -storepass secret1 -keystore ca.p12 -file ca.pem
key -keyalg EC -groupname secp256r1 -dname 'CN=signed' -storetype PKCS12 -keystore chain.p12
keytool -certreq -alias broker -storepass secret1 -keystore chain.p12 |
  keytool -gencert -alias ca -validity 36500 -storepass secret1 -keystore ca.p12 -rfc -ext san=dns:localhost,ip:127.0.0.1 >signed.pem
keytool -importcert -noprompt -alias ca -storepass secret1 -keystore chain.p12 -file ca.pem
keytool -importcert -noprompt -alias broker -storepass secret1 -keystore chain.p12 -file signed.pem
for type in JKS PKCS12; do
  extension=$(echo $type | sed 's/PKCS12/p12/; s/JKS/jks/')
  keytool -importcert -noprompt -alias one -storetype $type -storepass secret1 -keystore trust.$extension -file ca.pem
  keytool -exportcert -rfc -alias broker -storepass secret1 -keystore rsa.p12 |
    keytool -importcert -noprompt -alias two -storetype $type -storepass secret1 -keystore trust.$extension
done
openssl pkcs12 -in chain.p12 -passin pass:secret1 -nocerts -nodes -out plain.pem
openssl pkcs8 -topk8 -v2 aes-256-cbc -in plain.pem -passout pass:keypass2 -out encrypted.pem
cat signed.pem ca.pem >>encrypted.pem
# A client's key that the authority has signed, in both types, and a key whose certificate was over long ago.
issue() { # NAME DAYS-FROM DAYS
  key -keyalg EC -groupname secp256r1 -dname "CN=$1" -storetype PKCS12 -keystore "$1.p12"
  keytool -certreq -alias broker -storepass secret1 -keystore "$1.p12" |
    keytool -gencert -alias ca -startdate "$2" -validity "$3" -storepass secret1 -keystore ca.p12 -rfc \
      -ext san=dns:localhost,ip:127.0.0.1 >one.pem
  keytool -importcert -noprompt -alias ca -storepass secret1 -keystore "$1.p12" -file ca.pem
  keytool -importcert -noprompt -alias broker -storepass secret1 -keystore "$1.p12" -file one.pem
  rm one.pem
}
issue client 2024/01/01 36500
issue expired 2020/01/01 1
# Certificates that OpenSSL finds too weak, and Java does not: signed by way of SHA-1, and with a short key.
weak() { # NAME BITS SIGNATURE
  key -keyalg RSA -keysize "$2" -dname "CN=$1" -storetype PKCS12 -keystore "$1.p12"
  keytool -certreq -alias broker -storepass secret1 -keystore "$1.p12" |
    keytool -gencert -alias ca -validity 36500 -storepass secret1 -keystore ca.p12 -rfc -sigalg "$3" \
      -ext san=dns:localhost,ip:127.0.0.1 >one.pem
  keytool -importcert -noprompt -alias ca -storepass secret1 -keystore "$1.p12" -file ca.pem
  keytool -importcert -noprompt -alias broker -storepass secret1 -keystore "$1.p12" -file one.pem
  rm one.pem
}
weak sha1 2048 SHA1withECDSA
weak short-key 1024 SHA256withECDSA
# Certificates that Java does not trust either: signed by way of MD5, and with a key of 768 bits.
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out rsa-ca.pem -subj /CN=rsa-authority -days 36500
too_weak() { # NAME BITS HASH
  openssl req -newkey "rsa:$2" -nodes -keyout one.key -out one.csr -subj "/CN=$1"
  echo subjectAltName=DNS:localhost,IP:127.0.0.1 >one.txt
  openssl x509 -req -in one.csr -CA rsa-ca.pem -CAkey ca.key -set_serial 1 "-$3" -days 36500 -extfile one.txt -out one.pem
  cat one.key one.pem >"$1.pem"
  rm one.key one.csr one.txt one.pem
}
too_weak md5 2048 md5
too_weak tiny-key 768 sha256
rm ca.key
keytool -importkeystore -srckeystore client.p12 -srcstorepass secret1 -destkeystore client.jks -deststoretype JKS \
  -deststorepass secret1
# The same keys for clients that read PEM; nobody has signed that of the stranger.
for name in client expired; do openssl pkcs12 -in $name.p12 -passin pass:secret1 -clcerts -nodes -out $name.pem; done
openssl pkcs12 -in ec.p12 -passin pass:secret1 -nodes -out stranger.pem
# A certificate whose name has every kind of part: written by openssl, read back by Java (names.txt).
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -days 36500 -utf8 -out names.pem -subj \
  '/C=DE/ST=Bay ern/L=Mün\+chen/O=A, B "C" <D>;E\\F=G/OU=#x/OU= y /CN=d\#uke/emailAddress=duke@example.com/UID=u1/DC=example/STREET=Main'
cat >Names.java <<'JAVA'
import java.io.FileInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
class Names {
    public static void main(String[] args) throws Exception {
        var certificate = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(args[0]));
        System.out.println(certificate.getSubjectX500Principal().getName());
    }
}
JAVA
java Names.java names.pem >names.txt
# Workloads have certificates whose subject is empty, as their names stand beside it; Java reads an empty name.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout nameless.key -out nameless.crt -days 36500 \
  -subj / -addext subjectAltName=critical,URI:spiffe://example.com/duke
java Names.java nameless.crt | grep -qx ''
cat nameless.key nameless.crt >nameless.pem
rm nameless.key nameless.crt
rm Names.java plain.pem
