/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names from the application's name. Mirrors KubernetesConf.getResourceNamePrefix and getAppNameLabel, Java's
 * trim and toLowerCase(Locale.ROOT) included. Deliberately not done: cutting the prefix, which Spark leaves
 * to the API server.
 */
#include "names.h"

#include "str.h"
#include "text.h"

#define LABEL_LIMIT 63          /* of a label's value */

/* The two characters beyond ASCII whose lower case begins with an ASCII letter. Everything else beyond
 * ASCII becomes a dash, and a row of dashes one: whether it is counted in bytes or in characters makes no
 * difference. */
static const struct {
    const char *upper, *lower;
} ascii_when_lowered[] = {
    {"\xE2\x84\xAA", "k"},      /* U+212A, the Kelvin sign */
    {"\xC4\xB0", "i-"},         /* U+0130, I with a dot: "i" and a combining dot */
};

static size_t lower_special(struct str *out, const char *at)
{
    size_t i;

    for (i = 0; i < COUNT(ascii_when_lowered); i++)
        if (text_starts(at, ascii_when_lowered[i].upper)) {
            str_add(out, ascii_when_lowered[i].lower);
            return strlen(ascii_when_lowered[i].upper);
        }
    return 0;
}

/* Trimmed, lower case, everything but [a-z0-9] a dash. */
static void name_fold(struct str *out, const char *text)
{
    size_t len, i = 0;
    const char *start = text_trim(text, strlen(text), &len);

    while (i < len) {
        size_t special = lower_special(out, start + i);
        char c = start[i];

        if (special) {
            i += special;
            continue;
        }
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        str_addc(out, (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-');
        i++;
    }
}

/* Folded, and each row of dashes one. */
static void name_clean(struct str *out, const char *text)
{
    AUTO_STR folded = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    name_fold(&folded, text);
    for (i = 0; i < folded.len; i++)
        if (folded.s[i] != '-' || i == 0 || folded.s[i - 1] != '-')
            str_addc(out, folded.s[i]);
    if (folded.failed)
        out->failed = true;
}

char *name_prefix(const char *app_name, const char *unique_id)
{
    AUTO_STR whole = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&whole, "%s-%s", app_name, unique_id);
    if (whole.failed)
        return NULL;
    name_clean(&name, whole.s);
    if (name.s[0] == '-')
        str_drop(&name, 1);
    if (name.s[0] >= '0' && name.s[0] <= '9')
        name.s[0] = 'x';        /* names of services begin with a letter */
    return str_take(&name);
}

char *name_label(const char *app_name)
{
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);

    name_clean(&name, app_name);
    if (name.len > LABEL_LIMIT)
        str_truncate(&name, LABEL_LIMIT);
    if (name.s[0] == '-')
        str_drop(&name, 1);
    if (name.len && name.s[name.len - 1] == '-')
        str_truncate(&name, name.len - 1);
    return str_take(&name);
}

bool name_is_dns_label(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return len && len <= LABEL_LIMIT && !text[len] && text[0] != '-' && text[len - 1] != '-';
}

bool name_is_label(const char *text)
{
    static const char inside[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t len = strspn(text, inside);

    if (len == 0 || len > LABEL_LIMIT || text[len])
        return false;
    return !strchr("-_.", text[0]) && !strchr("-_.", text[len - 1]);
}
