/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz target is one function on some bytes. libFuzzer calls it with bytes of its making (run.py), replay.c with
 * those of the corpus. A broken promise aborts (must.h).
 */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
