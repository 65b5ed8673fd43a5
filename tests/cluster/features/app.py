# SPDX-License-Identifier: Apache-2.0
"""The application of features.py: looks at everything that its submission asked for, on the driver and on an executor, and prints
it, with the driver's view of its configuration, as one line of JSON after "SEEN "."""
import json
import os
import sys

from pyspark import SparkFiles
from pyspark.sql import SparkSession

import greeting         # from --py-files


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError as error:
        return f"{type(error).__name__}: {path}"


def write(path, text):
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return read(path)
    except OSError as error:
        return f"{type(error).__name__}: {path}"


def look(role):
    """What a process of this application sees around it."""
    return {
        "user": os.environ.get("SEEN_ENV", ""),
        "secret_env": os.environ.get("SEEN_SECRET", ""),
        "secret_file": read("/etc/seen-secret/password"),
        "template_env": os.environ.get("FROM_TEMPLATE", ""),
        "claim": write(f"/volumes/claim/{role}.txt", f"{role} was here"),
        "ondemand": write(f"/volumes/ondemand/{role}.txt", role) if role == "driver" else "",
        "scratch": write(f"/volumes/scratch/{role}.txt", role),
        "host": read("/volumes/host/marker.txt"),
        "local_dirs": os.environ.get("SPARK_LOCAL_DIRS", ""),
        "local_dirs_there": all(os.path.isdir(d) for d in os.environ["SPARK_LOCAL_DIRS"].split(",")),
        "greeting": greeting.hello(role),
        "file": read(SparkFiles.get("table.csv")),
    }


def main():
    spark = SparkSession.builder.getOrCreate()
    context = spark.sparkContext
    executor = context.parallelize([0], 1).map(lambda _: look("executor")).collect()[0]
    seen = {"arguments": sys.argv[1:], "driver": look("driver"), "executor": executor, "conf": dict(context.getConf().getAll())}
    print("SEEN " + json.dumps(seen, sort_keys=True), flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
