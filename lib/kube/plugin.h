/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exec plugin: run by the loop when a credential is needed and there is none that will do, one run at a time, and its
 * credential kept until a minute before it expires, or until the server refuses it.
 */
#ifndef KUBE_PLUGIN_H
#define KUBE_PLUGIN_H

#include "exec_output.h"
#include "kube.h"
#include "loop.h"
#include "process.h"

struct plugin {
    struct kube *kube;
    struct loop *loop;
    const struct kube_exec *exec;       /* NULL: there is none, and the rest counts for nothing */
    int timeout_ms;
    bool interactive;           /* may have our standard error, and our standard input if that is a terminal */
    void (*ended)(struct kube *kube);   /* after a run, from kube_turn(); see plugin_get() */

    struct process process;
    struct kube_alarm alarm;    /* of the deadline; or for asking, where a process does not tell by itself */
    int64_t started_ms, deadline_ms;
    int64_t busy_ms;            /* how long runs have taken that are over */
    struct exec_credential credential;
    unsigned generation;        /* of the credential; 0: there is none */
    int64_t renew_ms;           /* Unix: when it is not used any more; 0: never */
    bool refused;               /* by the server */
    bool fresh;                 /* it has just been got: good for who waited, whatever it says of its time */
    sparkk8s_error *failure;    /* of the last run, for who waited for it */
};

/* 0: the credential is there. SPARKK8S_AGAIN: it will be, or not, when ended() is called. Or the error. */
int plugin_get(struct plugin *plugin, sparkk8s_error **err);
/* The server has refused the credential of this generation. True if there may be another one now. */
bool plugin_refuse(struct plugin *plugin, unsigned generation);
/* Takes the events of a run, and returns how many are left. */
int plugin_turn(struct plugin *plugin, struct loop_event *events, int count);
/* How long runs have taken so far, with the one that is under way: what a person waits for is nobody's time-out. */
int64_t plugin_busy_ms(const struct plugin *plugin);
void plugin_clear(struct plugin *plugin);

#endif
