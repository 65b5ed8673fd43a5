/* SPDX-License-Identifier: Apache-2.0 */
/* The rules, one small predicate each, and the table that words them. */
#include "check_rules.h"

#include "names.h"
#include "quantity.h"
#include "text.h"
#include "value.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

#define SUBDOMAIN_LIMIT 253
#define KEY_LIMIT 63                    /* of a label's key, behind its prefix */
#define EXECUTOR_SUFFIX 16              /* "-exec-" and the largest number of an executor */
#define ENV_HINT "use letters, digits and '_', no digit first"
#define HEAP_LEAST 471859200            /* bytes: 1.5 times what Spark reserves (UnifiedMemoryManager) */

/* ---- names --------------------------------------------------------------------------------------------- */

/* RFC 1123: labels with dots between, of these letters. */
static bool is_subdomain(const char *text, size_t len, const char *letters)
{
    size_t i;

    if (len == 0 || len > SUBDOMAIN_LIMIT || strspn(text, letters) < len)
        return false;
    for (i = 0; i < len; i++)
        if (strchr("-.", text[i]) && (i == 0 || i + 1 == len || text[i - 1] == '.' || text[i + 1] == '.'))
            return false;
    return true;
}

static bool is_name(const char *text)
{
    return is_subdomain(text, strlen(text), LOWER DIGITS "-.");
}

/* [domain/]name */
static bool is_qualified(const char *text, const char *letters)
{
    const char *slash = strchr(text, '/'), *name = slash ? slash + 1 : text;

    return strlen(name) <= KEY_LIMIT && name_is_label(name) &&
           (!slash || is_subdomain(text, (size_t)(slash - text), letters));
}

static bool is_label_key(const char *text)
{
    return is_qualified(text, LOWER DIGITS "-.");
}

static bool is_annotation_key(const char *text)
{
    return is_qualified(text, UPPER LOWER DIGITS "-.");
}

static bool is_label_value(const char *text)
{
    return !*text || name_is_label(text);
}

static bool is_env_name(const char *text)
{
    return *text && !text[strspn(text, UPPER LOWER DIGITS "_-.")] && !strchr(DIGITS, *text) &&
           strcmp(text, ".") != 0 && !text_starts(text, "..");
}

/* Since Kubernetes 1.32. */
static bool is_env_name_at_all(const char *text)
{
    const char *at;

    for (at = text; *at >= ' ' && *at <= '~' && *at != '='; at++)
        ;
    return *text && !*at;
}

static bool is_data_key(const char *text)
{
    return *text && strlen(text) <= SUBDOMAIN_LIMIT && !text[strspn(text, UPPER LOWER DIGITS "-_.")] &&
           strcmp(text, ".") != 0 && !text_starts(text, "..");
}

static bool is_name_if_any(const char *text)
{
    return !*text || is_name(text);
}

/* With commas between; blanks around and empty ones do not count. */
static bool is_names(const char *text)
{
    while (*text) {
        size_t part = strcspn(text, ","), len;
        const char *name = text_trim(text, part, &len);

        if (len && !is_subdomain(name, len, LOWER DIGITS "-."))
            return false;
        text += part + (text[part] == ',');
    }
    return true;
}

/* The volume is called like the Secret, with "-volume" behind. */
static bool is_secret_volume(const char *text)
{
    return name_is_dns_label(text) && strlen(text) + strlen("-volume") <= KEY_LIMIT;
}

/* <secret>:<key>; empty parts at the end do not count to Spark. */
static bool is_secret_ref(const char *text)
{
    size_t secret = strcspn(text, ":"), key = text[secret] ? strcspn(text + secret + 1, ":") : 0;

    return key > 0 && !text[secret + 1 + key + strspn(text + secret + 1 + key, ":")];
}

static bool is_secret_ref_of_names(const char *text)
{
    size_t secret = strcspn(text, ":");

    if (!is_secret_ref(text))
        return true;                        /* another rule tells */
    return is_subdomain(text, secret, LOWER DIGITS "-.") &&
           !text[secret + strspn(text + secret, UPPER LOWER DIGITS "-_.:")];
}

