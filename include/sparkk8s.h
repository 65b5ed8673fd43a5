/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPARKK8S_H
#define SPARKK8S_H

#include <stddef.h>
#include <stdint.h>

/*
 * libsparkk8s - run Apache Spark applications on Kubernetes, without a JVM and without an operator.
 *
 *   conf --> app --> render --> manifest --> submit --> run --> status, watch, logs, explain, kill
 *   (offline: reads only the files that it names)      (network: needs a client)
 *
 * Results.    A function that can fail returns int: 0 is success, a negative value is one of the
 *             SPARKK8S_E* codes; SPARKK8S_AGAIN and SPARKK8S_END (positive) are ordinary outcomes of
 *             *_next().
 * Errors.     The last argument is always `sparkk8s_error **err`. It may be NULL. On failure *err is
 *             set to an object for sparkk8s_error_free(); on success it is left alone.
 * Outputs.    Out arguments come just before err and are written only when the result is 0.
 * Strings.    In and out, strings are UTF-8 and NUL-terminated; inputs are copied. A `const char *`
 *             result is borrowed: it lives as long as the object it came from, unless noted. A
 *             `char *` result is the caller's: release it with sparkk8s_free().
 * Freeing.    Every sparkk8s_X_free() accepts NULL. Objects may be freed in any order: a run, watch,
 *             list or log stream keeps what it needs of its client alive.
 * Threads.    A client, and everything opened from it, belongs to one thread at a time; different
 *             clients never interfere. sparkk8s_cancel_trigger() may be called from any thread and
 *             from a signal handler. Many operations of one client may be under way at once: they
 *             share its connections, and whichever call is waiting moves all of them forward.
 * Event loops. sparkk8s_client_fd() is one file descriptor for all of that: poll it, then call the
 *             *_next() functions with timeout_ms = 0. sparkk8s_client_next() says of which objects, and
 *             sparkk8s_begin_*() are the functions that would block.
 * Process.    The library starts no threads (libcurl may, to resolve a name), installs no signal handlers, writes
 *             nothing to stdout or stderr, changes neither environment nor working directory, and never exits
 *             or aborts. After fork() a client is unusable in the child (SPARKK8S_EFORK).
 * Structs.    Structs are only ever inputs. Zero the struct, set `size` to sizeof it, fill in what
 *             you need: zero means "default" for every member, now and for members added later.
 *             A non-zero member that the library does not know is SPARKK8S_EINVAL, never ignored.
 */

#if defined(__GNUC__) && !defined(SPARKK8S_STATIC)
# define SPARKK8S_API __attribute__((visibility("default")))
#else
# define SPARKK8S_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- library ---------------------------------------------------------------------------------- */

#define SPARKK8S_VERSION "0.1.0"                       /* of this header; sparkk8s_version() is the library's */
SPARKK8S_API const char *sparkk8s_version(void);       /* "1.4.0" */
SPARKK8S_API int sparkk8s_version_number(void);        /* 10400: major * 10000 + minor * 100 + patch */
SPARKK8S_API void sparkk8s_free(void *ptr);            /* for `char *` results; NULL is allowed */
/* The Spark lines whose objects render can reproduce, oldest first: "3.5", "4.0", ...; NULL at the end. */
SPARKK8S_API const char *sparkk8s_spark_line(size_t index);

/* ---- errors ----------------------------------------------------------------------------------- */

enum {
    SPARKK8S_OK = 0,
    SPARKK8S_AGAIN = 1,         /* nothing arrived within timeout_ms; call again */
    SPARKK8S_END = 2,           /* the stream has ended */
    SPARKK8S_ENOMEM = -1,
    SPARKK8S_EINVAL = -2,       /* the caller passed something that is never valid */
    SPARKK8S_EPARSE = -3,       /* malformed file or argument list; see sparkk8s_error_where() */
    SPARKK8S_ECONF = -4,        /* well-formed, but Spark or Kubernetes cannot accept it */
    SPARKK8S_EIO = -5,          /* a local file could not be read or written */
    SPARKK8S_EAUTH = -6,        /* no usable credentials, or the server rejected them */
    SPARKK8S_EFORBIDDEN = -7,   /* known, but not allowed: RBAC, quota or admission */
    SPARKK8S_ECONNECT = -8,     /* name resolution, TCP, proxy or TLS failed */
    SPARKK8S_ETIMEDOUT = -9,
    SPARKK8S_ECANCELED = -10,
    SPARKK8S_ESERVER = -11,     /* any other refusal by the API server; see http_status and reason */
    SPARKK8S_ENOTFOUND = -12,
    SPARKK8S_EEXISTS = -13,     /* the name is taken by something that is not this submission */
    SPARKK8S_EUPLOAD = -14,     /* a dependency could not be stored */
    SPARKK8S_EFORK = -15        /* client used in a forked child */
};

typedef struct sparkk8s_error sparkk8s_error;
/* Getters accept NULL: code SPARKK8S_OK and empty strings. No getter ever returns a secret. */
SPARKK8S_API int sparkk8s_error_code(const sparkk8s_error *err);
SPARKK8S_API const char *sparkk8s_error_message(const sparkk8s_error *err); /* one line, no final period */
SPARKK8S_API const char *sparkk8s_error_where(const sparkk8s_error *err);   /* "app.yaml:12:3", a key, a URL, or "" */
SPARKK8S_API const char *sparkk8s_error_hint(const sparkk8s_error *err);    /* what to try next, or "" */
SPARKK8S_API const char *sparkk8s_error_reason(const sparkk8s_error *err);  /* Kubernetes Status.reason, or "" */
SPARKK8S_API const char *sparkk8s_error_body(const sparkk8s_error *err);    /* server's answer as sent, or "" */
SPARKK8S_API int sparkk8s_error_http_status(const sparkk8s_error *err);     /* 0 if no answer arrived */
SPARKK8S_API int sparkk8s_error_is_retriable(const sparkk8s_error *err);    /* same call may succeed later */
SPARKK8S_API void sparkk8s_error_free(sparkk8s_error *err);
SPARKK8S_API const char *sparkk8s_code_name(int code);                      /* "SPARKK8S_ENOMEM"; never NULL */

/* ---- cancellation and time limits -------------------------------------------------------------- */

typedef struct sparkk8s_cancel sparkk8s_cancel;
SPARKK8S_API sparkk8s_cancel *sparkk8s_cancel_new(void);                    /* NULL if out of memory */
SPARKK8S_API void sparkk8s_cancel_trigger(sparkk8s_cancel *cancel);         /* sticky until reset */
SPARKK8S_API void sparkk8s_cancel_reset(sparkk8s_cancel *cancel);
SPARKK8S_API void sparkk8s_cancel_free(sparkk8s_cancel *cancel);

