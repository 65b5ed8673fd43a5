/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State and cause of a driver pod. The state comes from Spark's container first, the pod's phase second, the
 * deletion third. The cause comes from the first rule of one table that applies to that state; the order is
 * that of recorded lives (tests/client/verdicts), where it matters: a deletion ends with 143, an eviction may
 * look like a kill for memory, and 137 may be written by a kubelet that never ran the driver.
 *
 * Success is exit code 0 of Spark's container, or phase Succeeded where no code is known; a driver whose end
 * nobody saw is LOST. What events, nodes and logs could add is not looked at here.
 */
#include "verdict.h"

#include "text.h"

#define BIT(state) (1 << SPARKK8S_STATE_##state)

struct known {
    const char *reason;
    int cause;
};

/* status.reason: set by the kubelet (admission, eviction, deadline, shutdown) and by old node controllers. */
static const struct known pod_reasons[] = {
    { "Evicted", SPARKK8S_CAUSE_EVICTED },
    { "DeadlineExceeded", SPARKK8S_CAUSE_DEADLINE },
    { "Preempting", SPARKK8S_CAUSE_PREEMPTED },
    { "Preempted", SPARKK8S_CAUSE_PREEMPTED },
    { "Shutdown", SPARKK8S_CAUSE_NODE_LOST },
    { "NodeShutdown", SPARKK8S_CAUSE_NODE_LOST },
    { "Terminated", SPARKK8S_CAUSE_NODE_LOST },
    { "NodeLost", SPARKK8S_CAUSE_NODE_LOST },
    { "NodeAffinity", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "MatchNodeSelector", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "OutOf*", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "UnexpectedAdmissionError", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "TopologyAffinityError", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "ResourceAllocationFailure", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "VolumeAttachmentLimitExceeded", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "NodePorts", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "HostPortConflict", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "TaintToleration", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "InsufficientResourceError", SPARKK8S_CAUSE_UNSCHEDULABLE },
    { "AppArmor", SPARKK8S_CAUSE_CONFIG },
    { "SysctlForbidden", SPARKK8S_CAUSE_CONFIG },
    { "PodOS*", SPARKK8S_CAUSE_CONFIG },
    { "*NotSupported", SPARKK8S_CAUSE_CONFIG },
    { "*Forbidden", SPARKK8S_CAUSE_CONFIG },
    { NULL, SPARKK8S_CAUSE_NONE },
};

/* Condition DisruptionTarget. The taint manager acts for a lost node and for a taint set by hand: see
 * by_disruption(). */
static const struct known disruptions[] = {
    { "PreemptionByScheduler", SPARKK8S_CAUSE_PREEMPTED },
    { "PreemptionByKubeScheduler", SPARKK8S_CAUSE_PREEMPTED },
    { "EvictionByEvictionAPI", SPARKK8S_CAUSE_EVICTED },
    { "DeletionByTaintManager", SPARKK8S_CAUSE_EVICTED },
    { "DeletionByPodGC", SPARKK8S_CAUSE_NODE_LOST },
    { "TerminationByKubelet", SPARKK8S_CAUSE_NODE_LOST },
    { "*", SPARKK8S_CAUSE_EVICTED },
    { NULL, SPARKK8S_CAUSE_NONE },
};

/* state.waiting.reason of Spark's container or of one before it. What is not here ("ContainerCreating") is no
 * error. */
static const struct known waits[] = {
    { "ErrImage*", SPARKK8S_CAUSE_IMAGE },
    { "Image*", SPARKK8S_CAUSE_IMAGE },
    { "InvalidImageName", SPARKK8S_CAUSE_IMAGE },
    { "RegistryUnavailable", SPARKK8S_CAUSE_IMAGE },
    { "SignatureValidationFailed", SPARKK8S_CAUSE_IMAGE },
    { "CreateContainer*", SPARKK8S_CAUSE_CONFIG },
    { "RunContainerError", SPARKK8S_CAUSE_CONFIG },
    { "*HookError", SPARKK8S_CAUSE_CONFIG },
    { "*SandboxError", SPARKK8S_CAUSE_CONFIG },
    { "VerifyNonRootError", SPARKK8S_CAUSE_CONFIG },
    { "RunInitContainerError", SPARKK8S_CAUSE_CONFIG },
    { "CrashLoopBackOff", SPARKK8S_CAUSE_APP },
    { NULL, SPARKK8S_CAUSE_NONE },
};

