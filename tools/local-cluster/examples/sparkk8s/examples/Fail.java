package sparkk8s.examples;

/** Ends by an uncaught exception, so with exit code 1: Fail [MESSAGE]. */
public final class Fail {
    public static void main(String[] args) {
        System.out.println("about to fail");
        throw new IllegalStateException(args.length > 0 ? args[0] : "failed on purpose");
    }
}
