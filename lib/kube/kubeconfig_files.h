/* SPDX-License-Identifier: Apache-2.0 */
/* Kubeconfig files, read, checked and merged: what stands where, not yet what it means. */
#ifndef KUBE_KUBECONFIG_FILES_H
#define KUBE_KUBECONFIG_FILES_H

#include "json.h"

#include <stdbool.h>

/*
 * {"clusters": {NAME: ENTRY}, "users": ..., "contexts": ..., "current-context": NAME}, where ENTRY is
 * {"file": PATH, "folder": PATH, "value": the stanza}: relative paths in it are meant from that folder.
 *
 * One file, which must be there; or several, of which any may be missing, and "" is none.
 */
int kubeconfig_file_read(const char *path, json_t **out, sparkk8s_error **err);
int kubeconfig_files_read(const char *const *paths, size_t count, json_t **out, sparkk8s_error **err);
/* Borrowed; NULL if there is none, or the field is empty. No name is the name "", which an entry may have. */
const json_t *kubeconfig_entry(const json_t *merged, const char *section, const char *name);
const char *kubeconfig_text(const json_t *entry, const char *field);
bool kubeconfig_flag(const json_t *entry, const char *field);
const json_t *kubeconfig_map(const json_t *entry, const char *field);
const char *kubeconfig_member(const json_t *map, const char *field);    /* of a map inside of an entry; as kubeconfig_text() */
const char *kubeconfig_file_of(const json_t *entry);    /* for messages; NULL entry: NULL */

#endif