/* state.terminated.reason where it says more than the exit code. */
static const struct known ends[] = {
    { "StartError", SPARKK8S_CAUSE_CONFIG },
    { "ContainerCannotRun", SPARKK8S_CAUSE_CONFIG },
    { "CreateContainer*", SPARKK8S_CAUSE_CONFIG },
    { "ContainerStatusUnknown", SPARKK8S_CAUSE_NODE_LOST },
    { "DeadlineExceeded", SPARKK8S_CAUSE_DEADLINE },
    { NULL, SPARKK8S_CAUSE_NONE },
};

static int known_cause(const struct known *known, const char *reason)
{
    for (; reason && known->reason; known++)
        if (text_glob(known->reason, reason))
            return known->cause;
    return SPARKK8S_CAUSE_NONE;
}

static bool is(const char *text, const char *value)
{
    return text && !strcmp(text, value);
}

static bool set(struct verdict *verdict, int cause, const char *reason, const char *message)
{
    if (cause == SPARKK8S_CAUSE_NONE)
        return false;
    verdict->cause = cause;
    verdict->reason = reason ? reason : "";
    verdict->message = message ? message : "";
    return true;
}

/* Its exit code is that of the driver: the kubelet writes 137 for a container that it cannot find. */
static bool end_is_seen(const struct container_state *driver)
{
    return driver->terminated && !is(driver->reason, "ContainerStatusUnknown");
}

static int exit_code_of(const struct pod *pod)
{
    const struct container_state *driver = &pod->driver;

    if (driver->terminated)
        return end_is_seen(driver) ? driver->exit_code : -1;
    return !driver->running && driver->last_reason && !is(driver->last_reason, "ContainerStatusUnknown") ?
        driver->last_exit_code : -1;
}

/* ---- the state ---- */

static int state_of(const struct pod *pod, bool gone)
{
    const struct container_state *driver = &pod->driver;
    bool ended = pod->phase == PHASE_SUCCEEDED || pod->phase == PHASE_FAILED;

    if (driver->terminated && (!pod->restarts || ended || pod->deleted_ms))
        return end_is_seen(driver) && !driver->exit_code && !driver->signal ? SPARKK8S_STATE_SUCCEEDED :
            SPARKK8S_STATE_FAILED;
    if (ended)
        return pod->phase == PHASE_SUCCEEDED ? SPARKK8S_STATE_SUCCEEDED : SPARKK8S_STATE_FAILED;
    if (gone)
        return SPARKK8S_STATE_LOST;
    if (pod->deleted_ms)
        return SPARKK8S_STATE_TERMINATING;
    if (pod->phase == PHASE_UNKNOWN)
        return SPARKK8S_STATE_UNKNOWN;
    if (driver->running || driver->terminated)
        return SPARKK8S_STATE_RUNNING;
    return pod->phase == PHASE_RUNNING && !driver->present ? SPARKK8S_STATE_RUNNING : SPARKK8S_STATE_PENDING;
}

/* ---- the cause ---- */

static bool by_pod_reason(const struct pod *pod, struct verdict *verdict)
{
    return set(verdict, known_cause(pod_reasons, pod->reason), pod->reason, pod->message);
}

static bool by_disruption(const struct pod *pod, struct verdict *verdict)
{
    int cause = known_cause(disruptions, pod->disruption_reason);

    if (is(pod->disruption_reason, "DeletionByTaintManager") && (pod->lost_first || pod->ready_lost))
        cause = SPARKK8S_CAUSE_NODE_LOST;
    return set(verdict, cause, pod->disruption_reason, pod->disruption_message);
}

