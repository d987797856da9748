"""Name every installed distribution whose requirements are not met: what `pip check` says, without loading pip.

    python -s -B check_requirements.py FOLDER_OF_PIP RESULT

Writes a JSON list of sentences to RESULT: what a .pth file runs at the start may print.
"""

import importlib.metadata
import json
import re
import sys

sys.path.append(sys.argv[1])
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement  # noqa: E402


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


# Earlier folders of sys.path win, as they do on import.
installed = {}
for distribution in importlib.metadata.distributions():
    if distribution.metadata["Name"]:
        installed.setdefault(canonical(distribution.metadata["Name"]), distribution)

findings = []
for distribution in installed.values():
    label = "%s %s" % (distribution.metadata["Name"], distribution.version)
    for text in distribution.requires or []:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        found = installed.get(canonical(requirement.name))
        if found is None:
            findings.append("%s requires %s, which is not installed" % (label, requirement.name))
        elif not requirement.specifier.contains(found.version, prereleases=True):
            have = "%s %s" % (requirement.name, found.version)
            findings.append("%s has requirement %s, but you have %s" % (label, requirement, have))
with open(sys.argv[2], "w", encoding="utf-8") as stream:
    json.dump(sorted(findings), stream)