/* How one network call may block. NULL means: the client's default timeout, not cancellable. */
typedef struct {
    size_t size;
    sparkk8s_cancel *cancel;    /* must outlive the call */
    int32_t timeout_ms;         /* 0: client's default (for *_next: return at once); -1: no limit */
    int32_t reserved;
} sparkk8s_call;

/* ---- configuration: an ordered set of Spark properties ------------------------------------------ */

typedef struct sparkk8s_conf sparkk8s_conf;
SPARKK8S_API sparkk8s_conf *sparkk8s_conf_new(void);
SPARKK8S_API void sparkk8s_conf_free(sparkk8s_conf *conf);
/* value NULL removes the key */
SPARKK8S_API int sparkk8s_conf_set(sparkk8s_conf *conf, const char *key, const char *value, sparkk8s_error **err);
/* The same, and who says so, for messages and sparkk8s_conf_origin(). */
SPARKK8S_API int sparkk8s_conf_set_from(sparkk8s_conf *conf, const char *key, const char *value, const char *origin,
                                        sparkk8s_error **err);
SPARKK8S_API const char *sparkk8s_conf_get(const sparkk8s_conf *conf, const char *key); /* NULL if unset */
/* Who set it: "--conf", "spark-defaults.conf:12", "SPARK_DRIVER_MEMORY", ... */
SPARKK8S_API const char *sparkk8s_conf_origin(const sparkk8s_conf *conf, const char *key);
SPARKK8S_API size_t sparkk8s_conf_count(const sparkk8s_conf *conf);
SPARKK8S_API const char *sparkk8s_conf_key(const sparkk8s_conf *conf, size_t index);    /* sorted by key */
/* Read spark-defaults.conf syntax; existing keys win, as in spark-submit. `name` is for messages. */
SPARKK8S_API int sparkk8s_conf_load(sparkk8s_conf *conf, const char *path, sparkk8s_error **err);
SPARKK8S_API int sparkk8s_conf_parse(sparkk8s_conf *conf, const char *text, size_t len, const char *name,
                                     sparkk8s_error **err);

/* The configuration keys that the library knows: Spark's on Kubernetes, those of Spark that matter there, and its own.
 * JSON text: an array, sorted by key, of objects with
 *   key (one that ends with "." stands for all that begin with it), doc (one line), secret (true: never shown),
 *   type: string, bool, int, long, double, list (commas), prefix, size and size-mib (a bare number is bytes or MiB),
 *         time-s and time-ms (a bare number is seconds or milliseconds),
 *   default (null: none), defaults ({"3.5": ...}, only where it differs between Spark lines), since and until (lines),
 *   read_by (submission, connection, driver, executors, kill), alias (deprecated name, or null).
 * `prefix`: only keys that begin with it; NULL: all. */
SPARKK8S_API int sparkk8s_keys_to_json(const char *prefix, char **out, sparkk8s_error **err);

/* ---- application: what to run ------------------------------------------------------------------- */

typedef struct sparkk8s_app sparkk8s_app;
enum { SPARKK8S_DRIVER = 1, SPARKK8S_EXECUTOR = 2 };                        /* roles of pods */

SPARKK8S_API sparkk8s_app *sparkk8s_app_new(void);
/* `argv` as given to spark-submit, without the program name. `env` as in sparkk8s_app_set_env(); `defaults`
 * may be NULL. */
SPARKK8S_API int sparkk8s_app_from_args(int argc, const char *const *argv, const char *const *env,
                                        const sparkk8s_conf *defaults, sparkk8s_app **out, sparkk8s_error **err);
SPARKK8S_API void sparkk8s_app_free(sparkk8s_app *app);
/* The submitter's environment, as in environ, NULL for none: Spark reads SPARK_USER, SPARK_CONF_DIR,
 * HADOOP_CONF_DIR, SPARK_LOCAL_DIRS, PYSPARK_PYTHON and others from it. The library never reads the process's. */
SPARKK8S_API int sparkk8s_app_set_env(sparkk8s_app *app, const char *const *env, sparkk8s_error **err);
/* Fields outside the Spark properties: "name", "namespace", "main-class", "resource", "language"
 * (java, python, r), "proxy-user", "spark-version". An unknown field is SPARKK8S_EINVAL. */
SPARKK8S_API int sparkk8s_app_set(sparkk8s_app *app, const char *field, const char *value, sparkk8s_error **err);
SPARKK8S_API const char *sparkk8s_app_get(const sparkk8s_app *app, const char *field);
SPARKK8S_API int sparkk8s_app_add_arg(sparkk8s_app *app, const char *arg, sparkk8s_error **err);
SPARKK8S_API sparkk8s_conf *sparkk8s_app_conf(sparkk8s_app *app);           /* the app's own; do not free */
/* The pod, YAML or JSON of `len` bytes, that the pods of a role start from; `name` is for messages, NULL for a general
 * one; `text` NULL removes it. What cannot be read as a pod is refused here, at "name:line:column". It stands in for
 * spark.kubernetes.{driver,executor}.podTemplateFile: where that is set too, render says so and does not read the file,
 * since what a program gives for this application is nearer to it than a property, which may be everybody's default. */
SPARKK8S_API int sparkk8s_app_set_pod_template(sparkk8s_app *app, int role, const char *text, size_t len,
                                               const char *name, sparkk8s_error **err);

typedef struct {
    size_t size;
    const char *type;           /* "persistentVolumeClaim", "hostPath", "emptyDir", "nfs", "secret" */
    const char *name;           /* of the volume; of a "secret": of the Secret itself */
    const char *mount_path;
    const char *mount_subpath;
    const char *mount_subpath_expr;     /* the same with $(VARIABLES); Spark 4.0 and later */
    /* { "claimName=OnDemand", "storageClass=ssd", "sizeLimit=10Gi", NULL }, as in Spark's properties, without "options.":
     * hostPath has path, type; persistentVolumeClaim claimName, storageClass, sizeLimit, label.<key>, annotation.<key>;
     * emptyDir medium, sizeLimit; nfs server, path; secret none. */
    const char *const *options;
    int32_t roles;              /* SPARKK8S_DRIVER | SPARKK8S_EXECUTOR; 0 means both */
    int32_t read_only;
} sparkk8s_volume;
/* Sugar for the properties spark.kubernetes.{driver,executor}.volumes.* (of a secret: .secrets.*) that it writes, all of
 * them or, on failure, none; a volume of that type and name is replaced as a whole. What Spark would ignore or refuse is
 * refused at once. Spark has no properties for volumes of other types, configMap among them: those can be in a pod
 * template. */
SPARKK8S_API int sparkk8s_app_add_volume(sparkk8s_app *app, const sparkk8s_volume *volume, sparkk8s_error **err);

