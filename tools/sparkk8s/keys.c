/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include "exits.h"
#include "jsontext.h"
#include "output.h"

static void print_side(int indent, char sign, const char *value)
{
    char *text = json_text(value);

    if (!text)
        return;
    printf("%*s%c ", indent, "", sign);
    print_clean(stdout, text);
    fputs("\n", stdout);
    free(text);
}

void print_difference(const char *row, int indent)
{
    const char *left = json_member(row, "left"), *right = json_member(row, "right");
    char *path = json_text(json_member(row, "path"));

    if (path && *path) {
        printf("%*s%s\n", indent, "", path);
        print_side(indent + 2, '-', left);
        print_side(indent + 2, '+', right);
    } else {
        printf("%*s%c all of it\n", indent, "", left ? '-' : '+');
    }
    free(path);
}

/* "  name    text", if there is any. */
static void print_line(const char *name, const char *value)
{
    char *text = json_text(value);

    if (!text)
        return;
    printf("  %-9s ", name);
    print_clean(stdout, text);
    fputs("\n", stdout);
    free(text);
}

static void print_over(const char *over)
{
    const char *item;

    for (item = json_first(over); item; item = json_after(item)) {
        char *value = json_text(json_member(item, "value")), *origin = json_text(json_member(item, "origin"));

        if (value && origin) {
            printf("  %-9s ", "over");
            print_clean(stdout, value);
            fputs(" (", stdout);
            print_clean(stdout, origin);
            fputs(")\n", stdout);
        }
        free(value);
        free(origin);
    }
}

/* "size-mib; Spark 4.0 to 4.3; read by submission, driver" */
static void print_known(const char *known)
{
    static const char *const members[] = { "type", "since", "until" };
    char *texts[COUNT(members)];
    const char *reader;
    size_t i;

    for (i = 0; i < COUNT(members); i++)
        texts[i] = json_text(json_member(known, members[i]));
    if (texts[0] && texts[1] && texts[2])
        printf("  %-9s %s; Spark %s to %s; read by", "type", texts[0], texts[1], texts[2]);
    for (reader = json_first(json_member(known, "read_by")); reader; reader = json_after(reader)) {
        char *text = json_text(reader);

        printf(" %s%s", text ? text : "", json_after(reader) ? "," : "\n");
        free(text);
    }
    for (i = 0; i < COUNT(members); i++)
        free(texts[i]);
    print_line("meaning", json_member(known, "doc"));
}

/* The value after ${...}, if it is another one. */
static void print_resolved(const char *explained)
{
    char *value = json_text(json_member(explained, "value")), *resolved = json_text(json_member(explained, "resolved"));

    if (value && resolved && strcmp(value, resolved) != 0)
        print_line("that is", json_member(explained, "resolved"));
    free(value);
    free(resolved);
}

/* Prints "  by STEP" and the object where they are others than before. */
static void print_effect(const char *effect, char **step, char **object)
{
    char *by = json_text(json_member(effect, "step")), *of = json_text(json_member(effect, "object"));
    bool new = !*step || !*object || !by || !of || strcmp(by, *step) != 0 || strcmp(of, *object) != 0;

    if (new)
        printf("  by %s, in %s\n", by ? by : "?", of ? of : "?");
    print_difference(effect, 4);
    free(*step);
    free(*object);
    *step = by;
    *object = of;
}

static void print_effects(const char *explained)
{
    const char *effects = json_member(explained, "effects"), *effect;
    char *step = NULL, *object = NULL;

    if (!effects)
        return;
    effect = json_first(effects);
    printf("  %-9s%s\n", "effects", effect ? " - without it, + with it" : " none: nothing is otherwise without it");
    for (; effect; effect = json_after(effect))
        print_effect(effect, &step, &object);
    free(step);
    free(object);
}

static void print_explained(const char *explained)
{
    const char *known = json_member(explained, "known"), *key = json_member(explained, "key");
    bool ignored = json_is_true(json_member(explained, "ignored"));
    char *name = json_text(key);
    bool many = name && *name && name[strlen(name) - 1] == '.';

    printf("%s\n", name ? name : "");
    free(name);
    if (many) {
        printf("  %-9s each key that begins with it\n", "value");
    } else if (json_member(explained, "value")) {
        print_line("value", json_member(explained, "value"));
        print_resolved(explained);
        print_line("from", json_member(explained, "origin"));
    } else {
        printf("  %-9s not set\n", "value");
    }
    if (ignored)
        printf("  %-9s it does not reach the driver\n", "ignored");
    print_over(json_member(explained, "over"));
    print_line("default", json_member(explained, "default"));
    if (known)
        print_known(known);
    else if (!ignored)
        printf("  %-9s not known here: carried to the driver as it is\n", "type");
    print_line("without", json_member(explained, "without"));
    print_effects(explained);
}

static int explain_one(const struct cli *cli, const sparkk8s_app *app, const char *key, bool first)
{
    AUTO(text) json = NULL;
    AUTO(error) err = NULL;
    char *problem;

    if (sparkk8s_app_explain(app, key, &json, &err) < 0)
        return err ? complain(err) : complain_oom();
    if (cli->options.format == FORMAT_JSON) {
        fputs(first ? "[\n    " : ",\n    ", stdout);
        print_json(stdout, json, 1);
        return EXIT_OK;
    }
    if (!first)
        fputs("\n", stdout);
    print_explained(json);
    problem = json_text(json_member(json, "error"));
    if (problem) {
        fputs("its effects cannot be told: ", stderr);
        print_clean(stderr, problem);
        fputs("\n", stderr);
        free(problem);
    }
    return EXIT_OK;
}

int explain_keys(const struct cli *cli, const sparkk8s_app *app, const char *const *keys, int count)
{
    int i, rc = EXIT_OK;

    for (i = 0; i < count && rc == EXIT_OK; i++)
        rc = explain_one(cli, app, keys[i], i == 0);
    if (rc == EXIT_OK && cli->options.format == FORMAT_JSON)
        fputs("\n]\n", stdout);
    return rc;
}
