/* SPDX-License-Identifier: Apache-2.0 */
/* The commands and their options: the two tables that everything about the command line follows. */
#include "cli.h"
#include "nearest.h"

#define F(name) (1u << FORMAT_##name)

const struct command commands[] = {
    { "submit", "[OPTION]... RESOURCE [ARGUMENT]...",
      "submit an application, as spark-submit does in cluster mode", cmd_submit,
      OF_SUBMIT, F(JSON) | F(NAME), 0, -1, true },
    { "render", "[OPTION]... RESOURCE [ARGUMENT]...",
      "print the objects that submit would send; needs no cluster", cmd_render,
      OF_RENDER, F(JSON) | F(YAML) | F(NAME), 0, -1, true },
    { "conf", "[OPTION]... [KEY... | RESOURCE [ARGUMENT]...]",
      "list the properties of an application, and say what single ones do", cmd_conf,
      OF_CONF, F(JSON), 0, -1, true },
    { "diff", "[OPTION]... RESOURCE [ARGUMENT]...",
      "compare what would be submitted with a run, another Spark or other arguments", cmd_diff,
      OF_DIFF, F(JSON), 0, -1, true },
    { "spark-submit", "[OPTION]... RESOURCE [ARGUMENT]...",
      "be spark-submit, word for word, for Kubernetes in cluster mode", cmd_spark_submit,
      OF_SPARK_SUBMIT, 0, 0, -1, true, true },
    { "list", "[GLOB | RUN...]", "list runs, by the name of the driver pod or the application", cmd_list,
      OF_LIST, F(TABLE) | F(WIDE) | F(JSON) | F(YAML) | F(NAME), 0, -1, false },
    { "status", "[RUN|GLOB]...", "say how runs are, and why", cmd_status,
      OF_STATUS, F(TABLE) | F(WIDE) | F(JSON) | F(YAML) | F(NAME), 0, -1, false },
    { "explain", "RUN", "say what went wrong or keeps a run waiting, with evidence, and what to do", cmd_explain,
      OF_EXPLAIN, F(JSON) | F(YAML) | F(NAME), 1, 1, false },
    { "watch", "[RUN|GLOB]...", "print every change: of a run until it ends, or of many", cmd_watch,
      OF_WATCH, F(JSON) | F(NAME), 0, -1, false },
    { "wait", "[RUN|GLOB]...", "wait until runs have ended, or are as wished; on one watch for all", cmd_wait,
      OF_WAIT, F(JSON), 0, -1, false },
    { "logs", "RUN|GLOB...", "print or save the logs of drivers, or of executors", cmd_logs,
      OF_LOGS, F(JSON), 0, -1, false },
    { "kill", "[RUN|GLOB]...", "end runs: these drivers, never later ones of the same name", cmd_kill,
      OF_KILL, F(NAME), 0, -1, false },
    { "gc", "", "find what nobody needs any more, and why; --delete deletes it", cmd_gc,
      OF_GC, F(JSON) | F(NAME), 0, 0, false },
    { "version", "", "print versions, and the Spark lines that can be submitted", cmd_version, OF_VERSION,
      F(JSON), 0, 0, false },
    { "help", "[COMMAND]", "print this, or the options of a command", cmd_help, OF_HELP, 0, 0, 1, false },
    { "__complete", NULL, NULL, cmd_complete, 0, 0, 0, -1, false },
    { NULL, NULL, NULL, NULL, 0, 0, 0, 0, false },
};

#define SUBMITS (OF_SUBMIT | OF_RENDER)
#define APPLICATIONS (SUBMITS | OF_CONF | OF_DIFF)        /* what takes spark-submit's arguments */
#define CLUSTER (OF_COMMON | APPLICATIONS | OF_LIST | OF_STATUS | OF_EXPLAIN | OF_WATCH | OF_WAIT | OF_LOGS | OF_KILL | OF_GC)
#define ALL (CLUSTER | OF_VERSION | OF_HELP)
#define SELECTS (OF_LIST | OF_STATUS | OF_WATCH | OF_WAIT | OF_LOGS | OF_KILL)
#define AT(member) offsetof(struct options, member)
#define SPARK(name, letter, argument, doc) { name, letter, KIND_SPARK, argument, APPLICATIONS | OF_SPARK_SUBMIT, 0, doc }