/* The properties that a submission of the application would have, and where each comes from: what was set, what the
 * submission itself decides, and with SPARKK8S_CONF_DEFAULTS the defaults of Spark too. JSON text: an array of objects
 *   key, value ("*********(redacted)" where Spark redacts it), origin (as of sparkk8s_conf_origin(); "default"),
 *   over (an array of {value, origin}: what else was said of this key, and lost, the strongest first),
 *   ignored (true: it does not reach the driver).
 * If the application cannot be rendered, it has what was set. */
enum { SPARKK8S_CONF_DEFAULTS = 1 };
SPARKK8S_API int sparkk8s_app_conf_to_json(const sparkk8s_app *app, int flags, char **out, sparkk8s_error **err);

/* One key of it. JSON text: an object with key, value, origin, over and ignored as above, and
 *   resolved (the value after ${...}, for a key that is read so), default (in its Spark line), line ("4.1"),
 *   known (its row as of sparkk8s_keys_to_json(), or null),
 *   effects (what would be otherwise without the key, in the objects and in an executor's as of
 *   sparkk8s_manifest_executor_json(): an array as of sparkk8s_manifest_diff(), left without it, right with it, and `step`,
 *   Spark's class that makes the difference; a key that ends with "." stands for all under it),
 *   error (why the application cannot be rendered), without (why it cannot be rendered without the key). */
SPARKK8S_API int sparkk8s_app_explain(const sparkk8s_app *app, const char *key, char **out, sparkk8s_error **err);

/* ---- rendering: from application to Kubernetes objects, offline ---------------------------------- */

typedef struct sparkk8s_manifest sparkk8s_manifest;
typedef struct {
    size_t size;
    const char *app_id;         /* NULL: random. Fix app_id, id_seed and now_ms to get the same bytes every time */
    const char *id_seed;        /* names, and the app id if it is NULL, are derived from it instead of from random
                                 * bytes and the clock; a submission key is given here too */
    int64_t now_ms;             /* 0: the clock */
} sparkk8s_render_opts;
SPARKK8S_API int sparkk8s_render(const sparkk8s_app *app, const sparkk8s_render_opts *opts, sparkk8s_manifest **out,
                                 sparkk8s_error **err);
SPARKK8S_API size_t sparkk8s_manifest_count(const sparkk8s_manifest *manifest); /* in order of creation */
SPARKK8S_API const char *sparkk8s_manifest_kind(const sparkk8s_manifest *manifest, size_t index);
SPARKK8S_API const char *sparkk8s_manifest_name(const sparkk8s_manifest *manifest, size_t index);
SPARKK8S_API const char *sparkk8s_manifest_json(const sparkk8s_manifest *manifest, size_t index);
SPARKK8S_API int sparkk8s_manifest_to_yaml(const sparkk8s_manifest *manifest, char **out, sparkk8s_error **err);
/*
 * The executors: what this application's driver will ask Kubernetes for, once for each executor. A JSON array: the pod
 * first, then its PersistentVolumeClaims in the order of their volumes, which is the order in which the driver creates
 * them; empty for an application that runs in its driver alone (spark.kubernetes.driver.master=local...). Shown is the
 * executor whose number is sparkk8s.executor.id (1), of the default resource profile. What only the driver will know
 * stands there as <driver-pod-ip>, <driver-pod-uid>, <executor-pod-uid> (as owner of claims that the driver does not
 * own), <made-by-the-driver> (the secret of spark.authenticate), and xxxxxxxxxxxxxxxx within names. Not shown: the
 * ConfigMap spark-exec-...-conf-map that the driver makes of its own conf folder, and the StatefulSet or Deployment
 * of an allocator that makes one, of which this pod is the template.
 *     What the driver would refuse is SPARKK8S_ECONF here, though it can be submitted. So is what it does with classes
 * of its own (spark.kubernetes.executor.pod.featureSteps, but for Volcano's), and a template that is in its image. */
SPARKK8S_API int sparkk8s_manifest_executor_json(const sparkk8s_manifest *manifest, char **out, sparkk8s_error **err);
/* The same as YAML documents. */
SPARKK8S_API int sparkk8s_manifest_executor_to_yaml(const sparkk8s_manifest *manifest, char **out,
                                                    sparkk8s_error **err);
/* What render noticed but did not refuse: ignored keys, deprecated keys, overridden template fields. */
SPARKK8S_API size_t sparkk8s_manifest_warning_count(const sparkk8s_manifest *manifest);
SPARKK8S_API const char *sparkk8s_manifest_warning(const sparkk8s_manifest *manifest, size_t index);
/* Where two manifests differ, field by field. What is random in names and ids does not count, nor does the time of
 * submission. JSON text: an array of objects {object, path, left, right}, empty if they are alike. `object` is "Pod/<name>";
 * `path` is "spec.containers[<name>].image", "spark.properties: <key>", or "" where one side has no such object;
 * `left` or `right` is missing where that side has nothing. Secrets are "*********(redacted)". */
SPARKK8S_API int sparkk8s_manifest_diff(const sparkk8s_manifest *left, const sparkk8s_manifest *right, char **out,
                                        sparkk8s_error **err);
/* Files of this machine that the application names, and where its driver will look for them: absolute path, and URI under
 * spark.kubernetes.file.upload.path (the text is Spark's: not escaped). sparkk8s_submit() stores them before it creates
 * anything. A caller that stores them itself, whole and under these very names, submits with SPARKK8S_SUBMIT_STORED. */
SPARKK8S_API size_t sparkk8s_manifest_upload_count(const sparkk8s_manifest *manifest);
SPARKK8S_API const char *sparkk8s_manifest_upload_source(const sparkk8s_manifest *manifest, size_t index);
SPARKK8S_API const char *sparkk8s_manifest_upload_target(const sparkk8s_manifest *manifest, size_t index);
SPARKK8S_API void sparkk8s_manifest_free(sparkk8s_manifest *manifest);

/* ---- client: one cluster, one identity ----------------------------------------------------------- */

typedef struct sparkk8s_client sparkk8s_client;
enum { SPARKK8S_LOG_DEBUG = 1, SPARKK8S_LOG_INFO, SPARKK8S_LOG_WARN, SPARKK8S_LOG_ERROR };

/* Called on the thread that is inside a call on this client. Must not call back into the client.
 * Tokens and keys never appear in `message`. What the API server warns of (deprecated versions, policies) comes at
 * SPARKK8S_LOG_WARN under the topic "server", each text once for a client. */
typedef void (*sparkk8s_log_fn)(int level, const char *topic, const char *message, void *userdata);

