/* SPDX-License-Identifier: Apache-2.0 */
#include "logmux.h"

#include "error.h"
#include "moment.h"
#include "text.h"

#define TURN 100                    /* records of one pod before another has its turn */
#define ROTATE_MS 1000              /* how often to look for a stream that can give way */
#define IDLE_MS 1000                /* one that was silent for so long */
#define HELD_MS 10000               /* and open for so long; */
#define HELD_MAX_MS 60000           /* or anyone after this */

/* ---- members ---- */

static void on_wake(void *owner)
{
    struct log_member *member = owner;

    link_append(&member->mux->ready, &member->ready);
    member->mux->wake(member->mux->owner);
}

static void on_alarm(void *owner)
{
    struct log_mux *mux = owner;

    mux->wake(mux->owner);
}

void log_mux_init(struct log_mux *mux)
{
    link_init(&mux->all);
    link_init(&mux->ready);
    link_init(&mux->waiting);
    mux->alarm.due = on_alarm;
    mux->alarm.owner = mux;
}

static void member_free(struct log_member *member)
{
    link_remove(&member->all);
    link_remove(&member->ready);
    link_remove(&member->waiting);
    if (member->slot)
        member->mux->slots--;
    if (member->uid)
        map_drop(&member->mux->by_uid, member->uid);
    log_reader_free(member->reader);
    free(member->ns);
    free(member->pod);
    free(member->uid);
    free(member->executor);
    free(member->note_text);
    free(member);
}

int log_mux_add(struct log_mux *mux, const char *ns, const char *pod, const char *uid, const char *executor,
                struct log_member **out, sparkk8s_error **err)
{
    struct log_member *member = calloc(1, sizeof(*member));

    if (!member)
        return fail_oom(err);
    link_init(&member->all);
    link_init(&member->ready);
    link_init(&member->waiting);
    member->mux = mux;
    member->ns = text_dup(ns);
    member->pod = text_dup(pod);
    member->executor = text_dup(executor);
    if (!member->ns || !member->pod || (executor && !member->executor)) {
        member_free(member);
        return fail_oom(err);
    }
    member->uid = text_dup(uid);
    if (uid && (!member->uid || !map_put(&mux->by_uid, member->uid, member))) {
        free(TAKE(member->uid));
        member_free(member);
        return fail_oom(err);
    }
    link_append(&mux->all, &member->all);
    *out = member;
    return 0;
}

struct log_member *log_mux_find(const struct log_mux *mux, const char *uid)
{
    return map_get(&mux->by_uid, uid);
}

static void ready(struct log_member *member)
{
    link_append(&member->mux->ready, &member->ready);
}

static void forget_if_done(struct log_member *member)
{
    bool busy = !member->over || member->note.text || (member->reader && member->reader->has_record);

    if (member->gone && !busy && member->mux->given != member)
        member_free(member);
}

static void give_slot_back(struct log_member *member)
{
    member->mux->slots -= member->slot;
    member->slot = false;
}

/* Its reader has nothing more to say. */
static void end(struct log_member *member)
{
    member->position = *log_reader_position(member->reader);
    log_reader_free(TAKE(member->reader));
    give_slot_back(member);
    link_remove(&member->ready);
    link_remove(&member->waiting);
    member->over = true;
    forget_if_done(member);
}

void log_member_start(struct log_member *member)
{
    if (!member->over && !member->slot && !member->reader)
        link_append(&member->mux->waiting, &member->waiting);
}

void log_member_note(struct log_member *member, int kind, const char *text)
{
    member->note = (struct log_record){
        .kind = kind, .text = text, .len = strlen(text), .ns = member->position.mark.last_ns, .whole = true,
    };
    ready(member);
}

void log_member_gone(struct log_member *member)
{
    member->gone = true;
    if (!member->reader) {          /* there is nothing to ask any more */
        link_remove(&member->waiting);
        member->over = true;
    }
    forget_if_done(member);
}