/* A driver that ended well after it was told to go may not have done all its work: say who told it. */
static bool by_disruption_done(const struct pod *pod, struct verdict *verdict)
{
    return pod->deleted_ms && by_disruption(pod, verdict);
}

static bool by_memory(const struct pod *pod, struct verdict *verdict)
{
    return is(pod->driver.reason, "OOMKilled") &&
        set(verdict, SPARKK8S_CAUSE_OOM, "OOMKilled", pod->driver.message);
}

/* It had ended when it was asked to go. A deletion is dated anew when the kubelet has carried it out: with a
 * code that a deletion leads to, only what lies well apart is another end. */
static bool ended_before_deletion(const struct pod *pod)
{
    const struct container_state *driver = &pod->driver;
    int64_t asked_ms = pod->deleted_ms - (int64_t)pod->grace_s * 1000;
    int64_t apart_ms = driver->exit_code == 137 || driver->exit_code == 143 ? 30000 : 0;

    return end_is_seen(driver) && driver->finished_ms && driver->finished_ms + apart_ms < asked_ms;
}

static bool by_deletion(const struct pod *pod, struct verdict *verdict)
{
    return pod->deleted_ms && !ended_before_deletion(pod) &&
        set(verdict, SPARKK8S_CAUSE_DELETED, "Deleted", pod->driver.message);
}

static bool by_end(const struct pod *pod, struct verdict *verdict)
{
    const struct container_state *driver = &pod->driver;
    int cause = known_cause(ends, driver->reason);

    if (!driver->terminated || (end_is_seen(driver) && !driver->exit_code && !driver->signal))
        return false;
    if (cause == SPARKK8S_CAUSE_NONE)
        cause = driver->signal || driver->exit_code == 137 || driver->exit_code == 143 ? SPARKK8S_CAUSE_KILLED :
            SPARKK8S_CAUSE_APP;
    return set(verdict, cause, driver->reason, driver->message);
}

/* A container before Spark's does not get done: whoever wrote the pod has to look. */
static bool by_init(const struct pod *pod, struct verdict *verdict)
{
    const struct container_state *waiting = &pod->waiting;
    int cause = known_cause(waits, waiting->reason);

    if (!waiting->present || pod->driver.terminated || pod->initialized)
        return false;
    if (is(waiting->reason, "OOMKilled"))
        cause = SPARKK8S_CAUSE_OOM;
    else if (cause == SPARKK8S_CAUSE_APP || waiting->terminated || waiting->running)
        cause = SPARKK8S_CAUSE_CONFIG;
    return set(verdict, cause, waiting->reason, waiting->message);
}

static bool by_wait(const struct pod *pod, struct verdict *verdict)
{
    const struct container_state *driver = &pod->driver;
    int cause = known_cause(waits, driver->reason);

    if (driver->terminated || driver->running)
        return false;
    if (cause == SPARKK8S_CAUSE_APP && is(driver->last_reason, "OOMKilled"))
        cause = SPARKK8S_CAUSE_OOM;
    return set(verdict, cause, driver->reason, driver->message);
}

/* Our own gate is a submission under way; another's is a queue, or was forgotten. */
static bool by_schedule(const struct pod *pod, struct verdict *verdict)
{
    if (pod->gated)
        return pod->other_gate &&
            set(verdict, SPARKK8S_CAUSE_UNSCHEDULABLE, pod->scheduled_reason, pod->scheduled_message);
    return pod->scheduled_reason && !is(pod->scheduled_reason, "SchedulingGated") &&
        set(verdict, SPARKK8S_CAUSE_UNSCHEDULABLE, pod->scheduled_reason, pod->scheduled_message);
}

static bool by_silent_node(const struct pod *pod, struct verdict *verdict)
{
    return (pod->ready_lost || pod->phase == PHASE_UNKNOWN) &&
        set(verdict, SPARKK8S_CAUSE_NODE_LOST, pod->reason ? pod->reason : "NodeNotReady",
            pod->message ? pod->message : "the node has stopped reporting");
}

