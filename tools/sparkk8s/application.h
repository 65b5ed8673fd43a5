/* SPDX-License-Identifier: Apache-2.0 */
/* What submit and render have in common: from spark-submit's arguments to the manifest. */
#ifndef APPLICATION_H
#define APPLICATION_H

#include "cli.h"

int application_new(const struct cli *cli, sparkk8s_app **out, sparkk8s_error **err);
/* The same of other arguments than all the words. */
int application_of(const struct cli *cli, int count, const char *const *words, sparkk8s_app **out, sparkk8s_error **err);
/* Prints the warnings. */
int application_render(const struct cli *cli, const sparkk8s_app *app, sparkk8s_manifest **out,
                       sparkk8s_error **err);
/* On stderr: what a submission would store where. */
void application_note_uploads(const sparkk8s_manifest *manifest);

#endif
