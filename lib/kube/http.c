/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl's multi interface on the loop. The only file that includes curl.
 *
 * Not used of libcurl, on purpose: redirects (client-go carries the token along anywhere), proxies from the environment
 * (Go's rules differ; which one applies is decided elsewhere), cookies, .netrc, and gzip on anything that streams (servers
 * send several members, which libcurl takes for garbage).
 */
#include "http.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "error.h"
#include "link.h"
#include "moment.h"
#include "str.h"
#include "target.h"
#include "text.h"

enum {
    DEAD_PEER_MS = 45000,       /* sent, but not acknowledged for so long: the connection is lost */
    KEEPALIVE_IDLE_S = 30,
    KEEPALIVE_EVERY_S = 15
};

enum pem { PEM_CA, PEM_CERT, PEM_KEY, PEMS };
enum peer { SERVER, PROXY };

struct pem_file {
    int fd;                     /* or -1 */
    unsigned version;           /* of http_tls */
};

struct http {
    const struct kube_config *config;
    struct loop *loop;
    struct http_events events;
    CURLM *multi;
    CURLSH *share;              /* TLS sessions: a stream's own connection resumes instead of negotiating anew */
    struct link transfers;      /* under way */
    const struct http_tls *tls;
    struct target target;
    struct curl_slist *connect_to, *resolve;
    struct pem_file pem_files[PEMS];        /* for a libcurl that takes them from files only */
    bool suspect;               /* a transfer timed out or lacked memory, none was answered since: no old connection */
    bool failed;                /* a socket could not be watched; told at the next turn */
};

struct http_transfer {
    struct link link;
    struct http *http;
    CURL *easy;
    struct curl_slist *headers;
    const char *body;
    size_t body_left;
    void *owner;
    int64_t started_ms;
    bool stopped;               /* by `take` */
    bool headed;                /* the head of the answer is complete */
    struct http_end end;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_started;

static void start_curl(void)
{
    curl_started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- what libcurl calls ---- */

static int on_socket(CURL *easy UNUSED, curl_socket_t fd, int what, void *userdata, void *socket UNUSED)
{
    static const int wanted[] = {
        [CURL_POLL_IN] = LOOP_IN, [CURL_POLL_OUT] = LOOP_OUT, [CURL_POLL_INOUT] = LOOP_IN | LOOP_OUT,
        [CURL_POLL_REMOVE] = 0
    };
    struct http *http = userdata;

    if (!loop_watch(http->loop, fd, wanted[what]))
        http->failed = true;
    return 0;
}

static int on_timer(CURLM *multi UNUSED, long timeout_ms, void *userdata)
{
    struct http *http = userdata;

    loop_arm(http->loop, LOOP_HTTP, timeout_ms < 0 ? 0 : moment_mono_ms() + timeout_ms);
    return 0;
}

/* The host's children do not inherit the socket; a peer that vanished is noticed. */
static int on_new_socket(void *userdata UNUSED, curl_socket_t fd, curlsocktype purpose UNUSED)
{
#ifdef TCP_USER_TIMEOUT
    unsigned int dead_ms = DEAD_PEER_MS;

    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof dead_ms);
#endif
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return CURL_SOCKOPT_OK;
}

static int on_connected(void *userdata, char *peer UNUSED, char *own UNUSED, int peer_port UNUSED, int own_port UNUSED)
{
    struct http_transfer *transfer = userdata;

    transfer->http->events.connected(transfer->owner);
    return CURL_PREREQFUNC_OK;
}

/* Digits alone; a number that is too large for one is still large. */
static int read_seconds(const char *text, size_t len)
{
    enum { LARGE = 1000000000 };
    int seconds = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        seconds = seconds < LARGE / 10 ? seconds * 10 + (text[i] - '0') : LARGE;
    }
    return len > 0 ? seconds : -1;
}

/* The value of a header that has this name ("name:"), trimmed, or NULL. */
static const char *header_value(const char *bytes, size_t len, const char *name, size_t *value_len)
{
    size_t name_len = strlen(name);

    if (len < name_len || strncasecmp(bytes, name, name_len) != 0)
        return NULL;
    return text_trim(bytes + name_len, len - name_len, value_len);
}

