import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** Reads one request a line, in hex and without its length; prints what Apache's own parser makes of it. */
public class ParseFrames {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        PrintStream out = new PrintStream(System.out, false);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(verdict(ByteBuffer.wrap(HexFormat.of().parseHex(line))));
        }
        out.flush();
    }

    private static String verdict(ByteBuffer frame) throws Exception {
        try {
            RequestHeader header = RequestHeader.parse(frame);
            RequestContext context = new RequestContext(header, "1", InetAddress.getLoopbackAddress(), KafkaPrincipal.ANONYMOUS,
                ListenerName.forSecurityProtocol(SecurityProtocol.PLAINTEXT), SecurityProtocol.PLAINTEXT,
                ClientInformation.EMPTY, false);
            if (!header.apiKey().isVersionSupported(header.apiVersion())) return "unsupported";
            context.parseRequest(frame);
            return "accept";
        } catch (Exception | OutOfMemoryError e) {
            return "reject " + e.getClass().getSimpleName();
        }
    }
}
