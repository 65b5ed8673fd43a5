/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the public input structs. See input.h. */
#include "input.h"

#include "error.h"

int input_struct(void *into, size_t ours, const void *given, const char *what, sparkk8s_error **err)
{
    const unsigned char *bytes = given;
    size_t size, i;

    memset(into, 0, ours);
    if (!given)
        return 0;
    memcpy(&size, given, sizeof(size));
    if (size < sizeof(size)) {
        fail(err, SPARKK8S_EINVAL, what, "its size is %zu", size);
        error_hint(err, "zero the struct and set its member size to sizeof it");
        return SPARKK8S_EINVAL;
    }
    for (i = ours; i < size; i++) {
        if (bytes[i]) {
            fail(err, SPARKK8S_EINVAL, what, "a member that this version of the library does not know is set");
            error_hint(err, "the program was built for a later version than %s", sparkk8s_version());
            return SPARKK8S_EINVAL;
        }
    }
    memcpy(into, given, size < ours ? size : ours);
    return 0;
}
