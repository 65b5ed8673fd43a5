/* SPDX-License-Identifier: Apache-2.0 */
#include "selection.h"

sparkk8s_select selection_of(const struct cli *cli)
{
    const struct options *options = &cli->options;

    return (sparkk8s_select){
        .size = sizeof(sparkk8s_select),
        .ns = options->all_namespaces ? "*" : options->ns,
        .name_glob = options->words[0],
        .label_selector = options->selector,
        .older_than_ms = options->older_than_ms,
        .states = options->states,
    };
}
