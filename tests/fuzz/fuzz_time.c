/* SPDX-License-Identifier: Apache-2.0 */
/* Times of RFC 3339, spans as people write them, resource versions: two texts, with a blank line between them. */
#include <string.h>

#include "duration.h"
#include "fleet.h"
#include "moment.h"
#include "must.h"
#include "target.h"
#include "text.h"

static void moments(const char *text, size_t len)
{
    char written[MOMENT_SIZE];
    int64_t ns, again;

    if (!moment_parse(text, len, &ns))
        return;
    must(len >= 20 && text[4] == '-', "%s", text);
    moment_rfc3339((ns - (ns < 0 ? 999999 : 0)) / 1000000, written);
    must(moment_parse(written, strlen(written), &again) && again <= ns && ns - again < 1000000, "%s %s", text, written);
    moment_java_date(ns / 1000000, written);
    must(strstr(written, " UTC "), "%s", written);
}

static void spans(const char *text)
{
    char written[DURATION_SIZE];
    int64_t ms, again;

    if (!duration_parse(text, &ms))
        return;
    must(ms >= 0, "%lld", (long long)ms);
    duration_text(ms, written);         /* of the two largest units only */
    must(duration_parse(written, &again) && again <= ms && (ms - again) * 20 <= ms, "%s %s", text, written);
}

/* An order: never both ways, never before itself; and numbers as numbers. */
static void versions(const char *a, const char *b)
{
    int64_t first, second;

    must(!version_is_older(a, a) && !version_is_older(NULL, a) && !version_is_older(a, NULL), "%s", a);
    must(!version_is_older(a, b) || !version_is_older(b, a), "%s %s", a, b);
    if (*a >= '1' && *a <= '9' && *b >= '1' && *b <= '9' && text_to_int64(a, &first) && text_to_int64(b, &second))
        must(version_is_older(a, b) == (first < second), "%s %s", a, b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(chars) text = text_dupn((const char *)data, strnlen((const char *)data, size));
    char *other;

    must(text, "out of memory");
    other = strchr(text, '\n');
    if (other)
        *other++ = '\0';
    moments(text, strlen(text));
    spans(text);
    versions(text, other ? other : "17");
    return 0;
}
