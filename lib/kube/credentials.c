/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors client-go's transport round trippers and its reloading of files: a token file is read again every 50 s of use, as
 * what cannot be read changes nothing; certificates and authorities every 5 minutes, and besides when they may be the
 * reason of a failure. Connections made with an old certificate are not used for new requests.
 */
#include "inner.h"

#include "digest.h"
#include "error.h"
#include "file.h"
#include "moment.h"
#include "pem.h"
#include "str.h"
#include "text.h"

enum {
    TOKEN_FILE_LIMIT = 1 << 20,
    PEM_LIMIT = 4 << 20,
    TOKEN_AGE_MS = 50000,       /* client-go: a period of a minute with ten seconds of leeway */
    FILES_AGE_MS = 300000,
    SECRET_LEAST = 8            /* a shorter one is not looked for in texts: it may be a word */
};

static void wipe(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

/* ---- certificates ---- */

static void use_certificate(struct credentials *credentials)
{
    const struct exec_credential *issued = &credentials->plugin.credential;

    credentials->tls.cert = issued->cert ? issued->cert : credentials->cert.text;
    credentials->tls.key = issued->key ? issued->key : credentials->key.text;
    credentials->tls.version++;
    credentials->generation = credentials->plugin.generation;
}

static bool use_authorities(struct credentials *credentials)
{
    char *certificates;

    if (!credentials->ca.text)
        return true;
    certificates = pem_certificates(credentials->ca.text);
    if (!certificates)
        return false;
    if (*certificates) {                /* else the old ones stay */
        free(credentials->authorities);
        credentials->authorities = TAKE(certificates);
        credentials->tls.ca = credentials->authorities;
        credentials->tls.version++;
    }
    free(certificates);
    return true;
}

static void take_text(struct credential_file *file, const char *path, char **text)
{
    file->path = path;
    file->text = TAKE(*text);
}

int credentials_init(struct kube *kube, void (*ended)(struct kube *kube), sparkk8s_error **err)
{
    struct credentials *credentials = &kube->credentials;
    struct kube_config *config = &kube->config;

    take_text(&credentials->ca, config->ca_file, &config->ca);
    take_text(&credentials->cert, config->cert_file, &config->cert);
    take_text(&credentials->key, config->key_file, &config->key);
    credentials->files_ms = moment_mono_ms();
    credentials->plugin = (struct plugin){
        .kube = kube, .loop = &kube->loop, .exec = config->exec, .timeout_ms = kube->opts.exec_timeout_ms,
        .interactive = kube->opts.interactive, .ended = ended
    };
    use_certificate(credentials);
    return use_authorities(credentials) ? 0 : fail_oom(err);
}

void credentials_clear(struct credentials *credentials)
{
    plugin_clear(&credentials->plugin);
    wipe(&credentials->token);
    wipe(&credentials->key.text);
    free(credentials->cert.text);
    free(credentials->ca.text);
    free(credentials->authorities);
    *credentials = (struct credentials){ 0 };
}

/* The file's text if it is another one than before; what cannot be read, or is empty, is none. False: out of memory. */
static bool read_changed(struct kube *kube, struct credential_file *file, char **out)
{
    AUTO(chars) text = NULL;
    size_t len;
    int rc;

    *out = NULL;
    if (!file->path)
        return true;
    rc = file_read(file->path, PEM_LIMIT, &text, &len, NULL);
    if (rc == SPARKK8S_ENOMEM)
        return false;
    if (rc < 0)
        kube_log(kube, SPARKK8S_LOG_WARN, "kube", "cannot read %s again, what it said before stays", file->path);
    else if (len > 0 && (!file->text || strcmp(text, file->text) != 0))
        *out = TAKE(text);
    if (text)
        explicit_bzero(text, strlen(text));
    return true;
}

static void replace(struct credential_file *file, char **text)
{
    if (!*text)
        return;
    wipe(&file->text);
    file->text = TAKE(*text);
}

/* A certificate is replaced together with its key, which may be the same. False: out of memory. */
static bool reread_files(struct kube *kube, bool *changed)
{
    struct credentials *credentials = &kube->credentials;
    char *ca = NULL, *cert = NULL, *key = NULL;
    bool enough = read_changed(kube, &credentials->ca, &ca) && read_changed(kube, &credentials->cert, &cert) &&
                  read_changed(kube, &credentials->key, &key);

    credentials->files_ms = moment_mono_ms();
    *changed = enough && (ca || cert || key);
    if (enough && ca) {
        replace(&credentials->ca, &ca);
        enough = use_authorities(credentials);
    }
    if (enough && (cert || key)) {
        replace(&credentials->cert, &cert);
        replace(&credentials->key, &key);
        use_certificate(credentials);
    }
    free(ca);
    free(cert);
    wipe(&key);
    return enough;
}

static bool has_files(const struct credentials *credentials)
{
    return credentials->ca.path || credentials->cert.path || credentials->key.path;
}

/* ---- what exchanges ask ---- */

int credentials_get(struct kube *kube, sparkk8s_error **err)
{
    struct credentials *credentials = &kube->credentials;
    bool changed;
    int rc;

    if (has_files(credentials) && moment_mono_ms() - credentials->files_ms >= FILES_AGE_MS && !reread_files(kube, &changed))
        return fail_oom(err);
    if (!kube->config.exec)
        return 0;
    rc = plugin_get(&credentials->plugin, err);
    if (rc == 0 && credentials->plugin.generation != credentials->generation)
        use_certificate(credentials);
    return rc;
}

unsigned credentials_generation(const struct kube *kube)
{
    return kube->credentials.plugin.generation;
}

bool credentials_refused(struct kube *kube, unsigned generation)
{
    struct credentials *credentials = &kube->credentials;
    bool certificate = credentials->cert.path && credentials->key.path;

    if (kube->config.token_file)
        credentials->token_ms = 0;
    if (certificate)
        credentials->files_ms = moment_mono_ms() - FILES_AGE_MS;
    return plugin_refuse(&credentials->plugin, generation) || kube->config.token_file || certificate;
}

bool credentials_replaced(struct kube *kube)
{
    bool changed = false;

    return has_files(&kube->credentials) && reread_files(kube, &changed) && changed;
}

/* ---- headers ---- */

/* What cannot be read, or is empty, changes nothing. False: out of memory. */
static bool read_token(struct kube *kube)
{
    AUTO(chars) text = NULL;
    const char *start;
    char *token;
    size_t len;
    int rc;

    kube->credentials.token_ms = moment_mono_ms();
    rc = file_read(kube->config.token_file, TOKEN_FILE_LIMIT, &text, &len, NULL);
    if (rc == SPARKK8S_ENOMEM)
        return false;
    if (rc < 0) {
        kube_log(kube, SPARKK8S_LOG_WARN, "kube", "cannot read the token file %s, the old token stays",
                 kube->config.token_file);
        return true;
    }
    start = text_trim(text, len, &len);
    token = len > 0 ? text_dupn(start, len) : NULL;
    explicit_bzero(text, strlen(text));
    if (len == 0)
        return true;
    if (!token)
        return false;
    wipe(&kube->credentials.token);
    kube->credentials.token = token;
    return true;
}

/* Nothing that would end the header, and let what follows be another one. */
static bool can_be_sent(const char *value)
{
    const char *c;

    for (c = value; *c; c++)
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return false;
    return true;
}

/* Blanks around the value are not part of it. */
static int add(struct strv *headers, const char *name, const char *value, sparkk8s_error **err)
{
    size_t len = strlen(value);

    if (!can_be_sent(value))
        return fail(err, SPARKK8S_EAUTH, NULL, "%s cannot be sent: it has a line end or another control character", name);
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    strv_addf(headers, "%s: %.*s", name, (int)len, value);
    return headers->failed ? fail_oom(err) : 0;
}

static int add_basic(const struct kube_config *config, struct strv *headers, sparkk8s_error **err)
{
    AUTO_STR pair = STR_INIT(STR_TEXT_LIMIT);
    AUTO_STR value = STR_INIT(STR_TEXT_LIMIT);
    int rc;

    str_addf(&pair, "%s:%s", config->username, config->password ? config->password : "");
    str_add(&value, "Basic ");
    base64_add(&value, pair.s, pair.len);
    explicit_bzero(pair.s, pair.len);
    if (pair.failed || value.failed)
        return fail_oom(err);
    rc = add(headers, "Authorization", value.s, err);
    explicit_bzero(value.s, value.len);
    return rc;
}

/* NULL: there is none. */
static int find_token(struct kube *kube, const char **out, sparkk8s_error **err)
{
    struct credentials *credentials = &kube->credentials;

    if (kube->config.token_file &&
        (credentials->token_ms == 0 || moment_mono_ms() - credentials->token_ms >= TOKEN_AGE_MS) && !read_token(kube))
        return fail_oom(err);
    *out = credentials->token ? credentials->token
           : kube->config.token ? kube->config.token : credentials->plugin.credential.token;
    return 0;
}

static int add_authorization(struct kube *kube, struct strv *headers, sparkk8s_error **err)
{
    AUTO_STR value = STR_INIT(STR_TEXT_LIMIT);
    const char *token = NULL;
    int rc;

    if (!kube->config.tls && !kube->config.basic_always)
        return 0;
    if (kube->config.username)
        return add_basic(&kube->config, headers, err);
    rc = find_token(kube, &token, err);
    if (rc < 0 || !token)
        return rc;
    str_addf(&value, "Bearer %s", token);
    if (value.failed)
        return fail_oom(err);
    rc = add(headers, "Authorization", value.s, err);
    explicit_bzero(value.s, value.len);
    return rc;
}

void credentials_cover(struct kube *kube, char *text, size_t len)
{
    AUTO_STRV headers = { 0 };
    const char *secret;
    char *at = text;

    if (add_authorization(kube, &headers, NULL) < 0 || headers.failed) {
        memset(text, '*', len);
        return;
    }
    secret = headers.count ? strrchr(headers.v[0], ' ') + 1 : "";
    while (strlen(secret) >= SECRET_LEAST && (at = memmem(at, len - (size_t)(at - text), secret, strlen(secret))))
        memset(at, '*', strlen(secret));
    if (headers.count)
        explicit_bzero(headers.v[0], strlen(headers.v[0]));
}

int credentials_add(struct kube *kube, struct strv *headers, sparkk8s_error **err)
{
    const struct kube_config *config = &kube->config;
    int rc = add_authorization(kube, headers, err);
    size_t i;

    if (rc < 0 || !config->impersonate_user)
        return rc;
    rc = add(headers, "Impersonate-User", config->impersonate_user, err);
    if (rc < 0)
        return rc;
    for (i = 0; i < config->impersonate_headers.count; i++) {
        if (!can_be_sent(config->impersonate_headers.v[i]))
            return fail(err, SPARKK8S_EAUTH, NULL, "an impersonation group or extra value has a control character");
        strv_add(headers, config->impersonate_headers.v[i]);
    }
    return headers->failed ? fail_oom(err) : 0;
}
