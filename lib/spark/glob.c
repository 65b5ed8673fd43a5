/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hadoop's Globber, GlobExpander and GlobPattern on this machine's files: "*" is any run of characters (of dots in front,
 * too), "\" takes the meaning from the next character, "{x}" is x. With Hadoop's limits: no ":" in the name of a file
 * that it comes across, and no checksum files (".*.crc").
 *
 * Deliberately not here, because no pattern that Spark passes on can have them: "?", which is the start of a URI's
 * query; "[", which no URI may have; alternatives in braces, whose comma ends the item of the list.
 */
#include "glob.h"

#include "error.h"
#include "file.h"
#include "str.h"
#include "text.h"

struct token {
    char c;
    bool any;                       /* "*" */
};

struct matcher {                    /* one component of the path */
    struct token *tokens;
    size_t count;
    bool wild;
};

#define AUTO_MATCHER __attribute__((cleanup(matcher_clear))) struct matcher

static void matcher_clear(struct matcher *matcher)
{
    free(matcher->tokens);
}

/* ---- one component --------------------------------------------------------------------------------------------- */

static int fail_pattern(const char *pattern, const char *what, sparkk8s_error **err)
{
    fail(err, SPARKK8S_ECONF, pattern, "%s", what);
    error_hint(err, "patterns know * for any characters and \\ for a character as it is; write \\{ for a brace in a "
               "name, and one item for each alternative");
    return SPARKK8S_ECONF;
}

/* Of `text` up to a slash. */
static int compile(struct matcher *m, const char *text, const char *pattern, sparkk8s_error **err)
{
    int depth = 0;

    m->tokens = calloc(strcspn(text, "/") + 1, sizeof(*m->tokens));
    if (!m->tokens)
        return fail_oom(err);
    for (; *text && *text != '/'; text++) {
        m->wild = m->wild || *text == '*' || *text == '{';
        depth += *text == '{';
        if (*text == '\\' && (!text[1] || text[1] == '/'))
            return fail_pattern(pattern, "nothing follows the \\", err);
        if (*text == '\\')
            m->tokens[m->count++].c = *++text;
        else if (*text == '}' && depth > 0)
            depth--;
        else if (*text != '{')
            m->tokens[m->count++] = (struct token){*text, *text == '*'};
    }
    return depth ? fail_pattern(pattern, "a { without its }", err) : 0;
}

static bool matches(const struct matcher *m, const char *name)
{
    size_t i = 0, star = m->count;
    const char *retry = NULL;

    while (*name || i < m->count) {
        if (i < m->count && m->tokens[i].any) {
            star = i++;
            retry = name;
        } else if (*name && i < m->count && m->tokens[i].c == *name) {
            i++;
            name++;
        } else if (retry && *retry) {
            name = ++retry;
            i = star + 1;
        } else {
            return false;
        }
    }
    return true;
}

/* Hadoop makes a path of each name that it meets, and takes what is before a colon for a scheme. */
static int check_colon(const char *name, const char *pattern, sparkk8s_error **err)
{
    if (!strchr(name, ':'))
        return 0;
    fail(err, SPARKK8S_ECONF, pattern, "Hadoop, and so Spark, can have no file name with a colon: %s", name);
    error_hint(err, "what is meant as a URI must be a valid one: no blank before it, %%20 for a blank in it, %%5B and %%5D "
               "for brackets; a file is to be renamed, or named without a pattern that looks into its folder");
    return SPARKK8S_ECONF;
}

/* ---- from component to component --------------------------------------------------------------------------------- */

static int add_joined(struct strv *paths, const char *folder, const char *name, sparkk8s_error **err)
{
    strv_addf(paths, "%s/%s", folder, name);
    return paths->failed ? fail_oom(err) : 0;
}

static bool is_checksum(const char *name)
{
    return *name == '.' && text_ends(name, ".crc");
}

