"""Validates CSTA bodies against the schemas of ECMA-323 and ECMA-354 with xmllint."""

import os
import subprocess
import tempfile

from sipmsg import local_name, namespace, xml_root

EDITIONS = {
    "http://www.ecma-international.org/standards/ecma-323/csta/ed3": "csta-ed3.xsd",
    "http://www.ecma-international.org/standards/ecma-323/csta/ed6": "csta-ed6.xsd",
    "http://www.ecma-international.org/standards/ecma-354/appl_session": "appl-session.xsd",
}
TIME_LIMIT = 300
BATCH = 500


def invalid_bodies(bodies, directory):
    """What xmllint says against the bodies: a list of (root element, reason).

    `directory` holds csta-ed3.xsd, csta-ed6.xsd and appl-session.xsd. Equal bodies are looked
    at once; an empty list means that all are valid. Raises OSError when
    xmllint is not there.
    """
    found, by_schema = [], {}
    for body in dict.fromkeys(bodies):
        root = xml_root(body)
        if root is None:
            found.append(("?", "not well-formed"))
        elif namespace(root) not in EDITIONS:
            found.append((local_name(root), f"unknown namespace {namespace(root)!r}"))
        else:
            by_schema.setdefault(EDITIONS[namespace(root)], []).append((local_name(root), body))
    for schema, named in by_schema.items():
        for begin in range(0, len(named), BATCH):
            found += _check(named[begin:begin + BATCH], os.path.join(directory, schema))
    return found


def _check(named, schema):
    with tempfile.TemporaryDirectory(prefix="hookflash-schema-") as work:
        names = {}
        for index, (name, body) in enumerate(named):
            path = os.path.join(work, f"{index}.xml")
            names[path] = name
            with open(path, "wb") as out:
                out.write(body)
        done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema, *names],
                              capture_output=True, timeout=TIME_LIMIT, check=False)
        if done.returncode == 0:
            return []
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        wrong = [line for line in lines if "error" in line]
        return [(names.get(line.split(":")[0], "?"), line.partition(": ")[2][:200])
                for line in wrong or lines[-3:]]