typedef struct {
    size_t size;
    const char *kubeconfig;     /* one file, which must be there; NULL: those of $KUBECONFIG, or ~/.kube/config, then
                                 * in-cluster */
    const char *context;
    const char *ns;             /* default namespace; NULL: the context's */
    const char *server;         /* overrides the cluster's URL */
    const char *token_file;
    const char *impersonate_user;
    const char *user_agent;     /* put before "libsparkk8s/<version>" */
    sparkk8s_log_fn log;
    void *log_userdata;
    int32_t log_level;          /* 0: SPARKK8S_LOG_WARN */
    int32_t timeout_ms;         /* default for calls; 0: 30000 */
    int32_t connect_timeout_ms; /* 0: 10000 */
    int32_t in_cluster;         /* 1: service account only, ignore kubeconfig */
    int32_t max_in_flight;      /* requests under way at once; 0: 64 */
    int32_t reserved;
    /* Spark's own keys for the submitting client: spark.master (its URL replaces the cluster's, as in spark-submit),
     * spark.kubernetes.context, spark.kubernetes.trust.certificates, spark.kubernetes.authenticate.submission.*,
     * spark.kubernetes.submission.*Timeout and spark.kubernetes.namespace. The other members win. NULL: none. */
    const sparkk8s_conf *conf;
    /* kubectl's options of these names. NULL, "" and 0: as the kubeconfig has it. */
    const char *cluster;                /* a cluster of the kubeconfig, instead of the context's */
    const char *user;                   /* likewise */
    const char *tls_server_name;        /* the name that the server's certificate must have; with `server` the
                                         * kubeconfig's is not used */
    const char *ca_file;                /* certificate authorities instead of the kubeconfig's */
    const char *cert_file;              /* client certificate and key */
    const char *key_file;
    const char *token;                  /* used as it is; a token_file is read again when it changes */
    const char *impersonate_uid;
    const char *const *impersonate_groups;  /* NULL at the end; they replace the kubeconfig's */
    int32_t insecure_skip_tls_verify;
    /* Exec plugins of the kubeconfig. A plugin runs while calls wait for it, is not run by a shell, and inherits no
     * descriptor. It is killed when it takes too long. */
    int32_t deny_exec_plugins;          /* 1: a user who needs one is an error */
    int32_t exec_timeout_ms;            /* 0: 60000; 600000 if interactive */
    int32_t interactive;                /* 1: plugins have the process's stderr, and its stdin if that is a terminal; 0:
                                         * no stdin, and what they write to stderr is in the error if they fail */
} sparkk8s_client_opts;
SPARKK8S_API int sparkk8s_client_new(const sparkk8s_client_opts *opts, sparkk8s_client **out, sparkk8s_error **err);
SPARKK8S_API void sparkk8s_client_free(sparkk8s_client *client);
/* Readable whenever a *_next() or *_finish() of this client may have something, or there is work for one to do. Never
 * read or close it. */
SPARKK8S_API int sparkk8s_client_fd(const sparkk8s_client *client);
/* Which object of this client has something to fetch that was not told before: a run (for sparkk8s_submit_finish()), list,
 * watch, log stream or operation, as its address. It is told once, and keeps the descriptor readable no longer; ask the
 * object itself until SPARKK8S_AGAIN, then it will be told again. So one wake-up costs what has happened, not what there
 * is, and what nobody wants to fetch now does not keep an event loop busy. Moves everything forward, like all *_next(). */
SPARKK8S_API int sparkk8s_client_next(sparkk8s_client *client, const sparkk8s_call *call, const void **object,
                                      sparkk8s_error **err);
SPARKK8S_API const char *sparkk8s_client_server(const sparkk8s_client *client); /* "https://host:6443" */
SPARKK8S_API const char *sparkk8s_client_ns(const sparkk8s_client *client);     /* the default namespace */

/* ---- runs: submitted applications ----------------------------------------------------------------- */

typedef struct sparkk8s_run sparkk8s_run;
typedef struct sparkk8s_status sparkk8s_status;

enum {
    SPARKK8S_SUBMIT_DRY_RUN = 1,                /* server-side validation, nothing is created or stored; the run has only names */
    SPARKK8S_SUBMIT_STORED = 2                  /* the caller has stored the manifest's uploads itself */
};
typedef struct {
    size_t size;
    const char *key;            /* idempotency key: the same key and the same app never start two drivers, whoever
                                 * submits, and however often; another app under it is EEXISTS. The manifest must
                                 * have been rendered with id_seed = key: names come from it */
    int32_t flags;
    int32_t reserved;
} sparkk8s_submit_opts;

/* All or nothing: the driver starts only when everything that it needs is in place, and a submission
 * that fails or is abandoned half-way leaves nothing that could run. The manifest's uploads are stored first, each whole or
 * not at all (SPARKK8S_EUPLOAD names the path); what a failed submission without a key has stored is removed again, with a
 * key it is left for the next one. The client's own timeout begins when all are stored; one in `call` covers them, too. */
SPARKK8S_API int sparkk8s_submit(sparkk8s_client *client, const sparkk8s_manifest *manifest,
                                 const sparkk8s_submit_opts *opts, const sparkk8s_call *call,
                                 sparkk8s_run **out, sparkk8s_error **err);
/* The same in two halves, for many submissions at once: begin returns without waiting. */
SPARKK8S_API int sparkk8s_submit_begin(sparkk8s_client *client, const sparkk8s_manifest *manifest,
                                       const sparkk8s_submit_opts *opts, sparkk8s_run **out, sparkk8s_error **err);
SPARKK8S_API int sparkk8s_submit_finish(sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_error **err);

/* Attach to a run submitted earlier, by whomever. `id` is the app id, the driver pod's name, a submission
 * key, or spark-submit's "<namespace>:<driver pod>". */
SPARKK8S_API int sparkk8s_run_open(sparkk8s_client *client, const char *ns, const char *id,
                                   const sparkk8s_call *call, sparkk8s_run **out, sparkk8s_error **err);
SPARKK8S_API const char *sparkk8s_run_id(const sparkk8s_run *run);          /* "<namespace>:<driver pod>" */
SPARKK8S_API const char *sparkk8s_run_app_id(const sparkk8s_run *run);      /* "spark-<32 hex>" */
SPARKK8S_API const char *sparkk8s_run_ns(const sparkk8s_run *run);
SPARKK8S_API const char *sparkk8s_run_driver_pod(const sparkk8s_run *run);
SPARKK8S_API const char *sparkk8s_run_driver_uid(const sparkk8s_run *run);
/* A claim says who is responsible for the run now: an annotation on the driver, written with a check of its
 * resource version. A later claim replaces it; a kill that names an older claim is then refused, so that a
 * caller that was replaced (a retry took over, a trigger moved to another host) cannot kill its successor's run. */
