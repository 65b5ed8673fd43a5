/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of lines: one exchange whose bytes are cut into lines as they arrive. Knows neither watch events nor log
 * timestamps, and resumes nothing: that is for those who know what a line means.
 */
#include "kube.h"

#include "error.h"
#include "exchange.h"
#include "lines.h"
#include "moment.h"

enum {
    UNREAD_MOST = 64 << 10,     /* with that much unread, and a whole line in it, nothing more is taken */
    UNREAD_LEAST = 32 << 10     /* below that, it goes on */
};

struct kube_stream {
    struct exchange exchange;   /* first: see stream_of */
    struct lines lines;
    kube_stream_fn ready;
    void *owner;
    int64_t last_ms;            /* when the last byte came */
    bool paused, cut;
    bool told;                  /* `ready` was called, and the reader has not seen SPARKK8S_AGAIN since */
};

static struct kube_stream *stream_of(struct exchange *x)
{
    return (struct kube_stream *)x;
}

static enum http_taken stream_take(struct exchange *x, const char *bytes, size_t len)
{
    struct kube_stream *stream = stream_of(x);

    stream->last_ms = moment_mono_ms();
    if (lines_unread(&stream->lines) > UNREAD_MOST && lines_have_one(&stream->lines)) {
        stream->paused = true;
        return HTTP_PAUSE;
    }
    if (!lines_feed(&stream->lines, bytes, len))
        return HTTP_STOP;
    if (!stream->told && lines_have_one(&stream->lines))
        exchange_tell(x);
    return HTTP_TAKEN;
}

static void stream_news(struct exchange *x)
{
    struct kube_stream *stream = stream_of(x);

    if (x->ended)
        stream->last_ms = moment_mono_ms();
    stream->told = true;
    if (stream->ready)
        stream->ready(stream, stream->owner);
}

int kube_stream_open(struct kube *kube, const struct kube_request *request, const struct kube_stream_opts *opts,
                     struct kube_stream **out, sparkk8s_error **err)
{
    AUTO(kube_stream) stream = NULL;
    struct kube_request endless = *request;
    int rc = kube_check(kube, err);

    if (rc < 0)
        return rc;
    stream = calloc(1, sizeof *stream);
    if (!stream)
        return fail_oom(err);
    lines_init(&stream->lines, opts->max_line, opts->split);
    stream->ready = opts->ready;
    stream->owner = opts->owner;
    stream->last_ms = moment_mono_ms();
    if (endless.timeout_ms == 0)
        endless.timeout_ms = -1;
    rc = exchange_init(&stream->exchange, kube, &endless, err);
    if (rc < 0)
        return rc;
    stream->exchange.alone = true;
    stream->exchange.take = stream_take;
    stream->exchange.news = stream_news;
    rc = exchange_start(&stream->exchange, err);
    if (rc < 0)
        return rc;
    *out = TAKE(stream);
    return 0;
}

static void resume(struct kube_stream *stream)
{
    if (!stream->paused || lines_unread(&stream->lines) > UNREAD_LEAST)
        return;
    stream->paused = false;
    stream->last_ms = moment_mono_ms();
    if (stream->exchange.transfer)
        http_resume(stream->exchange.transfer);
}

static int next_rest(struct kube_stream *stream, const char **line, size_t *len, bool *whole, sparkk8s_error **err)
{
    int rc;

    if (lines_rest(&stream->lines, line, len) == LINES_PIECE) {
        *whole = false;
        return SPARKK8S_OK;
    }
    rc = exchange_result(&stream->exchange, err);
    return rc < 0 ? rc : SPARKK8S_END;
}

int kube_stream_next(struct kube_stream *stream, const char **line, size_t *len, bool *whole, sparkk8s_error **err)
{
    enum lines_result got;
    int rc = kube_check(stream->exchange.kube, err);

    if (rc < 0)
        return rc;
    got = lines_next(&stream->lines, line, len);
    if (got == LINES_NONE && stream->paused) {
        resume(stream);
        got = lines_next(&stream->lines, line, len);
    }
    switch (got) {
    case LINES_WHOLE:
    case LINES_PIECE:
        *whole = got == LINES_WHOLE;
        resume(stream);
        return SPARKK8S_OK;
    case LINES_TOO_LONG:
        return fail(err, SPARKK8S_ESERVER, stream->exchange.url, "the server sent a line of more than %zu bytes",
                    stream->lines.max);
    case LINES_NO_MEMORY:
        return fail_oom(err);
    case LINES_NONE:
        break;
    }
    if (stream->cut)
        return SPARKK8S_END;
    if (stream->exchange.ended)
        return next_rest(stream, line, len, whole, err);
    stream->told = false;
    return SPARKK8S_AGAIN;
}

void kube_stream_cut(struct kube_stream *stream)
{
    exchange_stop(&stream->exchange);
    stream->cut = true;
}

int64_t kube_stream_idle_ms(const struct kube_stream *stream)
{
    return stream->paused ? 0 : moment_mono_ms() - stream->last_ms;
}

void kube_stream_free(struct kube_stream *stream)
{
    if (!stream)
        return;
    exchange_clear(&stream->exchange);
    lines_clear(&stream->lines);
    free(stream);
}
