/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For which of an application's pods something is built. Nearly every key that the steps of both roles read
 * differs by one word, so the steps take it from here and are written once.
 */
#ifndef SPARK_ROLE_H
#define SPARK_ROLE_H

struct role {
    int role;                                   /* SPARKK8S_DRIVER, SPARKK8S_EXECUTOR: a bit */
    const char *name;                           /* "driver", "executor": the label spark-role */
    const char *template_name;                  /* how messages call a template that nobody has named */
    /* Keys. */
    const char *template_file, *template_container, *custom_steps, *excluded_steps;
    const char *image, *scheduler, *privileges, *request_cores, *limit_cores;
    const char *cores, *memory, *overhead, *least_overhead, *overhead_factor;
    /* Prefixes of keys. */
    const char *labels, *annotations, *node_selectors, *secrets, *secret_refs, *volumes, *resources;
};

enum { ROLES = 2 };
extern const struct role roles[ROLES];          /* the driver's, the executors' */
/* The row of SPARKK8S_DRIVER or SPARKK8S_EXECUTOR; NULL for another number. */
const struct role *role_find(int role);

#endif
