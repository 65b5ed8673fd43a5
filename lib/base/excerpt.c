/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys that are masked are those of Spark's own spark.redaction.regex, (?i)secret|password|token|access[.]?key,
 * and what JDBC URLs and storage clients add to them. Masking shortens: it works in place.
 */
#include "excerpt.h"

#include "str.h"
#include "text.h"

#include <strings.h>

#define DOTS "..."
#define STARS "***"

static const char *const secret_keys[] = {
    "secret", "password", "passwd", "pwd", "token", "accesskey", "access.key", "access_key", "access-key", "credential",
    "signature", "sharedkey", "account.key", "accountkey", "apikey", "api_key", "api-key", NULL,
};

static bool is_blank(const char *text)
{
    return (unsigned char)*text <= ' ' || *text == 0x7f;
}

char *excerpt(const char *text, size_t len, size_t max)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);
    bool blank = false;
    uint32_t c;
    size_t n;

    for (; len; text += n, len -= n) {
        n = text_char(text, len, &c);
        if (is_blank(text)) {
            n = 1;
            blank = out.len > 0;
            continue;
        }
        if (out.len + blank + (n ? n : 1) > max - strlen(DOTS)) {
            str_add(&out, DOTS);
            break;
        }
        if (blank)
            str_addc(&out, ' ');
        blank = false;
        if (n)
            str_addn(&out, text, n);
        else
            str_addc(&out, '?');
        n = n ? n : 1;
    }
    return str_take(&out);
}

static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("._-", c));
}

/* Removes `len` bytes at `at`, puts asterisks in their place if these are not longer, and returns what follows. */
static char *cover(char *at, size_t len)
{
    size_t stars = len < strlen(STARS) ? len : strlen(STARS);

    memmove(at + stars, at + len, strlen(at + len) + 1);
    memset(at, '*', stars);
    return at + stars;
}

static size_t key_at(const char *text)
{
    size_t i;

    for (i = 0; secret_keys[i]; i++)
        if (!strncasecmp(text, secret_keys[i], strlen(secret_keys[i])))
            return strlen(secret_keys[i]);
    return 0;
}

/* Behind the key at `at`: past an "=" or ":", blanks and quotes around it. NULL if no value follows. */
static char *value_after(char *at)
{
    while (is_key_char(*at))
        at++;
    at += strspn(at, "\"'");
    at += *at == ' ' && (at[1] == '=' || at[1] == ':');
    if (*at != '=' && *at != ':')
        return NULL;
    at++;
    at += strspn(at, " \"'");
    return *at ? at : NULL;
}

/* The end of "//user:" if that is what starts here, and a password and '@' follow. */
static char *password_in_url(char *at, size_t *len)
{
    char *colon, *end;

    if (!text_starts(at, "//"))
        return NULL;
    colon = at + strcspn(at, ":@ ");
    if (*colon != ':')
        return NULL;
    end = colon + 1 + strcspn(colon + 1, "@/ ");
    *len = (size_t)(end - colon - 1);
    return *end == '@' && *len ? colon + 1 : NULL;
}

void mask_secrets(char *text)
{
    while (*text) {
        size_t len = 0, key = key_at(text);
        char *secret = key ? value_after(text + key) : password_in_url(text, &len);

        if (key && secret)
            len = strcspn(secret, " \"'&;,)}]");
        text = secret ? cover(secret, len) : text + 1;
    }
}
