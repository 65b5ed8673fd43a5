"""Prints "tick K of N" each 100 ms: ticks.py SECONDS [spark].

With "spark" it has a session, and so executors."""
import sys
import time

spark = None
if sys.argv[2:] == ["spark"]:
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.appName("ticks").getOrCreate()
n = 10 * int(sys.argv[1])
for k in range(1, n + 1):
    print(f"tick {k} of {n}", flush=True)
    time.sleep(0.1)
if spark:
    spark.stop()
