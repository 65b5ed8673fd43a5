/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnosis.h"

#include "connect.h"
#include "output.h"

static void print_field(FILE *file, const char *name, const char *text)
{
    if (!*text)
        return;
    fprintf(file, "%-12s ", name);
    print_clean(file, text);
    fputs("\n", file);
}

void diagnosis_print(FILE *file, const sparkk8s_diagnosis *diagnosis)
{
    size_t i;

    print_field(file, "why", sparkk8s_diagnosis_summary(diagnosis));
    for (i = 0; i < sparkk8s_diagnosis_evidence_count(diagnosis); i++)
        print_field(file, i ? "" : "evidence", sparkk8s_diagnosis_evidence(diagnosis, i));
    print_field(file, "advice", sparkk8s_diagnosis_advice(diagnosis));
    if (sparkk8s_diagnosis_is_retriable(diagnosis))
        print_field(file, "retry", "submitting it again may help");
}

void diagnosis_tell(struct cli *cli, sparkk8s_run *run)
{
    sparkk8s_call call = connect_call(cli);
    AUTO(diagnosis) diagnosis = NULL;
    AUTO(error) err = NULL;

    if (sparkk8s_run_explain(run, &call, &diagnosis, &err) == 0)
        diagnosis_print(stderr, diagnosis);
    else
        print_field(stderr, "why", sparkk8s_error_message(err));
}