static bool is_executor_prefix(const char *text)
{
    return strlen(text) + EXECUTOR_SUFFIX <= SUBDOMAIN_LIMIT && is_name(text);
}

static bool is_executor_label(const char *text)
{
    static const char *const reserved[] = {
        "spark-version", "spark-app-selector", "spark-app-name", "spark-role", "spark-exec-id",
        "spark-exec-resourceprofile-id", NULL,
    };

    return !text_is_one_of(text, reserved);
}

/* Before the '/' of an extended resource. */
static bool is_vendor(const char *text)
{
    return is_name(text) && !text_ends(text, "kubernetes.io");
}

/* ---- quantities, sizes, numbers ------------------------------------------------------------------------ */

static bool is_quantity(const char *text)
{
    double value;

    return quantity_parse(text, &value) && value >= 0;
}

/* Spark hands the text to the JVM as -Xmx, where a unit is one letter and no unit means bytes. */
static bool is_heap(const char *text)
{
    int64_t bytes;
    size_t len, digits;
    const char *start = text_trim(text, strlen(text), &len);

    digits = strspn(start, DIGITS);
    if (digits + 1 < len || (digits < len && !strchr("kKmMgGtT", start[digits])))
        return false;
    return !size_parse(text, 1, &bytes) && bytes >= HEAP_LEAST;
}

static bool is_executor_heap(const char *text)
{
    int64_t bytes;

    return !size_parse(text, 1, &bytes) && bytes >= HEAP_LEAST;
}

static bool is_fraction(const char *text)
{
    double value;

    return text_to_double(text, &value) && value >= 0 && value <= 1;
}

/* Of a number, a size or a time; what is none is told by its type. */
static bool is_positive(const char *text)
{
    size_t len;
    const char *start = text_trim(text, strlen(text), &len);

    return !strpbrk(start, DIGITS) || (*start != '-' && strpbrk(start, "123456789"));
}

/* Those below 1024 Spark does not take. */
static bool is_port(const char *text)
{
    int32_t port;

    return !text_to_int32(text, &port) || (port >= 1024 && port <= 65535);
}

static bool is_port_if_any(const char *text)
{
    return is_port(text) || !strcmp(text, "0");
}

/* ---- paths and the rest -------------------------------------------------------------------------------- */

static bool climbs(const char *path)
{
    for (; *path; path += strcspn(path, "/"), path += *path == '/')
        if (text_starts(path, "..") && (path[2] == '/' || !path[2]))
            return true;
    return false;
}

static bool is_mount_path(const char *text)
{
    return *text == '/' && !strchr(text, ':');
}

static bool is_sub_path(const char *text)
{
    return *text != '/' && !climbs(text);
}

static bool is_absolute(const char *text)
{
    return *text == '/';
}

static bool is_host_path(const char *text)
{
    return *text == '/' && !climbs(text);
}

static bool is_host_path_type(const char *text)
{
    static const char *const types[] = {
        "", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice",
        NULL,
    };

    return text_is_one_of(text, types);
}

static bool is_medium(const char *text)
{
    return !*text || !strcmp(text, "Memory") || text_starts(text, "HugePages");
}

/* [host/]path[:tag][@digest]: what a container runtime refuses at a glance. */
static bool is_image(const char *text)
{
    const char *slash = strrchr(text, '/'), *name = slash ? slash + 1 : text;
    size_t len = strcspn(name, ":@");

    return len && strspn(name, LOWER DIGITS "._-") >= len && !text[strcspn(text, " \t\r\n${}\"'\\")];
}

static bool is_executor_options(const char *text)
{
    return !strstr(text, "-Dspark") && !strstr(text, "-Xmx");
}

/* ---- the table ----------------------------------------------------------------------------------------- */

