package org.apache.spark.examples;

import java.util.Collections;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Pi by throwing darts: SparkPi [SLICES]. Stands in for the example of this name that comes with
 * Spark: PyPI's distribution has no jar of examples.
 */
public final class SparkPi {
    private static final int DARTS = 100000; // for each slice

    private static long hits(Integer slice) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long hits = 0;
        for (int i = 0; i < DARTS; i++) {
            double x = random.nextDouble(-1, 1);
            double y = random.nextDouble(-1, 1);
            if (x * x + y * y <= 1)
                hits++;
        }
        return hits;
    }

    public static void main(String[] args) {
        int slices = args.length > 0 ? Integer.parseInt(args[0]) : 2;
        SparkSession spark = SparkSession.builder().appName("Spark Pi").getOrCreate();
        JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
        long hits = context.parallelize(Collections.nCopies(slices, 0), slices).map(SparkPi::hits).reduce(Long::sum);
        System.out.println("Pi is roughly " + 4.0 * hits / ((long) DARTS * slices));
        spark.stop();
    }
}