const struct log_record *log_member_record(const struct log_member *member)
{
    if (member->note.text)
        return &member->note;
    return member->reader && member->reader->has_record ? &member->reader->record : NULL;
}

void log_member_take(struct log_member *member)
{
    struct log_mux *mux = member->mux;
    struct log_member *before = mux->given;

    if (member->note.text) {
        member->note.text = NULL;
    } else {
        member->heard_ms = moment_mono_ms();
        member->from_ns = member->reader->record.ns ? member->reader->record.ns : member->from_ns;
        log_reader_take(member->reader);
    }
    ready(member);
    mux->given = member;
    if (before && before != member)
        forget_if_done(before);
}

const struct log_position *log_member_position(const struct log_member *member)
{
    return member->reader ? log_reader_position(member->reader) : &member->position;
}

bool log_mux_is_over(const struct log_mux *mux)
{
    const struct link *link;

    for (link = mux->all.next; link != &mux->all; link = link->next) {
        const struct log_member *member = log_member_of(link, all);

        if (member->note.text || member->reader || link_is_listed(&member->waiting))
            return false;
    }
    return true;
}

/* ---- slots ---- */

static int grant(struct log_member *member, sparkk8s_error **err)
{
    struct log_mux *mux = member->mux;
    struct log_reader_opts opts = {
        .kube = mux->kube, .ns = member->ns, .pod = member->pod, .uid = member->uid, .container = mux->container,
        .flags = mux->flags, .tail = member->tail, .from = &member->position, .many = mux->many,
        .wake = on_wake, .owner = member,
    };
    int rc = 0;

    if (!member->reader)
        rc = log_reader_new(&opts, &member->reader, err);
    if (rc < 0)
        return rc;
    link_remove(&member->waiting);
    member->reader->may_open = member->slot = true;
    mux->slots++;
    member->slot_ms = member->heard_ms = moment_mono_ms();
    ready(member);
    return 0;
}

static void revoke(struct log_member *member)
{
    log_reader_cut(member->reader);
    give_slot_back(member);
    link_append(&member->mux->waiting, &member->waiting);
    ready(member);
}

/* In time: no line of it can be given out before. */
static int64_t key_of(const struct log_member *member)
{
    const struct log_record *record = log_member_record(member);

    return record ? record->ns : member->from_ns;
}

/* Of those that wait for a slot and have nothing to give: the first, or in a merge the earliest. */
static struct log_member *next_waiting(const struct log_mux *mux)
{
    struct log_member *best = NULL;
    const struct link *link;

    for (link = mux->waiting.next; link != &mux->waiting; link = link->next) {
        struct log_member *member = log_member_of(link, waiting);

        if (log_member_record(member))
            continue;
        if (!mux->in_order)
            return member;
        if (!best || key_of(member) < key_of(best))
            best = member;
    }
    return best;
}

static int grant_free(struct log_mux *mux, sparkk8s_error **err)
{
    struct log_member *member;
    int rc = 0;

    while (rc == 0 && mux->slots < mux->most && (member = next_waiting(mux)))
        rc = grant(member, err);
    return rc;
}

static bool can_give_way(const struct log_member *member, int64_t now)
{
    int64_t held = now - member->slot_ms;

    if (!member->slot || !member->reader)
        return false;
    return held >= HELD_MAX_MS || (held >= HELD_MS && now - member->heard_ms >= IDLE_MS);
}

/* As they come, with more pods than slots: who has been silent makes room. */
static void rotate(struct log_mux *mux)
{
    int64_t now = moment_mono_ms();
    size_t wanted = 0;
    struct link *link;

    if (mux->in_order || !link_is_listed(&mux->waiting) || mux->slots < mux->most) {
        if (mux->alarm.at_ms)
            kube_alarm_set(mux->kube, &mux->alarm, 0);
        return;
    }
    if (mux->alarm.at_ms > now)
        return;
    for (link = mux->waiting.next; link != &mux->waiting; link = link->next)
        wanted++;
    for (link = mux->all.next; link != &mux->all && wanted; link = link->next)
        if (can_give_way(log_member_of(link, all), now)) {
            revoke(log_member_of(link, all));
            wanted--;
        }
    kube_alarm_set(mux->kube, &mux->alarm, now + ROTATE_MS);
}

