/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Spark line an application is for. spark-submit knows its own version; a library has to be told, or to look at
 * the tag of the image, which for the official images begins with the version. Nothing is asked from a registry.
 */
#include "line.h"

#include "conf.h"
#include "error.h"
#include "names.h"
#include "str.h"
#include "strv.h"
#include "text.h"

#define VERSION_KEY "sparkk8s.spark.version"

const struct line_info line_infos[SPARK_LINES] = {
    [SPARK_3_5] = {"3.5", "3.5.8"},
    [SPARK_4_0] = {"4.0", "4.0.5"},
    [SPARK_4_1] = {"4.1", "4.1.4"},
    [SPARK_4_2] = {"4.2", "4.2.1"},
    [SPARK_4_3] = {"4.3", "4.3.0"},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of what follows X.Y.Z and is still part of Spark's version: "-SNAPSHOT", "-preview2". An image's own words
 * ("-scala2.13-java17") are not. */
static size_t qualifier_length(const char *text)
{
    static const char snapshot[] = "-SNAPSHOT", preview[] = "-preview";
    size_t len = 0;

    if (text_starts(text, snapshot))
        len = sizeof(snapshot) - 1;
    else if (text_starts(text, preview))
        for (len = sizeof(preview) - 1; is_digit(text[len]); len++)
            ;
    return text[len] && text[len] != '-' ? 0 : len;
}

/* Reads the line, and in *full the length of the whole version, 0 if only the line is there. */
static bool line_scan(const char *text, enum spark_line *line, size_t *full)
{
    size_t i, len = 0, end;

    for (i = 0; i < SPARK_LINES; i++) {
        len = strlen(line_infos[i].name);
        if (text_starts(text, line_infos[i].name))
            break;
    }
    if (i == SPARK_LINES)
        return false;
    for (end = len + 1; text[len] == '.' && is_digit(text[end]); end++)
        ;
    if (end == len + 1 && text[len] && text[len] != '-')
        return false;
    *full = end > len + 1 ? end + qualifier_length(text + end) : 0;
    *line = (enum spark_line)i;
    return true;
}

static const char *skip_v(const char *text)
{
    return *text == 'v' ? text + 1 : text;
}

bool line_from_text(const char *text, enum spark_line *line, char **version)
{
    size_t full;

    if (!line_scan(skip_v(text), line, &full))
        return false;
    if (version)
        *version = full ? text_dupn(skip_v(text), full) : NULL;
    return true;
}

/* The known lines as "3.5, 4.0, ...". */
static void add_known_lines(struct str *out)
{
    size_t i;

    for (i = 0; i < SPARK_LINES; i++)
        str_addf(out, "%s%s", i ? ", " : "", line_infos[i].name);
}

static int line_from_key(const sparkk8s_conf *conf, const char *value, enum spark_line *line, char **version,
                         sparkk8s_error **err)
{
    AUTO_STR known = STR_INIT(200);
    AUTO(chars) copy = NULL;
    enum spark_line found;
    size_t full;

    if (!name_is_label(value) || !line_scan(skip_v(value), &found, &full)) {
        str_add(&known, "use a line or a release of it, e.g. 4.1 or 4.1.4; there are ");
        add_known_lines(&known);
        return conf_refuse(err, conf, VERSION_KEY, known.s, "not a version of a Spark line that is known");
    }
    /* All of it: a vendor's qualifier ("3.5.1-amzn-0") is part of what the user calls the version. */
    copy = text_dup(full ? skip_v(value) : line_infos[found].release);
    if (!copy)
        return fail_oom(err);
    *version = TAKE(copy);
    *line = found;
    return 0;
}

/* The tag of an image, new, or NULL in *tag if it has none. */
static int image_tag(const char *image, char **tag, sparkk8s_error **err)
{
    const char *name = strrchr(image, '/');
    size_t len = strcspn(name ? name : image, "@");
    const char *colon = memchr(name ? name : image, ':', len);

    *tag = NULL;
    if (!colon)
        return 0;
    colon++;
    *tag = text_dupn(colon, len - (size_t)(colon - (name ? name : image)));
    return *tag ? 0 : fail_oom(err);
}

/* 1 if the image tells it, 0 if not. */
static int line_from_image(const char *image, enum spark_line *line, char **version, sparkk8s_error **err)
{
    AUTO(chars) tag = NULL;
    AUTO(chars) copy = NULL;
    enum spark_line found;
    size_t full;
    int rc;

    rc = image_tag(image, &tag, err);
    if (rc < 0)
        return rc;
    if (!tag || !line_scan(skip_v(tag), &found, &full))
        return 0;
    copy = full ? text_dupn(skip_v(tag), full) : text_dup(line_infos[found].release);
    if (!copy)
        return fail_oom(err);
    *version = TAKE(copy);
    *line = found;
    return 1;
}

static int line_newest(const char *image, enum spark_line *line, char **version, struct strv *warnings,
                       sparkk8s_error **err)
{
    const enum spark_line newest = SPARK_LINES - 1;
    AUTO(chars) release = text_dup(line_infos[newest].release);

    if (!release)
        return fail_oom(err);
    strv_addf(warnings, "the tag of image %s tells no Spark version that is known: objects are made as Spark %s does; "
              "set " VERSION_KEY " (--spark-version) to the image's version", image ? image : "(none)", release);
    if (warnings->failed)
        return fail_oom(err);
    *line = newest;
    *version = TAKE(release);
    return 0;
}

int line_choose(const sparkk8s_conf *conf, enum spark_line *line, char **version, struct strv *warnings,
                sparkk8s_error **err)
{
    const char *given = sparkk8s_conf_get(conf, VERSION_KEY);
    const char *image = sparkk8s_conf_get(conf, "spark.kubernetes.driver.container.image");
    int rc;

    if (given)
        return line_from_key(conf, given, line, version, err);
    if (!image)
        image = sparkk8s_conf_get(conf, "spark.kubernetes.container.image");
    rc = image ? line_from_image(image, line, version, err) : 0;
    if (rc != 0)
        return rc < 0 ? rc : 0;
    return line_newest(image, line, version, warnings, err);
}

const char *sparkk8s_spark_line(size_t index)
{
    return index < SPARK_LINES ? line_infos[index].name : NULL;
}
