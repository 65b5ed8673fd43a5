/* SPDX-License-Identifier: Apache-2.0 */
/* A circular doubly linked list, intrusive: a link is a member of what is listed. An unlisted link points to itself. */
#ifndef KUBE_LINK_H
#define KUBE_LINK_H

#include <stdbool.h>

struct link {
    struct link *next, *prev;
};

static inline void link_init(struct link *link)
{
    link->next = link->prev = link;
}

static inline bool link_is_listed(const struct link *link)
{
    return link->next != link;
}

static inline void link_remove(struct link *link)
{
    link->next->prev = link->prev;
    link->prev->next = link->next;
    link_init(link);
}

/* At the end of the list, unless it is in a list already. */
static inline void link_append(struct link *list, struct link *link)
{
    if (link_is_listed(link))
        return;
    link->prev = list->prev;
    link->next = list;
    list->prev->next = link;
    list->prev = link;
}

/* The first one, taken off; NULL if the list is empty. */
static inline struct link *link_shift(struct link *list)
{
    struct link *first = list->next;

    if (first == list)
        return NULL;
    link_remove(first);
    return first;
}

#endif
