/* SPDX-License-Identifier: Apache-2.0 */
#include "selection.h"

sparkk8s_select selection_of(const struct cli *cli, bool glob)
{
    const struct options *options = &cli->options;
    bool one = glob && options->word_count == 1;

    return (sparkk8s_select){
        .size = sizeof(sparkk8s_select),
        .ns = options->all_namespaces ? "*" : options->ns,
        .name_glob = one ? options->words[0] : NULL,
        .names = one ? NULL : options->words,
        .label_selector = options->selector,
        .older_than_ms = options->finished_older_than_ms,
        .min_age_ms = options->older_than_ms,
        .max_age_ms = options->younger_than_ms,
        .states = options->states,
        .flags = options->drivers_only ? SPARKK8S_SELECT_DRIVERS_ONLY : 0,
    };
}

static bool has_options(const struct options *options)
{
    return options->all_namespaces || options->selector || options->finished_older_than_ms || options->older_than_ms ||
        options->younger_than_ms || options->states || (options->ns && strchr(options->ns, ','));
}

bool selection_is_one(const struct cli *cli)
{
    const struct options *options = &cli->options;

    return options->word_count == 1 && !strpbrk(options->words[0], "*?") && !has_options(options);
}

bool selection_is_given(const struct cli *cli)
{
    return !selection_is_one(cli) && (cli->options.word_count || has_options(&cli->options));
}
