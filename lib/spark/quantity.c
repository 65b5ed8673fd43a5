/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value of a quantity. Mirrors k8s.io/apimachinery's resource.Quantity, as fabric8 reads it: a decimal
 * number and a suffix. A decimal suffix becomes an exponent before the text is read, so that 0.1 and 100m are
 * the same number, not nearly the same.
 */
#include "quantity.h"

#include <math.h>

#include "text.h"

#define NUMBER_LIMIT 200        /* digits; more than anybody writes */

static const struct {
    const char *suffix;
    int exponent;               /* of 10, or of 2 */
    bool binary;
} suffixes[] = {
    {"", 0, false}, {"n", -9, false}, {"u", -6, false}, {"m", -3, false}, {"k", 3, false}, {"M", 6, false},
    {"G", 9, false}, {"T", 12, false}, {"P", 15, false}, {"E", 18, false}, {"Ki", 10, true}, {"Mi", 20, true},
    {"Gi", 30, true}, {"Ti", 40, true}, {"Pi", 50, true}, {"Ei", 60, true},
};

/* Length of "[+-]?digits[.digits]", with a digit somewhere; 0 if there is none. */
static size_t number_length(const char *text)
{
    static const char digits[] = "0123456789";
    size_t len = *text == '+' || *text == '-', whole = strspn(text + len, digits), part = 0;

    len += whole;
    if (text[len] == '.') {
        part = strspn(text + len + 1, digits);
        len += 1 + part;
    }
    return whole + part ? len : 0;
}

/* "e3", "E-3"; not the suffixes E and Ei. */
static bool has_exponent(const char *text)
{
    size_t sign = *text && (text[1] == '+' || text[1] == '-'), digits;

    if (*text != 'e' && *text != 'E')
        return false;
    digits = strspn(text + 1 + sign, "0123456789");
    return digits && !text[1 + sign + digits];
}

static double power_of_two(int exponent)
{
    double value = 1;

    while (exponent--)
        value *= 2;
    return value;
}

bool quantity_parse(const char *text, double *value)
{
    size_t len = number_length(text), i;
    char number[NUMBER_LIMIT + 8];
    double found;

    if (!len || len > NUMBER_LIMIT)
        return false;
    if (has_exponent(text + len)) {
        if (!text_to_double(text, &found) || !isfinite(found))
            return false;
        *value = found;
        return true;
    }
    for (i = 0; i < COUNT(suffixes); i++)
        if (!strcmp(text + len, suffixes[i].suffix))
            break;
    if (i == COUNT(suffixes))
        return false;
    snprintf(number, sizeof(number), "%.*se%d", (int)len, text, suffixes[i].binary ? 0 : suffixes[i].exponent);
    if (!text_to_double(number, &found))
        return false;
    *value = suffixes[i].binary ? found * power_of_two(suffixes[i].exponent) : found;
    return true;
}

bool quantity_is_same(const char *one, const char *other)
{
    double mine, theirs;

    return quantity_parse(one, &mine) && quantity_parse(other, &theirs) && mine == theirs;
}
