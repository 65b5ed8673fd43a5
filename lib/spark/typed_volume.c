/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sparkk8s_app_add_volume(): a volume as a struct, written as the properties that Spark has for it. What Spark
 * ignores in properties, an option that it does not know, is refused here: nobody sets one on purpose.
 *
 * Spark has no properties for other types of volumes than these; those belong into pod templates.
 */
#include "app.h"

#include "error.h"
#include "input.h"
#include "names.h"
#include "role.h"
#include "str.h"
#include "text.h"
#include "volumes.h"

#define WHERE "sparkk8s_volume"
#define SECRET "secret"             /* Spark mounts Secrets by keys of their own */

/* ---- what the struct says ------------------------------------------------------------------------------ */

static int fail_type(const sparkk8s_volume *volume, sparkk8s_error **err)
{
    static const char *const types[] = {"hostPath", "persistentVolumeClaim", "emptyDir", "nfs", SECRET, NULL};
    const char *near = text_nearest(volume->type, types);

    fail(err, SPARKK8S_EINVAL, WHERE ".type", "Spark has no volumes of type '%s'", volume->type);
    if (near)
        error_hint(err, "did you mean %s?", near);
    else
        error_hint(err, "use hostPath, persistentVolumeClaim, emptyDir, nfs or secret; others can be in a pod "
                        "template (sparkk8s_app_set_pod_template)");
    return SPARKK8S_EINVAL;
}

static int check_text(const char *member, const char *text, bool needed, sparkk8s_error **err)
{
    AUTO_STR where = STR_INIT(100);

    if (text ? *text && text_is_utf8(text, strlen(text)) : !needed)
        return 0;
    str_addf(&where, WHERE ".%s", member);
    return fail(err, SPARKK8S_EINVAL, where.s, text && *text ? "not UTF-8" : "must be set, and not empty");
}

/* A pod takes only such a name, and Spark's keys none with a dot in it. A Secret's gets "-volume" added. */
static int check_name(const sparkk8s_volume *volume, sparkk8s_error **err)
{
    bool secret = !strcmp(volume->type, SECRET);
    AUTO_STR name = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&name, "%s%s", volume->name, secret ? "-volume" : "");
    if (name.failed)
        return fail_oom(err);
    if (name_is_dns_label(name.s))
        return 0;
    return fail(err, SPARKK8S_ECONF, WHERE ".name", "'%s' cannot be the name of a volume: %s", name.s,
                "at most 63 of a-z, 0-9 and -, letters or digits at the ends");
}

static int check_members(const sparkk8s_volume *volume, sparkk8s_error **err)
{
    int rc;

    if (volume->roles & ~(SPARKK8S_DRIVER | SPARKK8S_EXECUTOR))
        return fail(err, SPARKK8S_EINVAL, WHERE ".roles",
                    "has a bit that is neither SPARKK8S_DRIVER nor SPARKK8S_EXECUTOR");
    rc = check_text("type", volume->type, true, err);
    if (rc == 0)
        rc = check_text("name", volume->name, true, err);
    if (rc == 0)
        rc = check_text("mount_path", volume->mount_path, true, err);
    if (rc == 0)
        rc = check_text("mount_subpath", volume->mount_subpath, false, err);
    if (rc == 0)
        rc = check_text("mount_subpath_expr", volume->mount_subpath_expr, false, err);
    if (rc < 0)
        return rc;
    if (*volume->mount_path != '/')
        return fail(err, SPARKK8S_ECONF, WHERE ".mount_path", "'%s' is no absolute path", volume->mount_path);
    return check_name(volume, err);
}

/* ---- writing its properties ---------------------------------------------------------------------------- */

/* What is being written: one volume of one role. */
struct target {
    sparkk8s_conf *conf;
    struct volume volume;
    char *path;                     /* "hostPath.data" */
};

static int put(const struct target *target, const char *property, const char *value, sparkk8s_error **err)
{
    AUTO_STR key = STR_INIT(STR_TEXT_LIMIT);

    str_addf(&key, "%s%s.%s", target->volume.prefix, target->path, property);
    if (key.failed)
        return fail_oom(err);
    if (conf_has(target->conf, key.s))
        return fail(err, SPARKK8S_EINVAL, WHERE ".options", "%s is given twice", property);
    return sparkk8s_conf_set(target->conf, key.s, value, err);
}

