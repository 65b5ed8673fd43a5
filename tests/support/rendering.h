/* SPDX-License-Identifier: Apache-2.0 */
/* What every rendering must keep to, whatever the application says. */
#ifndef TESTS_RENDERING_H
#define TESTS_RENDERING_H

#include "sparkk8s.h"

/*
 * Renders with a fixed id, seed and time, twice: both times the same. Objects, those of an executor too, are JSON
 * and YAML that can be read back, warnings are lines of UTF-8. A refusal has a place and words, and one of the
 * configuration names what to try. NULL if refused; `err` may be NULL.
 */
sparkk8s_manifest *rendering(const sparkk8s_app *app, sparkk8s_error **err);
/* Everything that a manifest says, as one text; the caller's to free. */
char *rendering_text(const sparkk8s_manifest *manifest);
/* The same for any error of the library. */
void rendering_error(const sparkk8s_error *err);

#endif
