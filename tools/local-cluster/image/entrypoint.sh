#!/bin/bash
# What the pods of Spark on Kubernetes call: "driver ARGS" or "executor". It
# does what the entrypoint of the upstream image does.
set -e

# A user id of the cluster's choice may have no name; the JVM wants one.
if ! id -un > /dev/null 2>&1 && [ -w /etc/passwd ]; then
    echo "$(id -u):x:$(id -u):0:spark:$SPARK_HOME:/bin/bash" >> /etc/passwd
fi

# Less work for the compilers of many short-lived JVMs. Given first, so that an
# application's own options win; here, because the environment variables of
# the JVM itself print a line.
quick=-XX:TieredStopAtLevel=1

case "$1" in
driver)
    shift
    : "${SPARK_LAUNCHER_OPTS:=$quick}"
    export SPARK_LAUNCHER_OPTS SPARK_SUBMIT_OPTS="$quick $SPARK_SUBMIT_OPTS"
    exec "$SPARK_HOME/bin/spark-submit" \
        --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" \
        --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS" \
        --deploy-mode client "$@"
    ;;
executor)
    # SPARK_JAVA_OPT_0, _1, ...: one JVM option each, in the order of their numbers
    options=()
    for ((i = 0; ; i++)); do
        name=SPARK_JAVA_OPT_$i
        [ -n "${!name+set}" ] || break
        options+=("${!name}")
    done
    classpath=${SPARK_CONF_DIR:-$SPARK_HOME/conf}:$SPARK_CLASSPATH:$SPARK_HOME/jars/*
    [ -z "$HADOOP_CONF_DIR" ] || classpath=$HADOOP_CONF_DIR:$classpath
    [ -z "$SPARK_EXTRA_CLASSPATH" ] || classpath=$classpath:$SPARK_EXTRA_CLASSPATH
    exec "$JAVA_HOME/bin/java" "$quick" "${options[@]}" -Xms"$SPARK_EXECUTOR_MEMORY" -Xmx"$SPARK_EXECUTOR_MEMORY" \
        -cp "$classpath:$PWD:$SPARK_DIST_CLASSPATH" org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
        --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" \
        --app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP" \
        --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME"
    ;;
*)
    exec "$@"
    ;;
esac