static int add_children(const struct matcher *m, const char *folder, bool folders_only, const char *pattern,
                        struct strv *next, sparkk8s_error **err)
{
    AUTO_STRV names = {0};
    size_t i;
    int rc = 0;

    if (!file_is_folder(*folder ? folder : "/"))
        return 0;
    rc = file_list_all(*folder ? folder : "/", &names, err);
    for (i = 0; rc == 0 && i < names.count; i++) {
        const char *name = names.v[i];
        AUTO(chars) path = NULL;

        if (is_checksum(name) || !text_is_utf8(name, strlen(name)))
            continue;
        path = file_join(*folder ? folder : "/", name);
        if (!path)
            return fail_oom(err);
        if (folders_only && !file_is_folder(path))
            continue;
        rc = check_colon(name, pattern, err);
        if (rc == 0 && matches(m, name))
            rc = add_joined(next, folder, name, err);
    }
    return rc;
}

/* The name itself, which is only looked for if it is the last. */
static int add_named(const struct matcher *m, const char *folder, bool last, const char *pattern, struct strv *next,
                     sparkk8s_error **err)
{
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);
    AUTO(chars) path = NULL;
    size_t i;
    int rc;

    for (i = 0; i < m->count; i++)
        str_addc(&name, m->tokens[i].c);
    path = name.failed ? NULL : file_join(*folder ? folder : "/", name.s);
    if (!path)
        return fail_oom(err);
    rc = check_colon(name.s, pattern, err);
    return rc < 0 || (last && !file_exists(path)) ? rc : add_joined(next, folder, name.s, err);
}

static int walk(const char *pattern, struct strv *found, bool *wild, bool *named, sparkk8s_error **err)
{
    const char *at = pattern, *end;
    size_t i;
    int rc = 0;

    strv_add(found, "");
    for (; rc == 0 && *at == '/' && found->count; at = end) {
        AUTO_MATCHER m = {0};
        AUTO_STRV next = {0};

        at++;
        end = at + strcspn(at, "/");
        rc = compile(&m, at, pattern, err);
        *wild = *wild || m.wild;
        *named = !m.wild;
        for (i = 0; rc == 0 && i < found->count; i++)
            rc = m.wild ? add_children(&m, found->v[i], *end, pattern, &next, err)
                        : add_named(&m, found->v[i], !*end, pattern, &next, err);
        strv_clear(found);
        *found = next;
        next = (struct strv){0};
    }
    return rc < 0 || !found->failed ? rc : fail_oom(err);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* The pair of braces farthest left that has a slash in it: to Hadoop "/{a/b}" is "/a/b". */
static bool find_braces(const char *pattern, size_t *open, size_t *close)
{
    bool slash = false;
    size_t i;
    int depth = 0;

    *open = *close = 0;
    for (i = 0; pattern[i]; i++) {
        if (pattern[i] == '\\' && pattern[i + 1])
            i++;
        else if (pattern[i] == '{' && depth++ == 0)
            *open = i;
        else if (pattern[i] == '/' && depth)
            slash = true;
        else if (pattern[i] == '}' && depth && --depth == 0 && slash) {
            *close = i;
            return true;
        }
    }
    return false;
}

int glob_find(const char *pattern, struct strv *found, bool *wild, bool *named, sparkk8s_error **err)
{
    AUTO(chars) flat = text_dup(pattern);
    AUTO(chars) normal = NULL;
    AUTO_STRV paths = {0};
    size_t open, close;
    int rc;

    if (!flat)
        return fail_oom(err);
    while (find_braces(flat, &open, &close)) {
        memmove(flat + close, flat + close + 1, strlen(flat + close));
        memmove(flat + open, flat + open + 1, strlen(flat + open));
    }
    normal = file_absolute(flat);
    if (!normal)
        return fail_oom(err);
    *wild = *named = false;
    rc = walk(normal, &paths, wild, named, err);
    if (rc < 0)
        return rc;
    strv_clear(found);
    *found = paths;
    paths = (struct strv){0};
    return 0;
}