SPARKK8S_API int sparkk8s_run_claim(sparkk8s_run *run, const char *claim, const sparkk8s_call *call,
                                    sparkk8s_error **err);
/* Where the run (left) differs from what a submission of `manifest` (right) would make, as of sparkk8s_manifest_diff().
 * What the cluster fills in does not count, nor what the driver has removed at its end. */
SPARKK8S_API int sparkk8s_run_diff(sparkk8s_run *run, const sparkk8s_manifest *manifest, const sparkk8s_call *call,
                                   char **out, sparkk8s_error **err);
enum {
    SPARKK8S_KILL_WAIT = 1,                     /* until the driver is gone, not only until it is asked to go */
    SPARKK8S_KILL_DRY_RUN = 2,                  /* of many: tell what would be killed, and kill nothing */
    SPARKK8S_KILL_ALL = 4                       /* of many: a selection that leaves nothing out is meant so */
};
typedef struct {
    size_t size;
    const char *only_claim;     /* kill only if this is the driver's claim; else SPARKK8S_EEXISTS */
    int32_t grace_seconds;      /* 0: the pod's own; -1: at once */
    int32_t flags;
} sparkk8s_kill_opts;
/* The delete is pinned to the driver's uid: a later pod of the same name is never touched. Killing what is
 * already gone is success. */
SPARKK8S_API int sparkk8s_run_kill(sparkk8s_run *run, const sparkk8s_kill_opts *opts, const sparkk8s_call *call,
                                   sparkk8s_error **err);
SPARKK8S_API void sparkk8s_run_free(sparkk8s_run *run);                     /* forgets the run; does not kill it */

/* ---- status ------------------------------------------------------------------------------------------ */

enum {                          /* values are stable; treat unknown ones as SPARKK8S_STATE_UNKNOWN */
    SPARKK8S_STATE_UNKNOWN = 0, SPARKK8S_STATE_PENDING, SPARKK8S_STATE_RUNNING, SPARKK8S_STATE_TERMINATING,
    SPARKK8S_STATE_SUCCEEDED, SPARKK8S_STATE_FAILED, SPARKK8S_STATE_LOST
};
enum {                          /* why it ended, or why it does not start; the state alone never tells */
    SPARKK8S_CAUSE_NONE = 0, SPARKK8S_CAUSE_APP, SPARKK8S_CAUSE_OOM, SPARKK8S_CAUSE_EVICTED, SPARKK8S_CAUSE_PREEMPTED,
    SPARKK8S_CAUSE_NODE_LOST, SPARKK8S_CAUSE_IMAGE, SPARKK8S_CAUSE_UNSCHEDULABLE, SPARKK8S_CAUSE_CONFIG,
    SPARKK8S_CAUSE_DEADLINE, SPARKK8S_CAUSE_KILLED, SPARKK8S_CAUSE_DELETED, SPARKK8S_CAUSE_QUOTA
};
SPARKK8S_API const char *sparkk8s_state_name(int state);                     /* "SUCCEEDED"; never NULL */
SPARKK8S_API const char *sparkk8s_cause_name(int cause);                     /* "OOM"; "NONE" for none; never NULL */
SPARKK8S_API int sparkk8s_run_status(sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_status **out,
                                     sparkk8s_error **err);
SPARKK8S_API const char *sparkk8s_status_run_id(const sparkk8s_status *status);
SPARKK8S_API const char *sparkk8s_status_app_id(const sparkk8s_status *status);
SPARKK8S_API const char *sparkk8s_status_app_name(const sparkk8s_status *status);
SPARKK8S_API int sparkk8s_status_state(const sparkk8s_status *status);
SPARKK8S_API int sparkk8s_status_cause(const sparkk8s_status *status);
/* How far it is, for people: "gated", "queued", "scheduled", "pulling", "starting", "running", "ending", "ended", or "". */
SPARKK8S_API const char *sparkk8s_status_stage(const sparkk8s_status *status);
SPARKK8S_API int sparkk8s_status_exit_code(const sparkk8s_status *status);  /* driver's; -1 while unknown */
SPARKK8S_API const char *sparkk8s_status_reason(const sparkk8s_status *status);     /* "OOMKilled", ... or "" */
SPARKK8S_API const char *sparkk8s_status_message(const sparkk8s_status *status);
/* Who has claimed the run last, as of sparkk8s_run_claim(), or "". */
SPARKK8S_API const char *sparkk8s_status_claim(const sparkk8s_status *status);
SPARKK8S_API int64_t sparkk8s_status_submitted_ms(const sparkk8s_status *status);   /* Unix time; 0: unknown */
SPARKK8S_API int64_t sparkk8s_status_scheduled_ms(const sparkk8s_status *status);
SPARKK8S_API int64_t sparkk8s_status_started_ms(const sparkk8s_status *status);
SPARKK8S_API int64_t sparkk8s_status_finished_ms(const sparkk8s_status *status);
/* How many executors are in that state; -1: not known. */
SPARKK8S_API int sparkk8s_status_executors(const sparkk8s_status *status, int state);
SPARKK8S_API int sparkk8s_status_to_json(const sparkk8s_status *status, char **out, sparkk8s_error **err);
SPARKK8S_API void sparkk8s_status_free(sparkk8s_status *status);

/* Executors are not asked for, which are most of the pods: their counts are not known. Logs heed it not. */
enum { SPARKK8S_SELECT_DRIVERS_ONLY = 1 };
/* Which runs: NULL members mean "any". */
typedef struct {
    size_t size;
    const char *ns;             /* NULL: the client's namespace; "a,b": each of these; "*": all, which needs the right to
                                 * read pods in the whole cluster */
    const char *name_glob;      /* of the driver pod or the application: "etl-*" */
    const char *label_selector;
    int64_t older_than_ms;      /* finished at least so long ago, so it has ended; 0: any */
    int32_t states;             /* bit per state: 1 << SPARKK8S_STATE_RUNNING | ...; 0: any */
    int32_t flags;
    /* Any of these, NULL at the end. With '*' or '?': a glob of the driver pod or the application, as name_glob; else a run
     * as of sparkk8s_run_open(). What looks like "<namespace>:<driver pod>", also with a glob behind the colon, is sought
     * in that namespace, all others in `ns`. */
    const char *const *names;
    int64_t min_age_ms;         /* submitted at least so long ago; 0: any */
    int64_t max_age_ms;         /* submitted at most so long ago; 0: any */
} sparkk8s_select;

/* One status for each run, the oldest submission first, executors counted. */
typedef struct sparkk8s_list sparkk8s_list;
SPARKK8S_API int sparkk8s_list_open(sparkk8s_client *client, const sparkk8s_select *select, sparkk8s_list **out,
                                    sparkk8s_error **err);
