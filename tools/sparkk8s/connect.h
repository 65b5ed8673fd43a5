/* SPDX-License-Identifier: Apache-2.0 */
/* From options to what the library is called with. */
#ifndef CONNECT_H
#define CONNECT_H

#include "cli.h"

/* `conf`: the application's, whose keys for the submitting client count; NULL: none. */
int connect_client(struct cli *cli, const sparkk8s_conf *conf, sparkk8s_client **out,
                   sparkk8s_error **err);
/* as long as the client's default, until interrupted */
sparkk8s_call connect_call(const struct cli *cli);
sparkk8s_call connect_peek(const struct cli *cli);          /* for *_next(): returns at once */
/* Before waiting for news on the client: what is written comes out, what *_next() has not is waited for.
 * Results as of signals_poll(), SPARKK8S_EIO after a complaint if stdout failed. */
int connect_wait(sparkk8s_client *client, int timeout_ms);
int64_t connect_timeout_ms(const struct cli *cli);
/* The options that aim another call of this program at the same cluster: " --context x", or "". Not a token. NULL:
 * out of memory. */
char *connect_again(const struct cli *cli, const char *server);

#endif
