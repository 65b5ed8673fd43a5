/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors Go's encoding/pem and x509.CertPool.AppendCertsFromPEM, which pass over what they cannot read, and
 * tls.X509KeyPair, which does not.
 */
#include "pem.h"

#include "digest.h"
#include "error.h"
#include "keypair.h"
#include "str.h"

#define BEGIN "-----BEGIN "
#define END "\n-----END "
#define DASHES "-----"

enum { LINE = 64, INTEGER = 0x02, BIT_STRING = 0x03, SEQUENCE = 0x30, VERSION = 0xa0 };

/* ---- DER ---- */

struct der {
    const unsigned char *at;
    size_t left;
};

/* Takes one element off, which must be of this tag; its content in *inner. */
static bool take_element(struct der *der, int tag, struct der *inner)
{
    size_t head = 2, len, bytes, i;

    if (der->left < 2 || der->at[0] != tag)
        return false;
    len = der->at[1];
    if (len > 0x80) {
        bytes = len & 0x7f;
        if (bytes > 4 || der->left < 2 + bytes)
            return false;
        for (len = i = 0; i < bytes; i++)
            len = len << 8 | der->at[2 + i];
        head += bytes;
    } else if (len == 0x80) {
        return false;
    }
    if (len > der->left - head)
        return false;
    *inner = (struct der){ der->at + head, len };
    der->at += head + len;
    der->left -= head + len;
    return true;
}

/* Where the certificate has its SubjectPublicKeyInfo, whole: behind version (which may be missing), serial number,
 * algorithm, issuer, validity and subject. */
static bool find_public_key(const char *bytes, size_t len, struct der *out)
{
    static const int before[] = { INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE };
    struct der der = { (const unsigned char *)bytes, len }, whole, body, part;
    size_t i;

    if (!take_element(&der, SEQUENCE, &whole) || !take_element(&whole, SEQUENCE, &body))
        return false;
    take_element(&body, VERSION, &part);
    for (i = 0; i < COUNT(before); i++)
        if (!take_element(&body, before[i], &part))
            return false;
    *out = body;
    if (!take_element(&body, SEQUENCE, &part))
        return false;
    out->left -= body.left;
    return true;
}

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }, and nothing behind it. */
static bool is_certificate(const char *bytes, size_t len)
{
    struct der der = { (const unsigned char *)bytes, len }, whole, part;

    return take_element(&der, SEQUENCE, &whole) && der.left == 0 && take_element(&whole, SEQUENCE, &part) &&
           take_element(&whole, SEQUENCE, &part) && take_element(&whole, BIT_STRING, &part) && whole.left == 0;
}

/* ---- blocks ---- */

static size_t line_length(const char *line)
{
    return strcspn(line, "\n");
}

/* Whether the line is TYPE and five dashes, and nothing but blanks after that. */
static bool is_type_line(const char *line, const char *type)
{
    size_t len = strlen(type);

    if (strncmp(line, type, len) != 0 || strncmp(line + len, DASHES, sizeof DASHES - 1) != 0)
        return false;
    line += len + sizeof DASHES - 1;
    return strspn(line, " \t\r") == line_length(line);
}

static const char *last_begin(const char *from, const char *end)
{
    const char *found = NULL, *at;

    for (at = from; (at = strstr(at, BEGIN)) && at < end; at++)
        found = at;
    return found && (found == from || found[-1] == '\n') ? found : NULL;
}

static void add_certificate(struct str *out, const char *bytes, size_t len)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);
    size_t i;

    base64_add(&text, bytes, len);
    str_add(out, BEGIN "CERTIFICATE" DASHES);
    for (i = 0; i < text.len; i += LINE) {
        str_addc(out, '\n');
        str_addn(out, text.s + i, text.len - i < LINE ? text.len - i : LINE);
    }
    str_add(out, END "CERTIFICATE" DASHES "\n");
    if (text.failed)
        str_fail(out);
}

/* The block from `begin` to `end`, if it is a certificate. Headers (with a colon) do not belong to one. */
static void add_block(struct str *out, const char *begin, const char *end)
{
    const char *type = begin + sizeof BEGIN - 1, *body = type + line_length(type);
    char *bytes;
    size_t len;

    if (!is_type_line(type, "CERTIFICATE") || !is_type_line(end + sizeof END - 1, "CERTIFICATE") || body > end)
        return;
    bytes = base64_decode(body, (size_t)(end - body), &len);
    if (bytes && is_certificate(bytes, len))
        add_certificate(out, bytes, len);
    else if (!bytes && len == (size_t)-1)
        str_fail(out);
    free(bytes);
}

char *pem_certificates(const char *text)
{
    AUTO_STR out = STR_INIT(STR_TEXT_LIMIT);
    const char *begin, *end;

    while ((end = strstr(text, END))) {
        begin = last_begin(text, end);
        if (begin)
            add_block(&out, begin, end);
        text = end + sizeof END - 1;
    }
    return str_take(&out);
}

/* ---- a certificate and its key ---- */

/* The first certificate's. */
static enum keypair compare(const char *certificates, const char *key)
{
    const char *body = strchr(certificates, '\n'), *end = strstr(certificates, END);
    char *bytes;
    struct der public;
    size_t len;
    enum keypair found = KEYPAIR_UNKNOWN;

    bytes = base64_decode(body, (size_t)(end - body), &len);
    if (bytes && find_public_key(bytes, len, &public))
        found = keypair_check(public.at, public.left, key);
    free(bytes);
    return found;
}

int pem_check_pair(const char *cert, const char *key, const char *whose, const char *where, sparkk8s_error **err)
{
    AUTO(chars) certificates = pem_certificates(cert);
    const char *wrong = NULL;

    if (!certificates)
        return fail_oom(err);
    if (!*certificates)
        wrong = "has no PEM certificate";
    else if (!strstr(key, "PRIVATE KEY" DASHES))
        wrong = "has no PEM private key";
    else if (strstr(key, "ENCRYPTED"))
        wrong = "has a private key with a password, which nobody is there to give";
    else if (compare(certificates, key) == KEYPAIR_DIFFERS)
        wrong = "has a private key that is not the certificate's";
    return wrong ? fail(err, SPARKK8S_ECONF, where, "%s %s", whose, wrong) : 0;
}