SPARKK8S_API int sparkk8s_list_next(sparkk8s_list *list, const sparkk8s_call *call, sparkk8s_status **out,
                                    sparkk8s_error **err);
/* After SPARKK8S_END: which of the selection's names, globs aside, no run has. NULL behind the last. */
SPARKK8S_API const char *sparkk8s_list_missing(const sparkk8s_list *list, size_t index);
SPARKK8S_API void sparkk8s_list_free(sparkk8s_list *list);

/* Kills all runs that `select` finds, many at a time: of these those that have not ended, unless `select` says states or
 * older_than_ms, or names one otherwise than by a glob. They are listed to the end before the first is killed, and a dry run
 * tells just these. Each kill is as of sparkk8s_run_kill(); one that leaves the wished states meanwhile is left alone, and
 * not told. A selection that leaves nothing out of its namespaces (a glob "*" is none) is SPARKK8S_EINVAL without
 * SPARKK8S_KILL_ALL. */
typedef struct sparkk8s_kills sparkk8s_kills;
SPARKK8S_API int sparkk8s_kills_open(sparkk8s_client *client, const sparkk8s_select *select, const sparkk8s_kill_opts *opts,
                                     sparkk8s_kills **out, sparkk8s_error **err);
/* The next run, in the order in which they end: its status as it was listed, and in *failure NULL if it was killed, or why
 * it was not, for sparkk8s_error_free(). For a name that no run has, the status is NULL. The others are killed all the same. */
SPARKK8S_API int sparkk8s_kills_next(sparkk8s_kills *kills, const sparkk8s_call *call, sparkk8s_status **out,
                                     sparkk8s_error **failure, sparkk8s_error **err);
SPARKK8S_API void sparkk8s_kills_free(sparkk8s_kills *kills);              /* those under way may still be killed */

/* ---- watch: one stream for any number of runs -------------------------------------------------------- */

typedef struct sparkk8s_watch sparkk8s_watch;
SPARKK8S_API int sparkk8s_watch_open(sparkk8s_client *client, const sparkk8s_select *select, sparkk8s_watch **out,
                                     sparkk8s_error **err);
SPARKK8S_API int sparkk8s_watch_open_run(sparkk8s_run *run, sparkk8s_watch **out, sparkk8s_error **err);
/* The present status of each run first, then one per change. A watch of one run ends (SPARKK8S_END) after
 * its final state. Lost connections and expired resource versions are recovered from inside; nothing is
 * delivered twice, and a run that vanished unseen is delivered as SPARKK8S_STATE_LOST. */
SPARKK8S_API int sparkk8s_watch_next(sparkk8s_watch *watch, const sparkk8s_call *call, sparkk8s_status **out,
                                     sparkk8s_error **err);
SPARKK8S_API void sparkk8s_watch_free(sparkk8s_watch *watch);

/* ---- wait: until runs are as wished, on one watch ------------------------------------------------------ */

enum { SPARKK8S_WAIT_ANY = 1 };                 /* until one of the runs is, not all */
typedef struct {
    size_t size;
    int32_t states;             /* bit per state, as in sparkk8s_select; 0: the run has ended, however. RUNNING is reached
                                 * by all that have started, even if they have ended since */
    int32_t flags;
} sparkk8s_wait_opts;
typedef struct sparkk8s_wait sparkk8s_wait;
/* Waits for the runs that `select` finds at the beginning; those that come later do not count. */
SPARKK8S_API int sparkk8s_wait_open(sparkk8s_client *client, const sparkk8s_select *select, const sparkk8s_wait_opts *opts,
                                    sparkk8s_wait **out, sparkk8s_error **err);
/* As sparkk8s_watch_next(), of these runs. SPARKK8S_END: it is over, since all (or any) are as wished, or since the rest
 * cannot be any more. SPARKK8S_ENOTFOUND: there is no such run, or none of one of the names. */
SPARKK8S_API int sparkk8s_wait_next(sparkk8s_wait *wait, const sparkk8s_call *call, sparkk8s_status **out,
                                    sparkk8s_error **err);
enum { SPARKK8S_WAIT_PENDING = 0, SPARKK8S_WAIT_REACHED, SPARKK8S_WAIT_MISSED };
/* How many runs are still waited for, are or were as wished, or have ended otherwise. */
SPARKK8S_API int64_t sparkk8s_wait_count(const sparkk8s_wait *wait, int what);
SPARKK8S_API void sparkk8s_wait_free(sparkk8s_wait *wait);

/* ---- logs --------------------------------------------------------------------------------------------- */

typedef struct sparkk8s_logs sparkk8s_logs;
enum {
    SPARKK8S_LOGS_FOLLOW = 1,       /* until the end of what is read */
    SPARKK8S_LOGS_PREVIOUS = 2,     /* of the container's previous start */
    SPARKK8S_LOGS_EXECUTORS = 4,    /* all executors of the run, as they come and go */
    SPARKK8S_LOGS_DRIVER = 8        /* beside the executors the driver; alone it is what is read anyway */
};
enum { SPARKK8S_LOG_LINE = 0, SPARKK8S_LOG_GAP, SPARKK8S_LOG_RESTART, SPARKK8S_LOG_NOTICE };
typedef struct {
    size_t size;
    const char *pod;            /* NULL: the driver's; one pod, so not with SPARKK8S_LOGS_EXECUTORS */
    const char *container;      /* NULL: Spark's */
    const char *position;       /* from sparkk8s_logs_position(): continue there, also in another process */
    int64_t tail_lines;         /* of each pod that is there at the beginning; 0: all */
    int32_t flags;
    int32_t reserved;
    int32_t max_streams;        /* open at once, of all pods; 0: 64. With more pods than that they take turns */
    int32_t reserved2;
} sparkk8s_logs_opts;
SPARKK8S_API int sparkk8s_logs_open(sparkk8s_run *run, const sparkk8s_logs_opts *opts, sparkk8s_logs **out,
                                    sparkk8s_error **err);
/* The drivers of all runs that are selected (SPARKK8S_LOGS_EXECUTORS: their executors; with SPARKK8S_LOGS_DRIVER both), which
 * stay so whatever becomes of them. Followed it takes up runs that come, and does not end. */
SPARKK8S_API int sparkk8s_logs_open_select(sparkk8s_client *client, const sparkk8s_select *select,
                                           const sparkk8s_logs_opts *opts, sparkk8s_logs **out, sparkk8s_error **err);
