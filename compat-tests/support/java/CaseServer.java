import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs main methods one after another in this JVM with nothing but the JDK, so that it goes with a client of any version.
 * One line of JSON a request, whose words need no escapes: {"class": …, "args": […]}; one line an answer.
 */
public final class CaseServer {
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"");

    public static void main(String[] ignored) throws Exception {
        PrintStream answers = System.out;
        // What clients print is not an answer.
        System.setOut(System.err);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String failure = run(wordsOf(line));
            String verdict = failure == null ? "0" : "1";
            answers.println("{\"exitCode\":" + verdict + ",\"stdout\":\"\",\"stderr\":\"" + escape(failure) + "\"}");
            answers.flush();
        }
        System.exit(0);
    }

    /** The name of the class and its arguments: the values between the names of the fields. */
    private static List<String> wordsOf(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) words.add(matcher.group(1));
        words.remove("class");
        words.remove("args");
        return words.subList(0, words.lastIndexOf("input"));
    }

    private static String run(List<String> words) {
        try {
            String[] args = words.subList(1, words.size()).toArray(new String[0]);
            Class.forName(words.get(0)).getMethod("main", String[].class).invoke(null, (Object) args);
            return null;
        } catch (InvocationTargetException invocation) {
            return trace(invocation.getCause());
        } catch (ReflectiveOperationException impossible) {
            return trace(impossible);
        }
    }

    private static String trace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private static String escape(String text) {
        if (text == null) return "";
        StringBuilder escaped = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') escaped.append('\\').append(c);
            else if (c == '\n') escaped.append("\\n");
            else if (c == '\t') escaped.append("\\t");
            else if (c < 0x20) continue;
            else escaped.append(c);
        }
        return escaped.toString();
    }
}