/* "claimName=x" */
static int put_option(const struct target *target, const char *option, sparkk8s_error **err)
{
    AUTO(chars) name = text_dupn(option, strcspn(option, "="));
    AUTO_STR property = STR_INIT(STR_TEXT_LIMIT);
    int rc;

    if (!name)
        return fail_oom(err);
    if (!option[strlen(name)])
        return fail(err, SPARKK8S_EINVAL, WHERE ".options", "'%s' is no option: it is written name=value",
                    option);
    rc = volume_option(target->volume.type, name, &property, err);
    if (rc < 0) {
        error_place(err, WHERE ".options");
        return rc;
    }
    return put(target, property.s, option + strlen(name) + 1, err);
}

static int put_all(const struct target *target, const sparkk8s_volume *volume, sparkk8s_error **err)
{
    const char *const *option = volume->options;
    int rc;

    rc = put(target, "mount.path", volume->mount_path, err);
    if (rc == 0 && volume->read_only)
        rc = put(target, "mount.readOnly", "true", err);
    if (rc == 0 && volume->mount_subpath)
        rc = put(target, "mount.subPath", volume->mount_subpath, err);
    if (rc == 0 && volume->mount_subpath_expr)
        rc = put(target, "mount.subPathExpr", volume->mount_subpath_expr, err);
    for (; rc == 0 && option && *option; option++)
        rc = put_option(target, *option, err);
    return rc;
}

/* Removes what there is under that type and name; refuses a volume of another type, since a pod cannot have two
 * of one name. */
static int make_room(const struct target *target, const struct role *role, sparkk8s_error **err)
{
    const char *name = target->volume.name;
    size_t i, end;

    conf_range(target->conf, target->volume.prefix, &i, &end);
    while (i < end) {
        const char *key = target->conf->entries[i].key, *path = key + strlen(target->volume.prefix);
        const char *dot = strchr(path, '.');

        if (!dot || strncmp(dot + 1, name, strlen(name)) != 0 || dot[1 + strlen(name)] != '.') {
            i++;
            continue;
        }
        if (!text_starts(path, target->path))
            return fail(err, SPARKK8S_ECONF, WHERE ".name",
                        "the %s has a volume '%s' of another type already: %s", role->name, name, key);
        conf_remove(target->conf, key);
        end--;
    }
    return 0;
}

static int write_volume(sparkk8s_conf *conf, const struct role *role, const sparkk8s_volume *volume,
                        sparkk8s_error **err)
{
    AUTO_STR path = STR_INIT(STR_TEXT_LIMIT);
    struct target target = {.conf = conf};
    int rc;

    str_addf(&path, "%s.%s", volume->type, volume->name);
    if (path.failed)
        return fail_oom(err);
    target.path = path.s;
    target.volume = (struct volume){conf, role->volumes, path.s, volume->name, VOLUME_TYPES};
    if (!volume_type_find(volume->type, strlen(volume->type), &target.volume.type))
        return fail_type(volume, err);
    rc = make_room(&target, role, err);
    if (rc == 0)
        rc = put_all(&target, volume, err);
    return rc < 0 ? rc : volume_check(&target.volume, SPARK_LINES - 1, err);
}

/* A mount of a Secret has no options, and is read-only by nature. */
static int write_secret(sparkk8s_conf *conf, const struct role *role, const sparkk8s_volume *volume,
                        sparkk8s_error **err)
{
    AUTO_STR key = STR_INIT(STR_TEXT_LIMIT);

    if (volume->mount_subpath || volume->mount_subpath_expr || (volume->options && *volume->options)) {
        fail(err, SPARKK8S_EINVAL, WHERE, "Spark mounts a secret as a whole, without options");
        error_hint(err, "the rest belongs into a pod template (sparkk8s_app_set_pod_template)");
        return SPARKK8S_EINVAL;
    }
    str_addf(&key, "%s%s", role->secrets, volume->name);
    if (key.failed)
        return fail_oom(err);
    return sparkk8s_conf_set(conf, key.s, volume->mount_path, err);
}

int sparkk8s_app_add_volume(sparkk8s_app *app, const sparkk8s_volume *given, sparkk8s_error **err)
{
    AUTO(conf) conf = NULL;
    sparkk8s_volume volume;
    size_t i;
    int rc;

    if (!app || !given)
        return fail(err, SPARKK8S_EINVAL, "sparkk8s_app_add_volume", "app and volume must not be NULL");
    rc = input_struct(&volume, sizeof(volume), given, WHERE, err);
    if (rc == 0)
        rc = check_members(&volume, err);
    if (rc == 0)
        rc = conf_copy(app->conf, &conf, err);
    for (i = 0; rc == 0 && i < ROLES; i++)
        if (!volume.roles || volume.roles & roles[i].role)
            rc = !strcmp(volume.type, SECRET) ? write_secret(conf, &roles[i], &volume, err)
                                              : write_volume(conf, &roles[i], &volume, err);
    if (rc == 0)
        conf_swap(app->conf, conf);
    return rc;
}
