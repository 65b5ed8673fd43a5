/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON values to YAML in the look of kubectl: block style, two blanks, sequences at the indentation of their key, texts
 * of several lines as literal blocks. Other programs will read it, by YAML 1.1 or 1.2 rules: a string that any of them
 * could take for something else is quoted, rather too often than not enough.
 */
#include "text.h"
#include "yamldoc.h"

#define KEY_MAX 1000                    /* a reader need not look for the ':' of a simple key further than 1024 */
#define INDENT 2

/* Characters that YAML does not take for printable, that break lines for some reader, or that nobody could see. */
static bool is_special(uint32_t c)
{
    return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff || (c & 0xfffe) == 0xfffe;
}

static bool has_special(const char *text, const char *allowed)
{
    uint32_t c = 0;
    size_t n, len;

    for (len = strlen(text); len; text += n, len -= n) {
        n = text_char(text, len, &c);
        if (!n || (is_special(c) && !(c < ' ' && strchr(allowed, (int)c))))
            return true;
    }
    return false;
}

/* Numbers of all YAML versions, sexagesimal ones and dates included; but not 10.0.0.1, 500m and 3.5.0. */
static bool like_number(const char *text)
{
    const char *dot = strchr(text, '.');

    text += strspn(text, "+-.");
    return *text >= '0' && *text <= '9' && !text[strspn(text, "0123456789abcdefABCDEF_.,:+-xXoOtTzZ ")] &&
           !(dot && strchr(dot + 1, '.'));
}

static bool like_word(const char *text)
{
    static const char *const words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan",
                                        NULL};
    char folded[8];
    size_t i;

    text += strspn(text, "+-.");
    for (i = 0; text[i]; i++) {
        if (i + 1 >= sizeof(folded))
            return false;
        folded[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
    }
    folded[i] = '\0';
    return !i || text_is_one_of(folded, words);
}