/* In a merge: the one whose record is needed last. NULL if none has one. */
static struct log_member *latest(const struct log_mux *mux)
{
    struct log_member *best = NULL;
    struct link *link;

    for (link = mux->all.next; link != &mux->all; link = link->next) {
        struct log_member *member = log_member_of(link, all);

        if (member->slot && log_member_record(member) && (!best || key_of(member) > key_of(best)))
            best = member;
    }
    return best;
}

/* ---- whose record is next ---- */

/* One step of the first that is ready; *out if it has a record then. */
static int step_first(struct log_mux *mux, struct log_member **out, sparkk8s_error **err)
{
    struct log_member *member = log_member_of(mux->ready.next, ready);
    int rc = SPARKK8S_AGAIN;

    if (!log_member_record(member) && member->reader)
        rc = log_reader_step(member->reader, err);
    if (log_member_record(member)) {
        *out = member;
        return 0;
    }
    if (rc == SPARKK8S_END) {
        end(member);
    } else if (rc == SPARKK8S_AGAIN) {
        link_remove(&member->ready);
        forget_if_done(member);
    }
    if (rc != 0)
        mux->served = 0;
    return rc < 0 ? rc : 0;
}

static int step_as_they_come(struct log_mux *mux, struct log_member **out, sparkk8s_error **err)
{
    int rc;

    if (!link_is_listed(&mux->ready))
        return SPARKK8S_AGAIN;
    rc = step_first(mux, out, err);
    if (*out && ++mux->served >= TURN) {
        mux->served = 0;
        link_remove(&(*out)->ready);
        ready(*out);
    }
    return rc;
}

/* Of one time, that which goes on with what was given last. */
static bool is_earlier(const struct log_member *a, const struct log_member *b)
{
    if (key_of(a) != key_of(b))
        return key_of(a) < key_of(b);
    return a == a->mux->given;
}

static struct log_member *earliest(const struct log_mux *mux)
{
    struct log_member *best = NULL;
    struct link *link;

    for (link = mux->all.next; link != &mux->all; link = link->next) {
        struct log_member *member = log_member_of(link, all);

        if (!member->reader && !member->note.text && !link_is_listed(&member->waiting))
            continue;
        if (!best || is_earlier(member, best))
            best = member;
    }
    return best;
}

static int make_room(struct log_mux *mux, struct log_member *wanted, sparkk8s_error **err)
{
    struct log_member *other = latest(mux);

    if (wanted->slot || !other)
        return SPARKK8S_AGAIN;
    revoke(other);
    return grant(wanted, err);
}

static int step_in_order(struct log_mux *mux, struct log_member **out, sparkk8s_error **err)
{
    struct log_member *member = NULL;
    int rc = 0;

    while (rc == 0 && link_is_listed(&mux->ready)) {
        rc = step_first(mux, &member, err);
        if (member)
            link_remove(&member->ready);
        member = NULL;
    }
    if (rc < 0)
        return rc;
    member = earliest(mux);
    if (!member)
        return SPARKK8S_AGAIN;
    if (!log_member_record(member))
        return make_room(mux, member, err);
    *out = member;
    return 0;
}

int log_mux_step(struct log_mux *mux, struct log_member **out, sparkk8s_error **err)
{
    int rc = grant_free(mux, err);

    *out = NULL;
    if (rc < 0)
        return rc;
    rotate(mux);
    return mux->in_order ? step_in_order(mux, out, err) : step_as_they_come(mux, out, err);
}

void log_mux_clear(struct log_mux *mux)
{
    if (!mux->kube)
        return;
    mux->given = NULL;
    while (link_is_listed(&mux->all))
        member_free(log_member_of(mux->all.next, all));
    if (mux->alarm.at_ms)
        kube_alarm_set(mux->kube, &mux->alarm, 0);
    map_clear(&mux->by_uid);
}