/* Each head starts anew: an interim answer (1xx) may come before the one that counts. */
static size_t on_header(char *bytes, size_t size UNUSED, size_t len, void *userdata)
{
    struct http_transfer *transfer = userdata;
    const char *value;
    size_t value_len;

    if (len <= 2)
        transfer->headed = true;
    if (len > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        transfer->headed = false;
        transfer->end.retry_after_s = -1;
    }
    value = header_value(bytes, len, "Retry-After:", &value_len);
    if (value)
        transfer->end.retry_after_s = read_seconds(value, value_len);
    value = header_value(bytes, len, "Warning:", &value_len);
    if (value)
        transfer->http->events.warned(transfer->owner, value, value_len);
    return len;
}

static enum http_type type_of(const struct http_transfer *transfer)
{
    char *type = NULL;

    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &type);
    return type && strcasestr(type, "html") ? HTTP_PAGE : HTTP_OTHER_TYPE;
}

static size_t on_body(char *bytes, size_t size UNUSED, size_t len, void *userdata)
{
    struct http_transfer *transfer = userdata;
    long status = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    switch (transfer->http->events.take(transfer->owner, (int)status, type_of(transfer), bytes, len)) {
    case HTTP_TAKEN:
        return len;
    case HTTP_PAUSE:
        return CURL_WRITEFUNC_PAUSE;
    case HTTP_STOP:
        break;
    }
    transfer->stopped = true;
    return len + 1;
}

static size_t on_send(char *out, size_t size, size_t count, void *userdata)
{
    struct http_transfer *transfer = userdata;
    size_t len = transfer->body_left < size * count ? transfer->body_left : size * count;

    memcpy(out, transfer->body, len);
    transfer->body += len;
    transfer->body_left -= len;
    return len;
}

/* libcurl would silently send a request again when a kept connection dies before the answer, whatever the method. What
 * has a body may change something: having been sent, it is not sent again. That is stricter than need be for HTTP/2 streams that
 * the server refused, which look the same from here. */
static int on_rewind(void *userdata UNUSED, curl_off_t offset UNUSED, int origin UNUSED)
{
    return CURL_SEEKFUNC_FAIL;
}

/* ---- setting up ---- */

enum { STREAM_UPLOAD_BUFFER = 16 << 10 };     /* the least; TLS has it for each stream that only reads */

#define SET(option, value) (code = code ? code : curl_easy_setopt(easy, CURLOPT_##option, value))

/* The name of a file in memory with the PEM text. A new version has another name, so that no connection of the old one
 * is taken for one of the new. */
static bool name_pem(struct http *http, enum pem which, const char *pem, char *name, size_t size)
{
    struct pem_file *file = &http->pem_files[which];
    int old = file->fd;

    if (old < 0 || file->version != http->tls->version) {
        file->fd = memory_file(pem);
        file->version = http->tls->version;
        if (old >= 0)
            close(old);
    }
    snprintf(name, size, "/proc/self/fd/%d", file->fd);
    return file->fd >= 0;
}

/* libcurl has each of its TLS options twice. */
static const struct tls_options {
    CURLoption version, verify_peer, verify_host, ca_folder, password;
    struct { CURLoption blob, file; } pem[PEMS];
} tls_options[] = {
    [SERVER] = {
        CURLOPT_SSLVERSION, CURLOPT_SSL_VERIFYPEER, CURLOPT_SSL_VERIFYHOST, CURLOPT_CAPATH, CURLOPT_KEYPASSWD,
        { [PEM_CA] = { CURLOPT_CAINFO_BLOB, CURLOPT_CAINFO }, [PEM_CERT] = { CURLOPT_SSLCERT_BLOB, CURLOPT_SSLCERT },
          [PEM_KEY] = { CURLOPT_SSLKEY_BLOB, CURLOPT_SSLKEY } }
    },
    [PROXY] = {
        CURLOPT_PROXY_SSLVERSION, CURLOPT_PROXY_SSL_VERIFYPEER, CURLOPT_PROXY_SSL_VERIFYHOST, CURLOPT_PROXY_CAPATH,
        CURLOPT_PROXY_KEYPASSWD,
        { [PEM_CA] = { CURLOPT_PROXY_CAINFO_BLOB, CURLOPT_PROXY_CAINFO },
          [PEM_CERT] = { CURLOPT_PROXY_SSLCERT_BLOB, CURLOPT_PROXY_SSLCERT },
          [PEM_KEY] = { CURLOPT_PROXY_SSLKEY_BLOB, CURLOPT_PROXY_SSLKEY } }
    }
};

#define SET_TLS(option, value) (code = code ? code : curl_easy_setopt(easy, options->option, value))

