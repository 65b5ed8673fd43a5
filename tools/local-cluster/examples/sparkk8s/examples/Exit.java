package sparkk8s.examples;

/** Ends with an exit code: Exit CODE. */
public final class Exit {
    public static void main(String[] args) {
        int code = Integer.parseInt(args[0]);
        System.out.println("exiting with " + code);
        System.exit(code);
    }
}
