/* SPDX-License-Identifier: Apache-2.0 */
/* Written without a tree: a log has millions of these. */
#include "logrecord.h"

#include "error.h"
#include "moment.h"
#include "text.h"

#define NS_A_SECOND 1000000000

static const char *const kinds[] = { "LINE", "GAP", "RESTART", "NOTICE" };

static void add_char(struct str *out, unsigned char c)
{
    static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *at = c ? strchr(named, c) : NULL;

    if (at) {
        str_addc(out, '\\');
        str_addc(out, letters[at - named]);
    } else if (c < ' ' || c == 0x7f) {
        str_addf(out, "\\u%04x", c);
    } else {
        str_addc(out, (char)c);
    }
}

static void add_string(struct str *out, const char *text, size_t len)
{
    size_t at, n;
    uint32_t c;

    str_addc(out, '"');
    for (at = 0; at < len; at += n ? n : 1) {
        n = (unsigned char)text[at] < 0x80 ? 0 : text_char(text + at, len - at, &c);
        if (n)
            str_addn(out, text + at, n);
        else if ((unsigned char)text[at] < 0x80)
            add_char(out, (unsigned char)text[at]);
        else
            str_add(out, "\xef\xbf\xbd");
    }
    str_addc(out, '"');
}

static void add_member(struct str *out, const char *key, const char *text)
{
    str_addf(out, "\"%s\":", key);
    add_string(out, text, strlen(text));
    str_addc(out, ',');
}

/* With all nine decimals, as the log has it. */
static void add_time(struct str *out, int64_t ns)
{
    char second[MOMENT_SIZE];

    if (!ns) {
        str_add(out, "\"time\":null,");
        return;
    }
    moment_rfc3339(ns / NS_A_SECOND * 1000, second);
    str_addf(out, "\"time\":\"%.*s.%09dZ\",", (int)strlen(second) - 1, second, (int)(ns % NS_A_SECOND));
}

int log_record_json(const struct log_member *member, const struct log_record *record, int64_t restarts, char **out,
                    sparkk8s_error **err)
{
    struct str text = STR_INIT(STR_TEXT_LIMIT);
    char *made;

    str_addc(&text, '{');
    add_member(&text, "namespace", member->ns);
    add_member(&text, "pod", member->pod);
    if (member->executor)
        add_member(&text, "executor", member->executor);
    else
        str_add(&text, "\"executor\":null,");
    str_addf(&text, "\"restarts\":%lld,", (long long)restarts);
    add_time(&text, record->ns);
    str_addf(&text, "\"kind\":\"%s\",\"text\":", kinds[record->kind]);
    add_string(&text, record->text, record->len);
    str_addf(&text, ",\"whole\":%s}", record->whole ? "true" : "false");
    made = str_take(&text);
    if (!made)
        return fail_oom(err);
    *out = made;
    return 0;
}