static bool is_plain_start(const char *text)
{
    unsigned char c = (unsigned char)text[0];

    if (c == '-')                                       /* "- x", "---" and "-5" are other things; "-Dx" is not */
        c = (unsigned char)text[strspn(text, "-")];
    return c >= 0x80 || (c && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.$(", c));
}

static bool is_plain(const char *text)
{
    size_t len = strlen(text);

    return len && is_plain_start(text) && !like_word(text) && !like_number(text) && !has_special(text, "") &&
           !strstr(text, ": ") && !strstr(text, " #") && !text_starts(text, "...") && text[len - 1] != ':' &&
           text[len - 1] != ' ';
}

static void add_quoted(struct str *out, const char *text)
{
    static const char named[] = "\"\"\\\\\nn\tt\rr";    /* pairs: the character, its letter */
    uint32_t c = 0;
    size_t n, len, i;

    str_addc(out, '"');
    for (len = strlen(text); len; text += n, len -= n) {
        n = text_char(text, len, &c);
        n = n ? n : 1;                                  /* not in a json_t */
        for (i = 0; named[i] && c != (unsigned char)named[i]; i += 2)
            ;
        if (named[i])
            str_addf(out, "\\%c", named[i + 1]);
        else if (is_special(c))
            str_addf(out, c < 0x100 ? "\\x%02X" : c < 0x10000 ? "\\u%04X" : "\\U%08X", (unsigned)c);
        else
            str_addn(out, text, n);
    }
    str_addc(out, '"');
}

/*
 * A literal block needs no escapes, but its first line tells the indentation, and blanks at its end are easily lost on
 * the way through an editor.
 */
static bool is_block(const char *text)
{
    const char *first = text + strspn(text, "\n"), *last;
    size_t len = strlen(text);

    if (!strchr(text, '\n') || !*first || *first == ' ' || *first == '\t' || has_special(text, "\n\t"))
        return false;
    for (last = text + len; last > text && last[-1] == '\n'; last--)
        ;
    return last[-1] != ' ' && last[-1] != '\t';
}

static void add_indent(struct str *out, int indent)
{
    str_addf(out, "%*s", indent, "");
}

static void add_block(struct str *out, const char *text, int indent)
{
    size_t len = strlen(text);
    bool ends = text[len - 1] == '\n';

    str_add(out, !ends ? "|-\n" : text[len - 2] == '\n' ? "|+\n" : "|\n");
    while (*text) {
        size_t line = strcspn(text, "\n");

        if (line)
            add_indent(out, indent);
        str_addn(out, text, line);
        text += line + (text[line] == '\n');
        str_addc(out, '\n');
    }
}

static void add_text(struct str *out, const char *text)
{
    if (is_plain(text))
        str_add(out, text);
    else
        add_quoted(out, text);
}

/* Java's text, but YAML 1.1 wants the exponent's sign. */
static void add_real(struct str *out, double value)
{
    AUTO(chars) text = text_from_double(value);
    char *exponent = text ? strchr(text, 'E') : NULL;

    if (!text)
        str_fail(out);
    else if (!exponent)
        str_add(out, text);
    else
        str_addf(out, "%.*se%s%s", (int)(exponent - text), text, exponent[1] == '-' ? "" : "+", exponent + 1);
}

static void add_scalar(struct str *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        add_text(out, json_string_value(value));
        break;
    case JSON_INTEGER:
        str_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        add_real(out, json_real_value(value));
        break;
    case JSON_ARRAY:
        str_add(out, "[]");
        break;
    case JSON_OBJECT:
        str_add(out, "{}");
        break;
    default:
        str_add(out, json_is_true(value) ? "true" : json_is_false(value) ? "false" : "null");
    }
}

static bool has_members(const json_t *value)
{
    return json_array_size(value) > 0 || json_object_size(value) > 0;
}

static void add_collection(struct str *out, const json_t *value, int indent, bool first_indented);

/* After "key:" at `indent`. */
static void add_member_value(struct str *out, const json_t *value, int indent)
{
    if (has_members(value)) {
        str_addc(out, '\n');
        add_collection(out, value, json_is_array(value) ? indent : indent + INDENT, false);
    } else if (json_is_string(value) && is_block(json_string_value(value))) {
        str_addc(out, ' ');
        add_block(out, json_string_value(value), indent + INDENT);
    } else {
        str_addc(out, ' ');
        add_scalar(out, value);
        str_addc(out, '\n');
    }
}

static void add_member(struct str *out, const char *key, const json_t *value, int indent)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    add_text(&text, key);
    if (text.failed)
        str_fail(out);
    else if (text.len <= KEY_MAX)
        str_addf(out, "%s:", text.s);
    else {
        str_addf(out, "? %s\n", text.s);
        add_indent(out, indent);
        str_addc(out, ':');
    }
    add_member_value(out, value, indent);
}

/* After "-" at `indent`. */
static void add_item(struct str *out, const json_t *value, int indent)
{
    str_add(out, "- ");
    if (has_members(value)) {
        add_collection(out, value, indent + INDENT, true);
    } else if (json_is_string(value) && is_block(json_string_value(value))) {
        add_block(out, json_string_value(value), indent + INDENT);
    } else {
        add_scalar(out, value);
        str_addc(out, '\n');
    }
}

/* One that is not empty. The first line's indentation may be there already. */
static void add_collection(struct str *out, const json_t *value, int indent, bool first_indented)
{
    const char *key;
    json_t *item;
    size_t i;

    json_array_foreach(value, i, item) {
        if (!first_indented)
            add_indent(out, indent);
        first_indented = false;
        add_item(out, item, indent);
    }
    json_object_foreach((json_t *)value, key, item) {
        if (!first_indented)
            add_indent(out, indent);
        first_indented = false;
        add_member(out, key, item, indent);
    }
}

void yaml_add(struct str *out, const json_t *value)
{
    if (has_members(value)) {
        add_collection(out, value, 0, false);
        return;
    }
    add_scalar(out, value);
    str_addc(out, '\n');
}
