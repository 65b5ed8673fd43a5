/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the submitting machine on their way to the driver: the ConfigMap or Secret that carries them, and
 * the volume that shows them.
 */
#ifndef SPARK_PARCEL_H
#define SPARK_PARCEL_H

#include "build.h"

/* "<prefix><suffix>", new: how the objects of one submission are called. */
int parcel_name(const struct build *b, const char *suffix, char **name, sparkk8s_error **err);
/* Adds a text file, or a text that comes from `where`, to `data` under `key`. What is not UTF-8 is an error
 * since 4.1; earlier lines send U+FFFD for it. */
int parcel_add_text(const struct build *b, json_t *data, const char *key, const char *path,
                    sparkk8s_error **err);
int parcel_add_string(const struct build *b, json_t *data, const char *key, const char *text, size_t len,
                      const char *where, sparkk8s_error **err);
/* Adds any bytes to the data of a Secret, of a file or in memory. */
int parcel_add_file(json_t *data, const char *key, const char *path, sparkk8s_error **err);
int parcel_add_bytes(json_t *data, const char *key, const void *bytes, size_t len, sparkk8s_error **err);
/* The immutable object of that kind, "ConfigMap" or "Secret", to be created after the pod. */
int parcel_send(struct build *b, const char *kind, const char *name, json_t *data, sparkk8s_error **err);
/* A volume of the ConfigMap: of the keys of `data` as files of that name, or of all that it has if `data`
 * is NULL. */
int parcel_map_volume(struct build *b, const char *volume, const char *map, const json_t *data,
                      sparkk8s_error **err);
int parcel_secret_volume(struct build *b, const char *volume, const char *secret, sparkk8s_error **err);

#endif
