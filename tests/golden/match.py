# SPDX-License-Identifier: Apache-2.0
"""Compares rendered objects with a recording of the real spark-submit.

Placeholders that are not known beforehand are bound at their first meeting and must then be the same everywhere in the
case, executors included. Not compared: ownerReferences and schedulingGates of what a submission makes (added when it is
sent), the comment lines and the line order of spark.properties, the order of map entries, and what follows a JVM's hash
order: the order of env, volumes and volumeMounts, the numbers in "-pvc-n" and "SPARK_JAVA_OPT_n". Everything else must
be equal: objects, their order, and the order of every other list.
"""
import base64
import json
import re

PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Z_]*(?:_\d+)?)\}")
SHAPES = {
    "ID": r"[0-9a-z]{8,24}", "CONF_ID": r"[0-9a-z]{8,24}", "SVC_ID": r"[0-9a-z]{8,24}", "EXEC_ID": r"[0-9a-z]{8,24}",
    "EXEC_CONF_ID": r"[0-9a-z]{8,24}", "APP_ID": r"spark-[0-9a-z]{32}",
    "UUID": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "SUBMIT_TIME": r"\d{10,14}",
}
DRIVER_IP = "10.1.2.3"              # as recorded
FRESH = {"UUID"}                    # a new value at each place is fine
UNBOUND = {"FOO", "HOME"}           # literal text of a case, not placeholders
UNORDERED = {"env": ("name",), "volumes": ("name",), "volumeMounts": ("mountPath", "name")}


def load_properties(text):
    """java.util.Properties.load."""
    out, lines, i = {}, re.split(r"\r\n|\n|\r", text), 0

    def unescape(s):
        def one(m):
            c = m.group(1)
            if len(c) == 5:
                return chr(int(c[1:], 16))
            return {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}.get(c, c)
        return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", one, s, flags=re.S)

    while i < len(lines):
        line = lines[i].lstrip(" \t\f")
        i += 1
        if not line or line[0] in "#!":
            continue
        while (len(line) - len(line.rstrip("\\"))) % 2 and i < len(lines):
            line = line[:-1] + lines[i].lstrip(" \t\f")
            i += 1
        m = re.match(r"((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)\Z", line, re.S)
        out[unescape(m.group(1))] = unescape(m.group(2))
    return out


class Match:
    def __init__(self, known):
        self.bound = dict(known)
        if "API" in self.bound:
            self.bound.setdefault("API_ESC", self.bound["API"])
            hostport = re.sub(r"^\w+://", "", self.bound["API"])
            self.bound.setdefault("API_HOSTPORT", hostport)
            self.bound.setdefault("API_HOSTPORT_ESC", hostport)
        self.diffs = []

    def differ(self, where, golden, ours):
        self.diffs.append(f"{where}: recorded {json.dumps(golden, ensure_ascii=False)}, rendered {json.dumps(ours, ensure_ascii=False)}")

    def text(self, where, golden, ours):
        if golden == ours:
            return
        parts, pattern, names = PLACEHOLDER.split(golden), "", []
        for i, part in enumerate(parts):
            if i % 2 == 0:
                pattern += re.sub(r"(-pvc-|SPARK_JAVA_OPT_)\d+", r"\1\\d+", re.escape(part).replace(r"\-pvc\-", "-pvc-"))
            elif part in UNBOUND:
                pattern += re.escape("${%s}" % part)
            elif part in self.bound and part not in FRESH:
                pattern += re.escape(self.bound[part])
            elif part in names and part not in FRESH:
                pattern += f"(?P=p{names.index(part)})"
            else:
                pattern += f"(?P<p{len(names)}>{SHAPES.get(re.sub(r'_[0-9]+$', '', part), '.+?')})"
                names.append(part)
        m = re.fullmatch(pattern, ours, re.S)
        if not m:
            self.differ(where, golden, ours)
            return
        for i, name in enumerate(names):
            self.bound[name] = m.group(f"p{i}")

    def value(self, where, golden, ours):
        if isinstance(golden, dict) and isinstance(ours, dict):
            self.mapping(where, golden, ours)
        elif isinstance(golden, list) and isinstance(ours, list) and where.rsplit(".", 1)[-1] in UNORDERED:
            self.named(where, golden, ours, UNORDERED[where.rsplit(".", 1)[-1]])
        elif isinstance(golden, list) and isinstance(ours, list):
            if len(golden) != len(ours):
                self.differ(where + " (length)", golden, ours)
            for i, (g, o) in enumerate(zip(golden, ours)):
                self.value(f"{where}[{i}]", g, o)
        elif isinstance(golden, str) and isinstance(ours, str):
            if where.endswith(".spark.properties"):
                self.mapping(where, load_properties(golden), load_properties(ours))
            else:
                self.text(where, golden, ours)
        elif golden != ours or type(golden) is not type(ours):
            self.differ(where, golden, ours)

    def mapping(self, where, golden, ours):
        left = dict(ours)
        for key, g in golden.items():
            if key in left:
                self.value(f"{where}.{key}", g, left.pop(key))
                continue
            for other in left:          # a key that holds a placeholder
                if PLACEHOLDER.search(key) and self.same(key, other):
                    self.value(f"{where}.{key}", g, left.pop(other))
                    break
            else:
                self.differ(f"{where}.{key}", g, None)
        for key, o in left.items():
            self.differ(f"{where}.{key}", None, o)

    def named(self, where, golden, ours, keys):
        """Lists whose order is a JVM's hash order: pair the entries by name, then by content."""
        left = list(ours)
        for g in golden:
            fits = [o for o in left if all(self.same(str(g.get(k)), str(o.get(k))) for k in keys)]
            label = f"{where}[{'/'.join(str(g.get(k)) for k in keys)}]"
            if not fits:
                self.differ(label, g, None)
                continue
            best = next((o for o in fits if self.equal(g, o)), fits[0])
            left.remove(best)
            self.value(label, g, best)
        for o in left:
            self.differ(where, None, o)

    def equal(self, golden, ours):
        probe = Match(self.bound)
        probe.value("", golden, ours)
        return not probe.diffs

    def same(self, golden, ours):
        probe = Match(self.bound)
        probe.text("", golden, ours)
        return not probe.diffs


