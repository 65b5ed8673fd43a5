package sparkk8s.examples;

import org.apache.spark.sql.SparkSession;

/**
 * Prints "tick K of N" each 100 ms: Ticks SECONDS [spark]. With "spark" it has a session, and so
 * executors; without, it runs almost at once.
 */
public final class Ticks {
    public static void main(String[] args) throws InterruptedException {
        SparkSession spark = null;
        if (args.length > 1 && args[1].equals("spark"))
            spark = SparkSession.builder().appName("Ticks").getOrCreate();
        int n = 10 * Integer.parseInt(args[0]);
        for (int k = 1; k <= n; k++) {
            System.out.println("tick " + k + " of " + n);
            Thread.sleep(100);
        }
        if (spark != null)
            spark.stop();
    }
}
