/* SPDX-License-Identifier: Apache-2.0 */
/* What a plain scalar is by each of the schemas; see yamldoc.h. */
#include "yamlscalar.h"

#include "text.h"

static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
static const char *const trues[] = {"true", "True", "TRUE", NULL};
static const char *const falses[] = {"false", "False", "FALSE", NULL};
static const char *const trues_1_1[] = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", NULL};
static const char *const falses_1_1[] = {"n", "N", "no", "No", "NO", "off", "Off", "OFF", NULL};
static const char *const infinities[] = {".inf", ".Inf", ".INF", NULL};
static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};

static bool to_bool(const char *text, enum yaml_rules rules, bool *out)
{
    if (text_is_one_of(text, trues) || (rules == YAML_1_1 && text_is_one_of(text, trues_1_1)))
        *out = true;
    else if (text_is_one_of(text, falses) || (rules == YAML_1_1 && text_is_one_of(text, falses_1_1)))
        *out = false;
    else
        return false;
    return true;
}

static bool digits_to_int64(const char *text, int base, bool negative, int64_t *out)
{
    uint64_t most = (uint64_t)INT64_MAX + negative, value = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        const char *digits = "0123456789abcdef";
        const char *at = strchr(digits, *text >= 'A' && *text <= 'F' ? *text | 0x20 : *text);
        uint64_t digit = at ? (uint64_t)(at - digits) : 16;

        if (digit >= (uint64_t)base || value > (most - digit) / (uint64_t)base)
            return false;
        value = value * (uint64_t)base + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/*
 * 1.1: [+-]? (0b bin | 0o? oct | 0x hex | dec), underscores taken out before. 1.2: [+-]? dec | 0o oct | 0x hex. One
 * beyond 64 bits is no integer here.
 */
static bool to_int(const char *text, enum yaml_rules rules, int64_t *out)
{
    bool negative = *text == '-', sign = negative || *text == '+';
    const char *digits = text + sign;
    char prefix = digits[0] == '0' ? (char)(digits[1] | 0x20) : '\0';

    if (rules == YAML_1_2) {
        if (digits[0] == '0' && (digits[1] == 'o' || digits[1] == 'x'))
            return !sign && digits_to_int64(digits + 2, prefix == 'x' ? 16 : 8, false, out);
        return digits_to_int64(digits, 10, negative, out);
    }
    if (prefix == 'x' || prefix == 'o' || prefix == 'b')
        return digits_to_int64(digits + 2, prefix == 'x' ? 16 : prefix == 'o' ? 8 : 2, negative, out);
    if (digits[0] == '0' && digits[1])
        return digits_to_int64(digits + 1, 8, negative, out);
    return digits_to_int64(digits, 10, negative, out);
}

/* [+-]? (digits ["." digits*] | "." digits) ([eE] [+-]? digits)?: what Java reads, less its words and suffixes. */
static bool to_real(const char *text, double *out)
{
    return *text && !text[strspn(text, "+-.0123456789eE")] && text_to_double(text, out);
}

/* JSON has no such numbers: their Java names. */
const char *yaml_beyond_numbers(const char *text)
{
    bool sign = *text == '-' || *text == '+';

    if (text_is_one_of(text, nans))
        return "NaN";
    if (!text_is_one_of(text + sign, infinities))
        return NULL;
    return *text == '-' ? "-Infinity" : "Infinity";
}

static json_t *real_value(double value)
{
    if (__builtin_isinf(value))
        return json_string(value < 0 ? "-Infinity" : "Infinity");
    return json_real(value);
}

/* -? (0 | [1-9] digits*) ("." digits*)? ([eE] [-+]? digits)?; *real tells whether more than an integer is there. */
static bool is_json_number(const char *text, bool *real)
{
    size_t digits;

    text += *text == '-';
    digits = strspn(text, "0123456789");
    if (!digits || (*text == '0' && digits > 1))
        return false;
    text += digits;
    *real = *text != '\0';
    if (*text == '.')
        text += 1 + strspn(text + 1, "0123456789");
    if (*text == 'e' || *text == 'E') {
        text += text[1] == '-' || text[1] == '+' ? 2 : 1;
        if (!*text)
            return false;
        text += strspn(text, "0123456789");
    }
    return !*text;
}

/* The JSON schema of YAML 1.2: what is written otherwise than in JSON is text. NULL if out of memory. */
static json_t *resolve_json(const char *text)
{
    int64_t integer;
    double number;
    bool real;

    if (!*text || !strcmp(text, "null"))
        return json_null();
    if (!strcmp(text, "true") || !strcmp(text, "false"))
        return json_boolean(*text == 't');
    if (!strcmp(text, ".inf") || !strcmp(text, "-.inf") || !strcmp(text, ".nan"))
        return json_string(yaml_beyond_numbers(text));
    if (!is_json_number(text, &real))
        return json_string(text);
    if (!real && digits_to_int64(text + (*text == '-'), 10, *text == '-', &integer))
        return json_integer(integer);
    return real && text_to_double(text, &number) ? real_value(number) : json_string(text);
}

json_t *yaml_resolve(const char *text, enum yaml_rules rules)
{
    AUTO(chars) number = NULL;
    const char *beyond = yaml_beyond_numbers(text);
    char *from, *to;
    int64_t integer;
    double real;
    bool boolean;

    if (rules == YAML_JSON)
        return resolve_json(text);
    if (text_is_one_of(text, nulls))
        return json_null();
    if (to_bool(text, rules, &boolean))
        return json_boolean(boolean);
    if (beyond)
        return json_string(beyond);
    if (!strchr("+-.0123456789", *text))
        return json_string(text);
    number = text_dup(text);
    if (!number)
        return NULL;
    for (from = to = number; *from && rules == YAML_1_1; from++) {  /* go-yaml: 1_000 is a number, .5_0 is not */
        *to = *from;
        to += *from != '_' || *text == '.';
    }
    if (rules == YAML_1_1)
        *to = '\0';
    if (to_int(number, rules, &integer))
        return json_integer(integer);
    if (!to_real(number, &real) || (rules == YAML_1_1 && __builtin_isinf(real)))
        return json_string(text);
    return real_value(real);
}
