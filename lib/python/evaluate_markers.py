"""Tell which environment markers (PEP 508) hold for this interpreter.

    python -s -B evaluate_markers.py FOLDER_OF_PIP JSON

JSON is a list of markers; prints a JSON list of true and false.
"""

import json
import sys

sys.path.append(sys.argv[1])
from pip._vendor.packaging.markers import Marker  # noqa: E402

print(json.dumps([Marker(text).evaluate({"extra": ""}) for text in json.loads(sys.argv[2])]))