static CURLcode set_pem(struct http *http, CURL *easy, const struct tls_options *options, enum pem which, const char *pem)
{
    struct curl_blob blob = { .flags = CURL_BLOB_COPY };
    char name[40];
    CURLcode code = CURLE_UNKNOWN_OPTION;

    if (!pem)
        return CURLE_OK;
    memcpy(&blob.data, &pem, sizeof blob.data);     /* libcurl does not write there */
    blob.len = strlen(pem);
    if (http->pem_files[which].fd < 0)
        code = curl_easy_setopt(easy, options->pem[which].blob, &blob);
    if (code != CURLE_UNKNOWN_OPTION && code != CURLE_NOT_BUILT_IN)
        return code;
    if (!name_pem(http, which, pem, name, sizeof name))
        return CURLE_OUT_OF_MEMORY;
    return curl_easy_setopt(easy, options->pem[which].file, name);
}

/* Authorities of our own, or none to be looked at, mean that the system's are not even read: they cost 5 ms and megabytes,
 * and their folder would be searched for issuers besides. */
static CURLcode set_roots(const struct http *http, CURL *easy, const struct tls_options *options)
{
    const struct kube_config *config = http->config;
    bool own = config->insecure || http->tls->ca;
    CURLcode code = CURLE_OK;

    if (own || config->roots_file)
        SET_TLS(pem[PEM_CA].file, own ? NULL : config->roots_file);
    if (own || config->roots_folder)
        SET_TLS(ca_folder, own ? NULL : config->roots_folder);
    return code;
}

/* The empty key password keeps OpenSSL from asking the terminal. */
static CURLcode set_tls(struct http *http, CURL *easy, enum peer peer)
{
    const struct tls_options *options = &tls_options[peer];
    const struct http_tls *tls = http->tls;
    CURLcode code = CURLE_OK;

    SET_TLS(version, (long)CURL_SSLVERSION_TLSv1_2);
    SET_TLS(verify_peer, http->config->insecure ? 0L : 1L);
    SET_TLS(verify_host, http->config->insecure ? 0L : 2L);
    SET_TLS(password, "");
    if (!code)
        code = set_roots(http, easy, options);
    if (!code)
        code = set_pem(http, easy, options, PEM_CA, tls->ca);
    if (!code)
        code = set_pem(http, easy, options, PEM_CERT, tls->cert);
    return !code && tls->cert ? set_pem(http, easy, options, PEM_KEY, tls->key) : code;
}

/* What the environment says of proxies has been read already, by other rules than libcurl's. An https proxy is asked for
 * what the server is asked for, and shown the same, as in Go. */
static CURLcode set_proxy(struct http *http, CURL *easy)
{
    const struct proxy *proxy = &http->config->proxy;
    CURLcode code = CURLE_OK;

    SET(PROXY, http->target.proxy);
    SET(NOPROXY, proxy->url ? "" : "*");
    if (!proxy->url)
        return code;
    if (proxy->user) {
        SET(PROXYUSERNAME, proxy->user);
        SET(PROXYPASSWORD, proxy->password);
    }
    SET(PROXYAUTH, (long)CURLAUTH_BASIC);
    SET(SOCKS5_AUTH, (long)CURLAUTH_BASIC);
    SET(SUPPRESS_CONNECT_HEADERS, 1L);
    if (http->resolve)
        SET(RESOLVE, http->resolve);
    return !code && text_starts(proxy->url, "https://") ? set_tls(http, easy, PROXY) : code;
}

