/* SPDX-License-Identifier: Apache-2.0 */
/*
 * java.util.jar.JarInputStream.getManifest() and java.util.jar.Manifest: Spark reads the jar as a stream, so the manifest
 * counts only as the first entry, or right after that of META-INF/. A manifest with a malformed line is none at all.
 */
#include "jar.h"

#include <strings.h>

#include "error.h"
#include "str.h"
#include "text.h"
#include "zip.h"

#define MANIFEST "META-INF/MANIFEST.MF"
#define MANIFEST_LIMIT ((size_t)16 << 20)       /* signed jars have a digest of each class in it */

struct manifest_text {
    const char *path;               /* of the jar */
    const char *at, *end;
    int line;
};

static int bad(const struct manifest_text *m, const char *what, sparkk8s_error **err)
{
    return fail(err, SPARKK8S_EPARSE, m->path, "%s (line %d of the manifest)", what, m->line);
}

/* The next line without its end, which is LF, CR LF or CR. False at the end of the text. */
static bool next_line(struct manifest_text *m, const char **line, size_t *len)
{
    if (m->at == m->end)
        return false;
    *line = m->at;
    while (m->at < m->end && *m->at != '\n' && *m->at != '\r')
        m->at++;
    *len = (size_t)(m->at - *line);
    if (m->at < m->end && *m->at++ == '\r' && m->at < m->end && *m->at == '\n')
        m->at++;
    m->line++;
    return true;
}

static bool is_name(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if ((text[i] | 32) < 'a' || (text[i] | 32) > 'z')
            if (!strchr("0123456789-_", text[i]))
                return false;
    return len > 0 && len <= 70;
}

/* One "Name: value", continued by lines that begin with a blank. Java loses the last line if nothing ends it. */
static int read_attribute(struct manifest_text *m, const char *line, size_t len, char **name, struct str *value,
                          sparkk8s_error **err)
{
    const char *colon = memchr(line, ':', len);

    if (*line == ' ')
        return bad(m, "misplaced continuation line", err);
    if (!colon || (size_t)(colon - line) + 1 >= len || colon[1] != ' ')
        return bad(m, "invalid header field", err);
    if (!is_name(line, (size_t)(colon - line)))
        return bad(m, "invalid header field name", err);
    *name = text_dupn(line, (size_t)(colon - line));
    str_addn(value, colon + 2, len - (size_t)(colon - line) - 2);
    while (m->at < m->end && *m->at == ' ' && next_line(m, &line, &len))
        str_addn(value, line + 1, len - 1);
    return *name && !value->failed ? 0 : fail_oom(err);
}

/* Up to an empty line; *main_class is that of this section. */
static int read_section(struct manifest_text *m, bool named, char **main_class, sparkk8s_error **err)
{
    const char *line;
    size_t len;
    bool first = true;
    int rc;

    while (next_line(m, &line, &len) && len) {
        AUTO(chars) name = NULL;
        AUTO_STR value = STR_INIT(STR_TEXT_LIMIT);

        rc = read_attribute(m, line, len, &name, &value, err);
        if (rc < 0)
            return rc;
        if (first && named && strcasecmp(name, "Name") != 0)
            return bad(m, "invalid manifest format", err);
        first = false;
        if (strcasecmp(name, "Main-Class") != 0)
            continue;
        free(*main_class);
        *main_class = str_take(&value);
        if (!*main_class)
            return fail_oom(err);
    }
    return 0;
}

static int read_manifest(struct manifest_text *m, char **out, sparkk8s_error **err)
{
    AUTO(chars) main_class = NULL;
    int rc;

    while (m->end > m->at && m->end[-1] != '\n' && m->end[-1] != '\r')
        m->end--;
    rc = read_section(m, false, &main_class, err);
    while (rc == 0 && m->at < m->end) {
        AUTO(chars) other = NULL;

        rc = read_section(m, true, &other, err);
    }
    if (rc < 0)
        return rc;
    if (main_class && !text_is_utf8(main_class, strlen(main_class)))
        return bad(m, "Main-Class is not UTF-8", err);
    *out = TAKE(main_class);
    return 0;
}

int jar_main_class(const char *path, char **out, sparkk8s_error **err)
{
    AUTO(zip) zip = NULL;
    AUTO(chars) name = NULL;
    AUTO(chars) text = NULL;
    struct manifest_text m = {.path = path};
    size_t len;
    int rc;

    rc = zip_open(path, &zip, err);
    if (rc == 0)
        rc = zip_next(zip, MANIFEST_LIMIT, &name, err);
    if (rc == 0 && name && !strcasecmp(name, "META-INF/")) {
        free(TAKE(name));
        rc = zip_next(zip, MANIFEST_LIMIT, &name, err);
    }
    if (rc == 0 && (!name || strcasecmp(name, MANIFEST) != 0))
        rc = fail(err, SPARKK8S_EPARSE, path, "it does not begin with " MANIFEST);
    if (rc == 0)
        rc = zip_read(zip, MANIFEST_LIMIT, &text, &len, err);
    if (rc < 0)
        return rc;
    m.at = text;
    m.end = text + len;
    return read_manifest(&m, out, err);
}
