/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks: functions that wait by kube_wait() like any blocking call, each on a stack of its own, so that whoever turns the
 * loop moves all of them forward. A task is resumed from kube_turn() when what it waits for is there, when its time has
 * run out, or when it is canceled; it then ends as the blocking call would.
 */
#include "task.h"

#include "cancel.h"
#include "error.h"
#include "fiber.h"
#include "inner.h"
#include "moment.h"

struct kube_task {
    struct link link;               /* in kube->tasks until it has ended; first, so that it is the task's address */
    struct kube *kube;              /* a reference */
    struct fiber *fiber;
    kube_task_fn run;
    void *owner;
    bool (*ready)(void *owner);     /* of the wait that it is in */
    void *ready_owner;
    const struct kube_limit *limit;
    int64_t busy_ms;                /* plugin's, when the wait began */
    struct kube_alarm alarm;        /* the end of its time */
    bool abandoned;
};

static void run(void *owner)
{
    struct kube_task *task = owner;

    task->run(task->owner);
}

static void resume(struct kube_task *task)
{
    struct kube *kube = task->kube;

    kube->task = task;
    fiber_resume(task->fiber);
    kube->task = NULL;
    if (fiber_has_ended(task->fiber))
        link_remove(&task->link);
}

/* task_resume_all() looks at every task in each turn. */
static void due(void *owner UNUSED)
{
}

int kube_task_start(struct kube *kube, kube_task_fn function, void *owner, struct kube_task **out,
                    sparkk8s_error **err)
{
    AUTO(kube_task) task = NULL;
    int rc = kube_check(kube, err);

    if (rc < 0)
        return rc;
    if (kube->turning || kube->task)
        return fail(err, SPARKK8S_EINVAL, NULL, "the client was called from inside one of its own callbacks");
    task = calloc(1, sizeof(*task));
    if (!task)
        return fail_oom(err);
    link_init(&task->link);
    task->kube = kube_ref(kube);
    task->run = function;
    task->owner = owner;
    task->alarm.due = due;
    task->fiber = fiber_new(run, task);
    if (!task->fiber)
        return fail_oom(err);
    link_append(&kube->tasks, &task->link);
    *out = task;
    resume(TAKE(task));
    return 0;
}

bool kube_task_has_ended(const struct kube_task *task)
{
    return fiber_has_ended(task->fiber);
}

void kube_task_free(struct kube_task *task)
{
    if (!task)
        return;
    task->abandoned = true;
    while (link_is_listed(&task->link))
        resume(task);
    fiber_free(task->fiber);
    kube_unref(task->kube);
    free(task);
}

static int left_ms(const struct kube_task *task)
{
    return kube_time_left(task->kube, task->limit, task->busy_ms);
}

static bool may_go_on(const struct kube_task *task)
{
    return task->ready(task->ready_owner) || cancel_is_triggered(task->limit->cancel) || left_ms(task) == 0;
}

void task_resume_all(struct kube *kube)
{
    struct link *at, *next;

    for (at = kube->tasks.next; at != &kube->tasks; at = next) {
        next = at->next;
        if (may_go_on((struct kube_task *)at))
            resume((struct kube_task *)at);
    }
}

static void set_alarm(struct kube_task *task, int left)
{
    if (!kube_is_forked(task->kube))
        kube_alarm_set(task->kube, &task->alarm, left < 0 ? 0 : moment_mono_ms() + left);
}

int task_wait(struct kube_task *task, const struct kube_limit *limit, bool (*ready)(void *owner), void *owner,
              sparkk8s_error **err)
{
    bool last = false;
    int left;

    task->limit = limit;
    task->ready = ready;
    task->ready_owner = owner;
    task->busy_ms = kube_busy_ms(task->kube);
    for (;;) {
        if (ready(owner))
            return 0;
        if (task->abandoned || cancel_is_triggered(limit->cancel))
            return fail(err, SPARKK8S_ECANCELED, NULL, "canceled");
        if (last)
            return SPARKK8S_AGAIN;
        left = left_ms(task);
        last = left == 0;
        set_alarm(task, left);
        fiber_yield(task->fiber);
        set_alarm(task, -1);
    }
}

void task_outside(struct kube_task *task, void (*call)(void *argument), void *argument)
{
    fiber_outside(task->fiber, call, argument);
}