static CURLcode set_connection(struct http *http, CURL *easy, const struct http_request *request)
{
    CURLcode code = CURLE_OK;

    SET(NOSIGNAL, 1L);
    SET(SHARE, http->share);
    SET(CONNECT_TO, http->connect_to);
    SET(CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
    SET(TIMEOUT_MS, (long)request->timeout_ms);
    SET(TCP_KEEPALIVE, 1L);
    SET(TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
    SET(TCP_KEEPINTVL, (long)KEEPALIVE_EVERY_S);
    SET(SOCKOPTFUNCTION, on_new_socket);
    SET(PREREQFUNCTION, on_connected);
    SET(HTTP_VERSION, (long)(request->alone ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    SET(PIPEWAIT, request->alone ? 0L : 1L);
    SET(FRESH_CONNECT, request->alone || request->fresh || http->suspect ? 1L : 0L);
    SET(FORBID_REUSE, request->alone ? 1L : 0L);
    if (request->alone)
        SET(UPLOAD_BUFFERSIZE, (long)STREAM_UPLOAD_BUFFER);
#if LIBCURL_VERSION_NUM >= 0x075700
    SET(QUICK_EXIT, 1L);        /* giving up does not wait for a name server */
#endif
    return code;
}

static CURLcode set_url(const struct http *http, CURL *easy, const char *url)
{
    AUTO_STR text = STR_INIT(STR_TEXT_LIMIT);

    if (!http->target.alias)
        return curl_easy_setopt(easy, CURLOPT_URL, url);
    str_add(&text, http->target.alias);
    str_add(&text, url + http->target.origin_len);
    return text.failed ? CURLE_OUT_OF_MEMORY : curl_easy_setopt(easy, CURLOPT_URL, text.s);
}

/* Said in so many words: a libcurl that runs out of memory leaves out the query of a URL without a word, and with it a
 * selector, or that a creation is a dry run. A proxy that does not only pass bytes on is given the whole URL. */
static const char *request_target(const struct http *http, const char *url)
{
    const char *proxy = http->config->proxy.url;
    const char *host = strstr(url, "://") + 3;

    return proxy && text_starts(proxy, "http") && text_starts(url, "http:") ? url : host + strcspn(host, "/");
}

static CURLcode set_request(struct http_transfer *transfer, CURL *easy, const struct http_request *request)
{
    CURLcode code;

    code = set_url(transfer->http, easy, request->url);
    SET(REQUEST_TARGET, request_target(transfer->http, request->url));
    SET(CUSTOMREQUEST, request->method);
    if (request->body) {
        transfer->body = request->body;
        transfer->body_left = request->body_len;
        SET(POST, 1L);
        SET(POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        SET(READFUNCTION, on_send);
        SET(READDATA, transfer);
        SET(SEEKFUNCTION, on_rewind);
    }
    SET(HTTPHEADER, transfer->headers);
    if (request->gzip)
        SET(ACCEPT_ENCODING, "gzip");
    SET(ERRORBUFFER, transfer->end.message);
    SET(HEADERFUNCTION, on_header);
    SET(HEADERDATA, transfer);
    SET(WRITEFUNCTION, on_body);
    SET(WRITEDATA, transfer);
    SET(PREREQDATA, transfer);
    SET(PRIVATE, transfer);
    return code;
}

/* A header without a value is written "Name;" for libcurl, which would drop "Name:". */
static bool add_header(struct curl_slist **list, const char *header)
{
    struct curl_slist *longer;
    AUTO(chars) bare = NULL;
    size_t len = strlen(header);

    if (text_ends(header, ": ")) {
        bare = text_dupn(header, len - 1);
        if (!bare)
            return false;
        bare[len - 2] = ';';
    }
    longer = curl_slist_append(*list, bare ? bare : header);
    if (longer)
        *list = longer;
    return longer != NULL;
}

static bool add_headers(struct http_transfer *transfer, const struct http_request *request)
{
    size_t i;

    for (i = 0; i < request->headers->count; i++)
        if (!add_header(&transfer->headers, request->headers->v[i]))
            return false;
    if (transfer->http->target.host_header && !add_header(&transfer->headers, transfer->http->target.host_header))
        return false;
    return add_header(&transfer->headers, "Expect:");
}

static void free_headers(struct curl_slist *headers)
{
    struct curl_slist *each;

    for (each = headers; each; each = each->next)
        explicit_bzero(each->data, strlen(each->data));
    curl_slist_free_all(headers);
}

/* ---- life ---- */

/* Idle connections are as many as requests were under way at once, which the caller bounds. libcurl would close all above four for each
 * that is under way now, which after a burst are few. */
static CURLMcode set_multi(struct http *http)
{
    enum { UNBOUNDED = 1 << 20 };
    CURLMcode code;

    code = curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    code = code ? code : curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    code = code ? code : curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    code = code ? code : curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    code = code ? code : curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)UNBOUNDED);
    return code ? code : curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
}

static bool need_multi(struct http *http)
{
    if (http->multi)
        return true;
    http->multi = curl_multi_init();
    if (http->multi && set_multi(http) == CURLM_OK)
        return true;
    curl_multi_cleanup(TAKE(http->multi));
    return false;
}

static bool make_list(const char *text, struct curl_slist **out)
{
    *out = text ? curl_slist_append(NULL, text) : NULL;
    return !text || *out;
}

int http_new(const struct kube_config *config, const struct http_tls *tls, struct loop *loop,
             const struct http_events *events, struct http **out, sparkk8s_error **err)
{
    struct http *http;
    int rc;

    pthread_once(&curl_once, start_curl);
    if (curl_started != CURLE_OK)
        return fail(err, SPARKK8S_ECONNECT, NULL, "libcurl cannot start: %s", curl_easy_strerror(curl_started));
    http = calloc(1, sizeof *http);
    if (!http)
        return fail_oom(err);
    *http = (struct http){ .config = config, .tls = tls, .loop = loop, .events = *events,
                           .pem_files = { { -1, 0 }, { -1, 0 }, { -1, 0 } } };
    link_init(&http->transfers);
    rc = target_describe(config, &http->target, err);
    if (rc == 0 && (!make_list(http->target.connect_to, &http->connect_to) ||
                    !make_list(http->target.resolve, &http->resolve)))
        rc = fail_oom(err);
    http->share = rc == 0 && need_multi(http) ? curl_share_init() : NULL;
    if (!http->share ||
        curl_share_setopt(http->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK) {
        http_free(http);
        return rc < 0 ? rc : fail_oom(err);
    }
    *out = http;
    return 0;
}

/* The share outlives the handles, the multi outlives neither. */
void http_free(struct http *http)
{
    int i;

    if (!http)
        return;
    if (http->multi)
        curl_multi_cleanup(http->multi);
    if (http->share)
        curl_share_cleanup(http->share);
    curl_slist_free_all(http->connect_to);
    curl_slist_free_all(http->resolve);
    target_clear(&http->target);
    for (i = 0; i < PEMS; i++)
        if (http->pem_files[i].fd >= 0)
            close(http->pem_files[i].fd);
    free(http);
}

static void transfer_free(struct http_transfer *transfer)
{
    link_remove(&transfer->link);
    free_headers(transfer->headers);
    curl_easy_cleanup(transfer->easy);  /* not to be reset and used again: without memory that makes half a handle */
    free(transfer);
}

static CURLcode begin(struct http_transfer *transfer, const struct http_request *request)
{
    struct http *http = transfer->http;
    CURLcode code;

    transfer->easy = curl_easy_init();
    if (!transfer->easy || !add_headers(transfer, request))
        return CURLE_OUT_OF_MEMORY;
    code = set_connection(http, transfer->easy, request);
    if (!code)
        code = set_proxy(http, transfer->easy);
    if (!code)
        code = set_tls(http, transfer->easy, SERVER);
    if (!code)
        code = set_request(transfer, transfer->easy, request);
    return code;
}

int http_start(struct http *http, const struct http_request *request, struct http_transfer **out, sparkk8s_error **err)
{
    struct http_transfer *transfer = calloc(1, sizeof *transfer);
    CURLcode code;

    if (!transfer)
        return fail_oom(err);
    transfer->http = http;
    transfer->owner = request->owner;
    transfer->started_ms = moment_mono_ms();
    transfer->end.retry_after_s = -1;
    link_init(&transfer->link);
    link_append(&http->transfers, &transfer->link);
    code = need_multi(http) ? begin(transfer, request) : CURLE_OUT_OF_MEMORY;
    if (!code && curl_multi_add_handle(http->multi, transfer->easy) != CURLM_OK)
        code = CURLE_OUT_OF_MEMORY;
    if (code) {
        transfer_free(transfer);
        if (code == CURLE_OUT_OF_MEMORY)
            return fail_oom(err);
        return fail(err, SPARKK8S_ECONNECT, request->url, "this libcurl lacks something: %s", curl_easy_strerror(code));
    }
    *out = transfer;
    return 0;
}

void http_stop(struct http_transfer *transfer)
{
    if (!transfer)
        return;
    curl_multi_remove_handle(transfer->http->multi, transfer->easy);
    transfer_free(transfer);
}

void http_resume(struct http_transfer *transfer)
{
    curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
}

/* ---- how it ended ---- */

/* What a proxy answered in place of a connection to the server; 0: nothing such. */
static long proxy_refusal(const struct http_transfer *transfer)
{
    long status = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status / 100 == 2 ? 0 : status;
}

/* A server that refuses our certificate under TLS 1.3 says so after the handshake, in place of an answer. A connection that
 * ends within the head of an answer is a whole answer to libcurl, with an empty body. */
static enum http_failure failure_of(const struct http_transfer *transfer, CURLcode code)
{
    switch ((int)code) {
    case CURLE_OK:
        return transfer->headed ? HTTP_ANSWERED : HTTP_BROKEN;
    case CURLE_OUT_OF_MEMORY:
        return HTTP_NO_MEMORY;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_TIMED_OUT;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return HTTP_NOT_CONNECTED;
    case CURLE_SSL_CONNECT_ERROR:
        return strstr(transfer->end.message, "error:") ? HTTP_NOT_TRUSTED : HTTP_NOT_CONNECTED;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return HTTP_NOT_TRUSTED;
    default:
        if (transfer->stopped)
            return HTTP_REFUSED;
        if (proxy_refusal(transfer))
            return HTTP_NOT_CONNECTED;
        return strstr(transfer->end.message, " alert ") ? HTTP_NOT_TRUSTED : HTTP_BROKEN;
    }
}

static void describe_end(struct http_transfer *transfer, CURLcode code)
{
    struct http_end *end = &transfer->end;
    CURL *easy = transfer->easy;
    long status = 0, connections = 0;
    curl_off_t begun_us = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections);
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &begun_us);
    end->failure = failure_of(transfer, code);
    end->status = transfer->headed ? (int)status : 0;
    end->type = type_of(transfer);
    end->sent = begun_us > 0 && end->failure != HTTP_NOT_CONNECTED && end->failure != HTTP_NOT_TRUSTED;
    end->reused = connections == 0;
    end->ms = (int)(moment_mono_ms() - transfer->started_ms);
    if (code && end->failure == HTTP_NOT_CONNECTED && proxy_refusal(transfer))
        snprintf(end->message, sizeof end->message, "the proxy answered %ld", proxy_refusal(transfer));
    if (!code && end->failure == HTTP_BROKEN)
        snprintf(end->message, sizeof end->message, "it ended within the head of the answer");
    if (code && end->message[0] == '\0')
        snprintf(end->message, sizeof end->message, "%s", curl_easy_strerror(code));
}

static void report(struct http *http, struct http_transfer *transfer, CURLcode code)
{
    void *owner = transfer->owner;
    struct http_end end;

    describe_end(transfer, code);
    end = transfer->end;
    if (end.failure == HTTP_TIMED_OUT || end.failure == HTTP_NO_MEMORY)
        http->suspect = true;
    else if (end.failure == HTTP_ANSWERED)
        http->suspect = false;
    http_stop(transfer);
    http->events.ended(owner, &end);
}

static void report_all(struct http *http)
{
    struct http_transfer *transfer;
    CURLMsg *message;
    CURLcode code;
    char *private;
    int left;

    while ((message = curl_multi_info_read(http->multi, &left))) {
        code = message->data.result;
        private = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        transfer = (struct http_transfer *)(void *)private;
        report(http, transfer, code);
    }
}

/* A socket may be unwatched now, and nobody can tell whose: its transfer would never move again; and libcurl's tables are
 * not in order (up to 7.88 it divides by zero in them, later). Whatever the ends of these start has another handle. */
static void give_up_all(struct http *http)
{
    struct link given_up;
    struct link *first;

    http->failed = false;
    link_init(&given_up);
    while ((first = link_shift(&http->transfers))) {
        curl_multi_remove_handle(http->multi, ((struct http_transfer *)first)->easy);
        link_append(&given_up, first);
    }
    curl_multi_cleanup(TAKE(http->multi));
    loop_arm(http->loop, LOOP_HTTP, 0);
    while ((first = link_shift(&given_up))) {
        link_append(&http->transfers, first);
        report(http, (struct http_transfer *)first, CURLE_OUT_OF_MEMORY);
    }
}

void http_turn(struct http *http, const struct loop_event *events, int count)
{
    CURLMcode code = CURLM_OK;
    int running, mask, i;

    if (!http->multi)
        return;
    for (i = 0; i < count && !code; i++) {
        mask = (events[i].what & LOOP_IN ? CURL_CSELECT_IN : 0) | (events[i].what & LOOP_OUT ? CURL_CSELECT_OUT : 0) |
               (events[i].what & LOOP_ERROR ? CURL_CSELECT_ERR : 0);
        code = curl_multi_socket_action(http->multi, events[i].fd, mask, &running);
    }
    if (!code && loop_is_due(http->loop, LOOP_HTTP)) {
        loop_arm(http->loop, LOOP_HTTP, 0);
        code = curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    report_all(http);
    if (code || http->failed)
        give_up_all(http);
}