/* A line has no line end and is borrowed until the next call on `logs`. No line is lost or repeated across
 * reconnects; what the cluster itself dropped is reported as SPARKK8S_LOG_GAP, never passed over: in its place, or, when
 * it is found out late, with the time of the line before which others are missing. (A kubelet that changes files under a fast
 * writer may keep single lines from all who follow, and nothing tells.) What a kubelet says in the place of a log is
 * SPARKK8S_LOG_NOTICE.
 * Of several pods: in the order of the lines' times; followed as they come, some lines of each in turn. What goes wrong
 * with one pod alone is a record of that pod. */
SPARKK8S_API int sparkk8s_logs_next(sparkk8s_logs *logs, const sparkk8s_call *call, const char **line, size_t *len,
                                    sparkk8s_error **err);
SPARKK8S_API int sparkk8s_logs_kind(const sparkk8s_logs *logs);             /* of the latest line: SPARKK8S_LOG_LINE ... */
SPARKK8S_API const char *sparkk8s_logs_pod(const sparkk8s_logs *logs);      /* the pod of the latest line */
SPARKK8S_API int64_t sparkk8s_logs_time_ns(const sparkk8s_logs *logs);      /* Unix time of the latest line */
SPARKK8S_API const char *sparkk8s_logs_ns(const sparkk8s_logs *logs);       /* its namespace */
/* Spark's number of the executor whose line is the latest, "1"; "" for a driver. */
SPARKK8S_API const char *sparkk8s_logs_executor(const sparkk8s_logs *logs);
SPARKK8S_API int sparkk8s_logs_restarts(const sparkk8s_logs *logs);         /* of its container, before it wrote this */
/* 0: the line is longer than 1 MiB and goes on in the next record of its pod. */
SPARKK8S_API int sparkk8s_logs_is_whole(const sparkk8s_logs *logs);
/* The latest record: namespace, pod, executor (or null), restarts, time, kind (LINE, GAP, RESTART, NOTICE), text, whole. Bytes
 * that are not UTF-8 become U+FFFD. */
SPARKK8S_API int sparkk8s_logs_to_json(const sparkk8s_logs *logs, char **out, sparkk8s_error **err);
/* After the latest record, in all pods that are read. Text without blanks; NULL only if out of memory. Borrowed until the
 * next call. A position goes on with the same pods, or all executors of the same run: anything else is SPARKK8S_EINVAL. */
SPARKK8S_API const char *sparkk8s_logs_position(const sparkk8s_logs *logs);
SPARKK8S_API void sparkk8s_logs_free(sparkk8s_logs *logs);

/* ---- explain: what went wrong, and what to do --------------------------------------------------------- */

/* Why a run failed, is stuck or slow; also one that is well. From the pods, their events, the end of the driver's log, and
 * what these point to (an executor's log, quotas, the node): four requests at most. What may not be read, or does not
 * answer, is named in the evidence; only the driver pod itself is needed. The cause may be better than that of
 * sparkk8s_run_status(), which judges by the pod alone. Of logs only exceptions and Spark's own words are shown, with
 * passwords masked. */
typedef struct sparkk8s_diagnosis sparkk8s_diagnosis;
SPARKK8S_API int sparkk8s_run_explain(sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_diagnosis **out,
                                      sparkk8s_error **err);
/* The run that `id` means, as in sparkk8s_run_open(); and if there is no such driver pod any more, what its events still
 * tell, which are kept for about an hour. SPARKK8S_ENOTFOUND if there are none either. */
SPARKK8S_API int sparkk8s_explain(sparkk8s_client *client, const char *ns, const char *id, const sparkk8s_call *call,
                                  sparkk8s_diagnosis **out, sparkk8s_error **err);
SPARKK8S_API const char *sparkk8s_diagnosis_run_id(const sparkk8s_diagnosis *diagnosis);
SPARKK8S_API int sparkk8s_diagnosis_state(const sparkk8s_diagnosis *diagnosis);     /* SPARKK8S_STATE_* */
SPARKK8S_API int sparkk8s_diagnosis_cause(const sparkk8s_diagnosis *diagnosis);     /* SPARKK8S_CAUSE_* */
SPARKK8S_API int sparkk8s_diagnosis_exit_code(const sparkk8s_diagnosis *diagnosis); /* driver's; -1 while unknown */
SPARKK8S_API const char *sparkk8s_diagnosis_summary(const sparkk8s_diagnosis *diagnosis);   /* one sentence */
SPARKK8S_API const char *sparkk8s_diagnosis_advice(const sparkk8s_diagnosis *diagnosis);    /* what to do, or "" */
/* 1: the same submission may end better; 0: it would not, or that cannot be known (null in the JSON form). */
SPARKK8S_API int sparkk8s_diagnosis_is_retriable(const sparkk8s_diagnosis *diagnosis);
/* One line each, the most telling first: "event FailedMount (8 times): ...". NULL behind the last. */
SPARKK8S_API size_t sparkk8s_diagnosis_evidence_count(const sparkk8s_diagnosis *diagnosis);
SPARKK8S_API const char *sparkk8s_diagnosis_evidence(const sparkk8s_diagnosis *diagnosis, size_t index);
SPARKK8S_API int sparkk8s_diagnosis_to_json(const sparkk8s_diagnosis *diagnosis, char **out, sparkk8s_error **err);
SPARKK8S_API void sparkk8s_diagnosis_free(sparkk8s_diagnosis *diagnosis);

/* ---- gc: what nobody needs any more --------------------------------------------------------------------- */

enum {                          /* why it is a leftover */
    SPARKK8S_GC_HELD_BACK = 1,  /* a driver pod that a submission of this library holds back, without a sign of life for
                                 * `silent_ms`: neither it nor anything that it owns was created since, and nobody has
                                 * claimed it. A submission with its key would have completed it */
    SPARKK8S_GC_ORPHAN,         /* ConfigMap, Service, Secret, NetworkPolicy or PodGroup of Spark whose driver pod is gone */
    SPARKK8S_GC_UNOWNED,        /* one that never got an owner, older than `silent_ms`, whose application has no pods */
    SPARKK8S_GC_EXECUTOR,       /* executor pod whose driver pod is gone */
    SPARKK8S_GC_FINISHED        /* driver pod that ended finished_older_than_ms ago */
};
SPARKK8S_API const char *sparkk8s_gc_reason_name(int reason);                /* "HELD_BACK"; "NONE" for none; never NULL */
enum { SPARKK8S_GC_DELETE = 1 };                /* without it nothing is deleted, only told */
typedef struct {
    size_t size;
    const char *ns;             /* as in sparkk8s_select */
    int64_t silent_ms;          /* 0: an hour */
    int64_t finished_older_than_ms;     /* 0: drivers that have ended stay */
    int32_t flags;
    int32_t reserved;
} sparkk8s_gc_opts;
typedef struct sparkk8s_gc sparkk8s_gc;
typedef struct sparkk8s_leftover sparkk8s_leftover;
/* Looks for leftovers, and deletes them if that is asked for. What is alive is never touched: each one is looked at once more
 * before it is told or deleted, its driver pod is asked for by name, and it is deleted only as it was seen then (uid and
 * resource version). Nothing follows from a list that is not complete: without the right to list a kind it is left out, with
 * a notice; without that for pods it is an error. PersistentVolumeClaims are never deleted, nor are driver pods that own one.
 * Stored files of applications are not in the cluster, and not looked for. */
