/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the public input structs, which carry their size so that old and new callers can be told apart. */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

#include "sparkk8s.h"

/* Copies what the caller has into `into` (`ours` bytes, zeroed first); `given` NULL leaves it zero. `what` is the
 * struct's name. SPARKK8S_EINVAL if `size` is not set, or if a member that we do not know is. */
int input_struct(void *into, size_t ours, const void *given, const char *what, sparkk8s_error **err);

#endif