const struct option option_table[] = {
    { "--kubeconfig", 0, KIND_MAYBE, "FILE", CLUSTER, AT(kubeconfig),
      "kubeconfig file (default: $KUBECONFIG, ~/.kube/config, then in-cluster)" },
    { "--context", 0, KIND_MAYBE, "NAME", CLUSTER, AT(context), "context of the kubeconfig" },
    { "--namespace", 'n', KIND_MAYBE, "NAME", CLUSTER, AT(ns), "namespace" },
    { "--cluster", 0, KIND_MAYBE, "NAME", CLUSTER, AT(cluster), "cluster of the kubeconfig, instead of the context's" },
    { "--user", 0, KIND_MAYBE, "NAME", CLUSTER, AT(user), "user of the kubeconfig, instead of the context's" },
    { "--server", 's', KIND_MAYBE, "URL", CLUSTER, AT(server), "API server, instead of the kubeconfig's" },
    { "--tls-server-name", 0, KIND_MAYBE, "NAME", CLUSTER, AT(tls_server_name),
      "name that the server's certificate must have" },
    { "--certificate-authority", 0, KIND_MAYBE, "FILE", CLUSTER, AT(ca_file),
      "certificate authorities, instead of the kubeconfig's" },
    { "--insecure-skip-tls-verify", 0, KIND_FLAG, NULL, CLUSTER, AT(insecure),
      "accept any certificate: whoever is in between sees all" },
    { "--client-certificate", 0, KIND_MAYBE, "FILE", CLUSTER, AT(cert_file), "client certificate" },
    { "--client-key", 0, KIND_MAYBE, "FILE", CLUSTER, AT(key_file), "key of the client certificate" },
    { "--token", 0, KIND_MAYBE, "TOKEN", CLUSTER, AT(token), "bearer token; others can see it in the process list" },
    { "--token-file", 0, KIND_MAYBE, "FILE", CLUSTER, AT(token_file), "file with a bearer token" },
    { "--as", 0, KIND_MAYBE, "USER", CLUSTER, AT(as_user), "user to impersonate" },
    { "--as-group", 0, KIND_TEXTS, "GROUP", CLUSTER, AT(as_groups), "group to impersonate; may be repeated" },
    { "--as-uid", 0, KIND_MAYBE, "UID", CLUSTER, AT(as_uid), "uid to impersonate" },
    { "--timeout", 0, KIND_SECONDS, "TIME", CLUSTER & ~(unsigned)OF_WAIT, AT(timeout_ms),
      "limit for an answer of the API server (default 30s)" },
    { "--request-timeout", 0, KIND_SECONDS, "TIME", CLUSTER, AT(timeout_ms), "the same, as kubectl calls it" },
    { "--output", 'o', KIND_FORMAT, "FORMAT", ALL & ~(unsigned)OF_HELP, AT(format),
      "how to print: table, wide, json, yaml or name, where it makes sense" },
    { "--verbose", 'v', KIND_FLAG, NULL, ALL | OF_SPARK_SUBMIT, AT(verbose), "requests and other details on stderr" },
    { "--help", 'h', KIND_FLAG, NULL, ALL | OF_SPARK_SUBMIT, AT(help), "print the options of a command" },
    { "--version", 0, KIND_FLAG, NULL, ALL | OF_SPARK_SUBMIT, AT(version), "print versions" },

    { "--wait", 0, KIND_FLAG, NULL, SUBMITS, AT(wait), "wait for the end; the exit code is the verdict" },
    { "--logs", 0, KIND_FLAG, NULL, SUBMITS | OF_WATCH, AT(logs), "wait, with the driver's log on stdout" },
    { "--key", 0, KIND_TEXT, "KEY", SUBMITS | OF_DIFF, AT(key),
      "submission key: submitting again with it never starts a second driver" },
    { "--dry-run", 0, KIND_FLAG, NULL, SUBMITS, AT(dry_run),
      "let the API server check everything, create nothing" },
    { "--start-timeout", 0, KIND_SECONDS, "TIME", SUBMITS | OF_WATCH, AT(start_timeout_ms),
      "stop waiting if the driver has not started by then" },
    { "--kill-on-interrupt", 0, KIND_FLAG, NULL, SUBMITS | OF_WATCH, AT(kill_on_interrupt),
      "Ctrl-C and SIGTERM kill the run instead of leaving it" },
    { "--executor", 0, KIND_FLAG, NULL, OF_RENDER, AT(executor),
      "print what the driver will ask for: an executor's pod and its claims" },
    { "--app-id", 0, KIND_TEXT, "ID", OF_RENDER, AT(app_id), "application id instead of a random one" },
    { "--id-seed", 0, KIND_TEXT, "TEXT", OF_RENDER, AT(id_seed),
      "derive names from this instead of from random bytes" },
    { "--now-ms", 0, KIND_NUMBER, "MS", OF_RENDER, AT(now_ms),
      "Unix time in milliseconds instead of the clock's" },

    { "--known", 0, KIND_FLAG, NULL, OF_CONF, AT(known),
      "the keys that can be set, all or those that begin with an argument" },

    { "--defaults", 0, KIND_FLAG, NULL, OF_CONF, AT(defaults), "list the defaults of Spark, too" },
    { "--explain", 0, KIND_TEXT, "KEY", OF_CONF | OF_RENDER, AT(explain),
      "say where a property comes from, and what it changes in the objects" },
    { "--run", 0, KIND_TEXT, "RUN", OF_DIFF, AT(run), "compare with this run" },
    { "--against-version", 0, KIND_TEXT, "VERSION", OF_DIFF, AT(against_version),
      "compare with the same for another Spark: 4.3 or 4.3.0" },
    { "--against", 0, KIND_AGAINST, "ARGUMENTS", OF_DIFF, 0,
      "compare with what these arguments give; without a resource: options beside the others" },

    { "--all-namespaces", 'A', KIND_FLAG, NULL, SELECTS | OF_GC, AT(all_namespaces), "all namespaces" },
    { "--selector", 'l', KIND_TEXT, "SELECTOR", SELECTS, AT(selector), "label selector of the driver pod" },
    { "--state", 0, KIND_STATES, "STATE[,STATE]", SELECTS, AT(states), "only runs in these states" },
    { "--older-than", 0, KIND_SECONDS, "TIME", SELECTS, AT(older_than_ms),
      "only runs that were submitted at least so long ago" },
    { "--younger-than", 0, KIND_SECONDS, "TIME", SELECTS, AT(younger_than_ms),
      "only runs that were submitted at most so long ago" },
    { "--finished-older-than", 0, KIND_SECONDS, "TIME", SELECTS, AT(finished_older_than_ms),
      "only runs that ended at least so long ago" },
    { "--drivers-only", 0, KIND_FLAG, NULL, OF_LIST | OF_WATCH, AT(drivers_only),
      "read no executors, which are most of the pods; they are not counted then" },
    { "--for", 0, KIND_FOR, "CONDITION", OF_WAIT, AT(until),
      "finished (which is the default), running, or state=STATE[,STATE]" },
    { "--any", 0, KIND_FLAG, NULL, OF_WAIT, AT(any), "until one of them is, instead of all" },
    { "--timeout", 0, KIND_SECONDS, "TIME", OF_WAIT, AT(wait_timeout_ms), "stop waiting after this time, with exit code 8" },
    { "--exit-code", 0, KIND_FLAG, NULL, OF_STATUS, AT(exit_code),
      "the exit code is the verdict, as with submit --wait" },

    { "--follow", 'f', KIND_FLAG, NULL, OF_LOGS, AT(follow), "go on until the end" },
    { "--tail", 0, KIND_NUMBER, "N", OF_LOGS, AT(tail), "the last N lines of each pod only" },
    { "--previous", 'p', KIND_FLAG, NULL, OF_LOGS, AT(previous), "of the container's previous start" },
    { "--timestamps", 0, KIND_FLAG, NULL, OF_LOGS, AT(timestamps), "put the time before each line" },
    { "--container", 'c', KIND_TEXT, "NAME", OF_LOGS, AT(container), "container (default: Spark's)" },
    { "--pod", 0, KIND_TEXT, "NAME", OF_LOGS, AT(pod), "another pod of the run, e.g. an executor" },
    { "--executors", 0, KIND_FLAG, NULL, OF_LOGS, AT(executors), "all executors, as they come and go" },
    { "--driver", 0, KIND_FLAG, NULL, OF_LOGS, AT(driver), "beside --executors: the driver, too" },
    { "--no-prefix", 0, KIND_FLAG, NULL, OF_LOGS, AT(no_prefix), "of several pods: lines without the pod's short name" },
    { "--save", 0, KIND_TEXT, "FOLDER", OF_LOGS, AT(save),
      "write a file for each pod instead; again with the same folder it goes on" },
    { "--max-streams", 0, KIND_NUMBER, "N", OF_LOGS, AT(max_streams),
      "of several pods: how many are read at once (default 64)" },

    { "--grace", 0, KIND_SECONDS, "TIME", OF_KILL, AT(grace),
      "time for the driver to end by itself (default: the pod's own)" },
    { "--now", 0, KIND_FLAG, NULL, OF_KILL, AT(now), "without grace" },
    { "--wait", 0, KIND_FLAG, NULL, OF_KILL, AT(wait), "return when the drivers are gone" },
    { "--dry-run", 0, KIND_FLAG, NULL, OF_KILL, AT(dry_run), "print what would be killed, and kill nothing" },
    { "--all", 0, KIND_FLAG, NULL, OF_KILL, AT(all), "all runs of the namespace are meant, where nothing says which" },
    { "--only-claim", 0, KIND_TEXT, "CLAIM", OF_KILL, AT(only_claim),
      "only if this is the driver's present claim" },

    { "--delete", 0, KIND_FLAG, NULL, OF_GC, AT(remove), "delete them" },
    { "--yes", 'y', KIND_FLAG, NULL, OF_GC, AT(remove), "the same" },
    { "--dry-run", 0, KIND_FLAG, NULL, OF_GC, AT(dry_run), "only print them, which is the default" },
    { "--older-than", 0, KIND_SECONDS, "TIME", OF_GC, AT(older_than_ms),
      "how long there was no sign of life of a submission (default 1h)" },
    { "--finished-older-than", 0, KIND_SECONDS, "TIME", OF_GC, AT(finished_older_than_ms),
      "drivers, too, that ended at least so long ago" },

    SPARK("--archives", 0, "URI,...", "archives to unpack in the executors' working folders"),
    SPARK("--class", 0, "CLASS", "the application's main class (Java, Scala)"),
    SPARK("--conf", 'c', "KEY=VALUE", "a Spark property"),
    SPARK("--deploy-mode", 0, "MODE", "cluster, which is the default here"),
    SPARK("--driver-class-path", 0, "PATH", "extra class path of the driver"),
    SPARK("--driver-cores", 0, "N", "cores of the driver"),
    SPARK("--driver-default-class-path", 0, "PATH", "default class path of the driver (Spark 4.0)"),
    SPARK("--driver-java-options", 0, "OPTIONS", "extra Java options of the driver"),
    SPARK("--driver-library-path", 0, "PATH", "extra library path of the driver"),
    SPARK("--driver-memory", 0, "SIZE", "memory of the driver, e.g. 1g"),
    SPARK("--exclude-packages", 0, "G:A,...", "what to leave out when resolving --packages"),
    SPARK("--executor-cores", 0, "N", "cores of an executor"),
    SPARK("--executor-memory", 0, "SIZE", "memory of an executor, e.g. 1g"),
    SPARK("--extra-properties-file", 0, "FILE", "more properties; may be repeated (Spark 4.2)"),
    SPARK("--files", 0, "URI,...", "files for the executors' working folders"),
    SPARK("--jars", 0, "URI,...", "jars for the class paths"),
    SPARK("--keytab", 0, "FILE", "Kerberos keytab"),
    SPARK("--kill", 0, "RUN", "of spark-submit; here: sparkk8s kill"),
    SPARK("--load-spark-defaults", 0, NULL, "read spark-defaults.conf beside --properties-file (Spark 4.0)"),
    SPARK("--master", 0, "k8s://URL", "API server (default: the kubeconfig's)"),
    SPARK("--name", 0, "NAME", "name of the application"),
    SPARK("--num-executors", 0, "N", "number of executors"),
    SPARK("--packages", 0, "G:A:V,...", "Maven coordinates of jars"),
    SPARK("--principal", 0, "NAME", "Kerberos principal"),
    SPARK("--properties-file", 0, "FILE", "properties, instead of spark-defaults.conf"),
    SPARK("--proxy-user", 0, "USER", "user to impersonate in the application"),
    SPARK("--py-files", 0, "URI,...", "Python files, zips and eggs"),
    SPARK("--queue", 0, "NAME", "no effect on Kubernetes"),
    SPARK("--remote", 0, "URL", "Spark Connect server; not in cluster mode"),
    SPARK("--repositories", 0, "URL,...", "Maven repositories for --packages"),
    SPARK("--spark-version", 0, "VERSION",
      "Spark in the image, 4.1 or 4.1.4; not spark-submit's (default: by the image's tag)"),
    SPARK("--status", 0, "RUN", "of spark-submit; here: sparkk8s status"),
    SPARK("--supervise", 0, NULL, "no effect on Kubernetes"),
    SPARK("--total-executor-cores", 0, "N", "no effect on Kubernetes"),
};
const size_t option_count = COUNT(option_table);

const struct command *command_find(const char *name)
{
    const struct command *command;

    for (command = commands; command->name; command++)
        if (!strcmp(command->name, name))
            return command;
    return NULL;
}

const char *command_nearest(const char *name)
{
    struct nearest nearest = nearest_to(name, strlen(name));
    const struct command *command;

    for (command = commands; command->name; command++)
        if (command->doc)
            nearest_try(&nearest, command->name);
    return nearest.word;
}
