/* SPDX-License-Identifier: Apache-2.0 */
/* sparkk8s explain: why a run failed, or does not get on. */
#include "connect.h"
#include "diagnosis.h"
#include "exits.h"
#include "output.h"

static void print_text(const sparkk8s_diagnosis *diagnosis)
{
    int cause = sparkk8s_diagnosis_cause(diagnosis), code = sparkk8s_diagnosis_exit_code(diagnosis);

    printf("%-12s %s\n", "run", sparkk8s_diagnosis_run_id(diagnosis));
    printf("%-12s %s\n", "state", sparkk8s_state_name(sparkk8s_diagnosis_state(diagnosis)));
    if (cause != SPARKK8S_CAUSE_NONE)
        printf("%-12s %s\n", "cause", sparkk8s_cause_name(cause));
    if (code != -1)
        printf("%-12s %d\n", "exit code", code);
    diagnosis_print(stdout, diagnosis);
}

static int print(enum format format, const sparkk8s_diagnosis *diagnosis)
{
    AUTO(text) json = NULL;

    if ((format == FORMAT_JSON || format == FORMAT_YAML) && sparkk8s_diagnosis_to_json(diagnosis, &json, NULL) < 0)
        return complain_oom();
    switch (format) {
    case FORMAT_JSON:
    case FORMAT_YAML:
        print_document(format, json);
        break;
    case FORMAT_NAME:
        printf("%s\n", sparkk8s_diagnosis_run_id(diagnosis));
        break;
    default:
        print_text(diagnosis);
    }
    return EXIT_OK;
}

int cmd_explain(struct cli *cli)
{
    sparkk8s_call call = connect_call(cli);
    AUTO(client) client = NULL;
    AUTO(diagnosis) diagnosis = NULL;
    AUTO(error) err = NULL;
    int rc;

    rc = connect_client(cli, NULL, &client, &err);
    if (rc == 0)
        rc = sparkk8s_explain(client, cli->options.ns, cli->options.words[0], &call, &diagnosis, &err);
    return rc < 0 ? complain(err) : print(cli->options.format, diagnosis);
}
