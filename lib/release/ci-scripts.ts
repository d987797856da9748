import type {CiPlan} from './ci.js';

/** Shell scripts of a pipeline, for POSIX sh; `$MKVENVDEB` is how mkvenvdeb is called. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What is installed where a build runs. */
export const installScript = (packages: string): string =>
  `apt-get update -q && apt-get install -q --yes --no-install-recommends ${packages}`;

/** A tag with the prefix and no digit behind it is no release. */
const DIGITS = [...'0123456789'].map((digit) => `-e "$tagged"${digit}`).join(' ');

/**
 * Choose the version that all cells get: nothing where the commit was released before, so that to run a pipeline again
 * is no harm.
 *
 * @param assign line that takes `$version` on
 */
export const planScript = ({tagPrefix}: CiPlan, assign: string): string =>
  `set -eu
tagged=$(printf '%s\\trefs/tags/%s' "$(git rev-parse HEAD)" ${quoted(tagPrefix)})
version=
if git ls-remote --tags origin | grep -qF ${DIGITS}; then
  echo 'This commit was released before'
else
  $MKVENVDEB cells --json >cells.json
  version=$(node -p 'JSON.parse(fs.readFileSync("cells.json", "utf8")).version')
fi
${assign}
`;

/** Build the cell `$CELL`; building it again, of the same commit, is nothing to do. */
export const BUILD_SCRIPT = `set -eu
[ -n "\${VERSION:-}" ] || exit 0
$MKVENVDEB build --cell "$CELL" --version "$VERSION" --commit "$(git rev-parse HEAD)" --out "cells/$CELL"
`;

/** Publish what was built; a retry that finds a journal goes on with the same files. */
export const publishScript = (plan: CiPlan, isRetry = JOURNAL): string => {
  const begin =
    plan.cells.length > 1
      ? [
          `elif [ -n "\${VERSION:-}" ]; then`,
          '  $MKVENVDEB release --version "$VERSION" --commit "$(git rev-parse HEAD)" --from cells',
        ]
      : ['else', '  $MKVENVDEB release'];
  return ['set -eu', `if ${isRetry}; then`, '  $MKVENVDEB release --resume', ...begin, 'fi', ''].join('\n');
};

/**
 * Where nothing is kept from one run to another, there is a journal in a retry only; none where the first run did not
 * get as far as that, and one that says so where all is done.
 */
const JOURNAL = `grep -L '"step":"finished"' "$XDG_STATE_HOME"/mkvenvdeb/releases/*/*/journal.jsonl 2>/dev/null | grep -q .`;

/** Everything that the builds of a plan need, once. */
export const allPackages = ({cells}: CiPlan): string =>
  [...new Set(cells.flatMap(({packages}) => packages))].join(' ');