const struct rule rules[RULES] = {
    [RULE_LABEL_KEY] = {is_label_key, "not the name of a label",
        "use at most 63 letters, digits, '-', '_' and '.', with a domain and '/' before them if at all"},
    [RULE_LABEL_VALUE] = {is_label_value, "not the value of a label",
        "use at most 63 letters, digits, '-', '_' and '.', a letter or digit first and last"},
    [RULE_ANNOTATION_KEY] = {is_annotation_key, "not the name of an annotation",
        "use letters, digits, '-', '_' and '.', with a domain and '/' before them if at all"},
    [RULE_NAME] = {is_name, "not the name of a Kubernetes object",
        "use at most 253 small letters, digits, '-' and '.', a letter or digit first and last"},
    [RULE_NAME_IF_ANY] = {is_name_if_any, "not the name of a Kubernetes object",
        "use at most 253 small letters, digits, '-' and '.', a letter or digit first and last"},
    [RULE_NAMES] = {is_names, "not names of Kubernetes objects",
        "use small letters, digits, '-' and '.', a letter or digit first and last, and commas between them"},
    [RULE_SECRET_VOLUME] = {is_secret_volume,
        "Spark makes of it the name of a volume, and it is too long or has a dot",
        "use a Secret whose name has at most 56 small letters, digits and '-'"},
    [RULE_DNS_LABEL] = {name_is_dns_label, "not a DNS label",
        "use at most 63 small letters, digits and '-', a letter or digit first and last"},
    [RULE_ENV_NAME] = {is_env_name, "an unusual name of an environment variable", ENV_HINT},
    [RULE_ENV_NAME_AT_ALL] = {is_env_name_at_all, "not the name of an environment variable", ENV_HINT},
    [RULE_DATA_KEY] = {is_data_key, "not the key of a ConfigMap", "use letters, digits, '-', '_' and '.'"},
    [RULE_SECRET_REF] = {is_secret_ref, "not <secret>:<key>",
        "name the Secret and its key with a colon between"},
    [RULE_SECRET_REF_NAMES] = {is_secret_ref_of_names, "not the names of a Secret and of a key in it",
        "use small letters, digits, '-' and '.', and for the key also capital letters and '_'"},
    [RULE_QUANTITY] = {is_quantity, "not a quantity", "use e.g. 2, 500m or 1Gi"},
    [RULE_IMAGE] = {is_image, "not the name of an image", "use e.g. registry.example.com/team/spark:4.1.4"},
    [RULE_MOUNT_PATH] = {is_mount_path, "not a path to mount at", "use an absolute path without ':'"},
    [RULE_SUB_PATH] = {is_sub_path, "not a path inside the volume", "use a relative path without '..'"},
    [RULE_HOST_PATH] = {is_host_path, "not a path of a node", "use an absolute path without '..'"},
    [RULE_HOST_PATH_TYPE] = {is_host_path_type, "not a type of hostPath",
        "use Directory, DirectoryOrCreate, File, FileOrCreate, Socket, CharDevice or BlockDevice"},
    [RULE_ABSOLUTE_PATH] = {is_absolute, "not an absolute path", "begin it with '/'"},
    [RULE_MEDIUM] = {is_medium, "not a medium of emptyDir",
        "use Memory, or leave it out for the node's disk"},
    [RULE_VENDOR] = {is_vendor, "not the domain of a vendor", "use e.g. nvidia.com"},
    [RULE_POD_PREFIX] = {is_executor_prefix, "not the beginning of the names of pods",
        "use at most 237 small letters, digits, '-' and '.', a letter or digit first and last"},
    [RULE_PORT] = {is_port, "not a port that Spark can listen at", "use a number from 1024 to 65535"},
    [RULE_PORT_IF_ANY] = {is_port_if_any, "not a port that Spark can listen at",
        "use a number from 1024 to 65535, or 0 for any"},
    [RULE_HEAP] = {is_heap, "not a heap that Spark starts with",
        "use at least 450m, with one of the units k, m, g and t: a bare number is bytes to the JVM"},
    [RULE_EXECUTOR_HEAP] = {is_executor_heap, "less than Spark starts with",
        "use at least 450m: a bare number is bytes where Spark checks it"},
    [RULE_FRACTION] = {is_fraction, "not between 0 and 1", "use a number such as 0.6"},
    [RULE_EXECUTOR_OPTIONS] = {is_executor_options, "Spark's options and the heap are not set here",
        "use properties of their own, and spark.executor.memory for -Xmx"},
    [RULE_EXECUTOR_LABEL] = {is_executor_label, "this label is reserved for Spark",
        "give the label another name"},
    [RULE_POSITIVE] = {is_positive, "must be more than 0", "use a positive one, or leave it out"},
};
