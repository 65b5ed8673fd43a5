/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay SEEDS [FILE...]
 *
 * Calls a fuzz target with every input of the corpus: SEEDS is many in one file, each with its length (4 bytes, the
 * least first) before it; a FILE is one input. What breaks a promise aborts.
 */
#include "must.h"
#include "target.h"

static size_t replay_one(FILE *file, size_t len)
{
    uint8_t *data = malloc(len ? len : 1);

    must(data && fread(data, 1, len, file) == len, "cut off");
    LLVMFuzzerTestOneInput(data, len);
    free(data);
    return 1;
}

static size_t replay_seeds(const char *path)
{
    FILE *file = fopen(path, "rb");
    unsigned char len[4];
    size_t count = 0;

    must(file, "%s", path);
    while (fread(len, 1, 4, file) == 4)
        count += replay_one(file, (size_t)len[0] | (size_t)len[1] << 8 | (size_t)len[2] << 16 | (size_t)len[3] << 24);
    fclose(file);
    return count;
}

static size_t replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    long len;

    must(file && fseek(file, 0, SEEK_END) == 0, "%s", path);
    len = ftell(file);
    rewind(file);
    replay_one(file, (size_t)len);
    fclose(file);
    return 1;
}

int main(int argc, char **argv)
{
    size_t count;
    int i;

    must(argc > 1, "usage: replay SEEDS [FILE...]");
    count = replay_seeds(argv[1]);
    for (i = 2; i < argc; i++)
        count += replay_file(argv[i]);
    printf("100%%: Checks: %zu, Failures: 0, Errors: 0\n", count);
    return count == 0;
}