SPARKK8S_API int sparkk8s_gc_open(sparkk8s_client *client, const sparkk8s_gc_opts *opts, sparkk8s_gc **out,
                                  sparkk8s_error **err);
/* The next one, and in *failure NULL, or why it could not be looked at or deleted, for sparkk8s_error_free(). */
SPARKK8S_API int sparkk8s_gc_next(sparkk8s_gc *gc, const sparkk8s_call *call, sparkk8s_leftover **out,
                                  sparkk8s_error **failure, sparkk8s_error **err);
SPARKK8S_API void sparkk8s_gc_free(sparkk8s_gc *gc);
SPARKK8S_API const char *sparkk8s_leftover_kind(const sparkk8s_leftover *leftover);     /* "ConfigMap" */
SPARKK8S_API const char *sparkk8s_leftover_ns(const sparkk8s_leftover *leftover);
SPARKK8S_API const char *sparkk8s_leftover_name(const sparkk8s_leftover *leftover);
SPARKK8S_API int sparkk8s_leftover_reason(const sparkk8s_leftover *leftover);           /* SPARKK8S_GC_* */
SPARKK8S_API const char *sparkk8s_leftover_text(const sparkk8s_leftover *leftover);     /* the reason, for people */
/* The last sign of life; when it ended; of other objects than drivers, when it was created. Unix time. */
SPARKK8S_API int64_t sparkk8s_leftover_since_ms(const sparkk8s_leftover *leftover);
SPARKK8S_API int sparkk8s_leftover_to_json(const sparkk8s_leftover *leftover, char **out, sparkk8s_error **err);
SPARKK8S_API void sparkk8s_leftover_free(sparkk8s_leftover *leftover);

/* ---- operations: what blocks, for event loops ----------------------------------------------------------- */

/* sparkk8s_begin_X() is the blocking function of that name, with the same arguments and the same outcome, but returns
 * without waiting. `call` has the time limit of the whole; its cancel must be NULL. What was given may be freed at once, but
 * the manifest of begin_diff, which must outlive the operation. A run must be submitted, its submission finished. */
typedef struct sparkk8s_operation sparkk8s_operation;
SPARKK8S_API int sparkk8s_begin_submit(sparkk8s_client *client, const sparkk8s_manifest *manifest,
                                       const sparkk8s_submit_opts *opts, const sparkk8s_call *call,
                                       sparkk8s_operation **out, sparkk8s_error **err);
SPARKK8S_API int sparkk8s_begin_open(sparkk8s_client *client, const char *ns, const char *id, const sparkk8s_call *call,
                                     sparkk8s_operation **out, sparkk8s_error **err);
SPARKK8S_API int sparkk8s_begin_claim(sparkk8s_run *run, const char *claim, const sparkk8s_call *call,
                                      sparkk8s_operation **out, sparkk8s_error **err);
SPARKK8S_API int sparkk8s_begin_diff(sparkk8s_run *run, const sparkk8s_manifest *manifest, const sparkk8s_call *call,
                                     sparkk8s_operation **out, sparkk8s_error **err);
SPARKK8S_API int sparkk8s_begin_kill(sparkk8s_run *run, const sparkk8s_kill_opts *opts, const sparkk8s_call *call,
                                     sparkk8s_operation **out, sparkk8s_error **err);
SPARKK8S_API int sparkk8s_begin_status(sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_operation **out,
                                       sparkk8s_error **err);
SPARKK8S_API int sparkk8s_begin_run_explain(sparkk8s_run *run, const sparkk8s_call *call, sparkk8s_operation **out,
                                            sparkk8s_error **err);
SPARKK8S_API int sparkk8s_begin_explain(sparkk8s_client *client, const char *ns, const char *id,
                                        const sparkk8s_call *call, sparkk8s_operation **out, sparkk8s_error **err);
/* SPARKK8S_AGAIN while it is under way (`call` as of *_next()), then what the blocking function returns. */
SPARKK8S_API int sparkk8s_operation_finish(sparkk8s_operation *operation, const sparkk8s_call *call,
                                           sparkk8s_error **err);
/* What it was begun for, the caller's, once: of submit and open; of status; of explain and run_explain; of diff. Else NULL. */
SPARKK8S_API sparkk8s_run *sparkk8s_operation_take_run(sparkk8s_operation *operation);
SPARKK8S_API sparkk8s_status *sparkk8s_operation_take_status(sparkk8s_operation *operation);
SPARKK8S_API sparkk8s_diagnosis *sparkk8s_operation_take_diagnosis(sparkk8s_operation *operation);
SPARKK8S_API char *sparkk8s_operation_take_text(sparkk8s_operation *operation);
/* As if its call had been canceled: finish it; a submission then removes first what it has created. */
SPARKK8S_API void sparkk8s_operation_cancel(sparkk8s_operation *operation);
/* One that is under way is left as it is: what was sent may still be carried out. */
SPARKK8S_API void sparkk8s_operation_free(sparkk8s_operation *operation);

/* ---- spark-submit, word for word ----------------------------------------------------------------------- */

typedef struct {
    size_t size;
    /* What spark-submit writes to stderr, as it comes. Level 0: `message` as it is, without the last line end, `topic`
     * NULL; else a record of its log: SPARKK8S_LOG_*, the logger's name, a message that may have several lines. */
    sparkk8s_log_fn print;
    void *userdata;
    sparkk8s_cancel *cancel;
} sparkk8s_spark_submit_opts;
/* All that spark-submit does on Kubernetes in cluster mode, with its arguments (`argv` without the program name), its
 * environment (`env` as in sparkk8s_app_set_env(), after spark-env.sh), its messages and its exit codes: submits, and
 * waits unless spark.kubernetes.submission.waitAppCompletion=false, or --kill, --status, --help, --version. What
 * spark-submit would answer with a message and an exit code is a result here, too: the exit code of a driver that failed
 * is 0, as there. Errors: out of memory, cancellation (the driver goes on), a forked child. */
SPARKK8S_API int sparkk8s_spark_submit(int argc, const char *const *argv, const char *const *env,
                                       const sparkk8s_spark_submit_opts *opts, int *exit_code, sparkk8s_error **err);

#ifdef __cplusplus
}
#endif
#endif /* SPARKK8S_H */