static bool by_absence(const struct pod *pod, struct verdict *verdict)
{
    return set(verdict, SPARKK8S_CAUSE_DELETED, "Deleted",
               pod->uid ? "the driver pod was deleted before its end was seen" : "the driver pod does not exist");
}

/* In order: the first rule of a state that applies. */
static const struct {
    int states;
    bool (*rule)(const struct pod *pod, struct verdict *verdict);
} rules[] = {
    { BIT(FAILED) | BIT(SUCCEEDED) | BIT(UNKNOWN), by_pod_reason },
    { BIT(FAILED) | BIT(LOST) | BIT(TERMINATING) | BIT(RUNNING), by_disruption },
    { BIT(SUCCEEDED), by_disruption_done },
    { BIT(FAILED), by_memory },
    { BIT(FAILED) | BIT(LOST) | BIT(TERMINATING), by_deletion },
    { BIT(LOST) | BIT(RUNNING) | BIT(UNKNOWN), by_silent_node },
    { BIT(LOST), by_absence },
    { BIT(FAILED) | BIT(RUNNING), by_end },
    { BIT(PENDING) | BIT(FAILED), by_init },
    { BIT(PENDING), by_wait },
    { BIT(PENDING), by_schedule },
};

static void find_cause(const struct pod *pod, struct verdict *verdict)
{
    size_t i;

    for (i = 0; i < COUNT(rules); i++)
        if ((rules[i].states >> verdict->state & 1) && rules[i].rule(pod, verdict))
            return;
    /* Nothing is wrong, or nobody says what: what the pod has to say all the same. */
    if (pod->reason) {
        verdict->reason = pod->reason;
        verdict->message = pod->message ? pod->message : "";
    } else if (pod->driver.reason) {
        verdict->reason = pod->driver.reason;
        verdict->message = pod->driver.message ? pod->driver.message : "";
    } else if (pod->gated && pod->scheduled_reason) {
        verdict->reason = pod->scheduled_reason;
    }
}

/* ---- the stage ---- */

/* "pulling": with its sandbox up and no container yet, the kubelet fetches the image. */
static const char *pending_stage(const struct pod *pod)
{
    if (pod->gated)
        return "gated";
    if (!pod->scheduled_ms && !pod->node)
        return "queued";
    if (!pod->driver.present)
        return "scheduled";
    if (known_cause(waits, pod->driver.reason) == SPARKK8S_CAUSE_IMAGE)
        return "pulling";
    if (is(pod->driver.reason, "ContainerCreating"))
        return pod->sandbox_ready ? "pulling" : "scheduled";
    return "starting";
}

static const char *stage_of(const struct pod *pod, int state)
{
    static const char *const stages[] = {
        [SPARKK8S_STATE_UNKNOWN] = "", [SPARKK8S_STATE_RUNNING] = "running", [SPARKK8S_STATE_TERMINATING] = "ending",
        [SPARKK8S_STATE_SUCCEEDED] = "ended", [SPARKK8S_STATE_FAILED] = "ended", [SPARKK8S_STATE_LOST] = "ended",
    };

    if (state == SPARKK8S_STATE_PENDING)
        return pending_stage(pod);
    if (state == SPARKK8S_STATE_RUNNING && pod->driver.terminated)
        return "starting";
    return stages[state];
}

struct verdict verdict_of(const struct pod *pod, bool gone)
{
    struct verdict verdict = {
        .state = state_of(pod, gone), .exit_code = exit_code_of(pod), .reason = "", .message = "",
    };

    find_cause(pod, &verdict);
    verdict.stage = stage_of(pod, verdict.state);
    return verdict;
}

int executor_state(const struct pod *pod)
{
    return state_of(pod, false);
}

bool state_is_final(int state)
{
    return state == SPARKK8S_STATE_SUCCEEDED || state == SPARKK8S_STATE_FAILED || state == SPARKK8S_STATE_LOST;
}