def strip(obj):
    obj = json.loads(json.dumps(obj))
    obj.get("metadata", {}).pop("ownerReferences", None)
    obj.get("spec", {}).pop("schedulingGates", None)
    return obj


def created(requests):
    """The objects of a recording in order of creation, each once, in its first form."""
    seen, out = set(), []
    for request in requests:
        body = request.get("body")
        if request["method"] not in ("POST", "PATCH", "PUT") or not isinstance(body, dict) or "kind" not in body:
            continue
        key = (body["kind"], body.get("metadata", {}).get("name"))
        if key not in seen:
            seen.add(key)
            out.append(body)
    return out


def compare_objects(match, golden, ours):
    """Adds the differences between two lists of objects in order of creation."""
    if [g["kind"] for g in golden] != [o.get("kind") for o in ours]:
        match.differ("kinds", [g["kind"] for g in golden], [o.get("kind") for o in ours])
        return
    left = list(ours)
    for g in golden:                    # claims of one kind are numbered in hash order: take the one that fits
        fits = [o for o in left if o["kind"] == g["kind"]]
        best = next((o for o in fits if g["kind"] == "PersistentVolumeClaim" and match.equal(g, o)), fits[0])
        left.remove(best)
        match.value(g["kind"], g, best)


def compare(recording, rendered, known):
    """A Match with the differences between a recording and a list of objects in order of creation, one text each."""
    match = Match(known)
    compare_objects(match, [strip(g) for g in created(recording["requests"])], [strip(o) for o in rendered])
    return match


def executors(recording):
    """What the driver made for each executor: a pod and its claims."""
    text = json.dumps(recording["executor"]["requests"]).replace(DRIVER_IP, "${DRIVER_IP}")
    groups = []
    for request in json.loads(text):
        if request["body"]["kind"] == "Pod":
            groups.append([])
        groups[-1].append(request["body"])
    return groups


def compare_executor(bound, golden, ours):
    """The differences between a recorded executor's objects and ours, under what the driver's objects have bound.
    Claims that no driver owns were recorded without the owner that they have: their pod, whose uid was not known."""
    match = Match(bound)
    ours = [strip(o) if not g["metadata"].get("ownerReferences") else o for g, o in zip(golden, ours)] + ours[len(golden):]
    compare_objects(match, golden, ours)
    return match.diffs


def compare_written(recording, written, files):
    """The differences between the files that Spark stored in the case's folder and ours ({path: bytes}). Of a file that is no
    text the recording has the size alone: its bytes must then be those of a file of the case."""
    uuid = re.compile("spark-upload-" + SHAPES["UUID"])
    ours = {}
    for path, content in written.items():
        ours.setdefault(uuid.sub("spark-upload-${UUID}", path), []).append(content)
    golden, sources = recording.get("written") or {}, [base64.b64decode(f["base64"]) for f in files.values() if "base64" in f]
    diffs = [f"written: recorded {sorted(golden)}, stored {sorted(ours)}"] if set(golden) != set(ours) else []
    for path in set(golden) & set(ours):
        recorded = golden[path] if isinstance(golden[path], list) else [golden[path]]
        fits = len(recorded) == len(ours[path]) and all(
            r.encode() == o if isinstance(r, str) else r["size"] == len(o) and o in sources for r, o in zip(recorded, sorted(ours[path])))
        if not fits:
            diffs.append(f"written {path}: recorded {recorded}, stored {ours[path]}")
    return diffs
