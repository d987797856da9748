import type {Problem} from '../problems.js';
import type {BuildOptions} from '../schema/index.js';

/** Where the branch of a `case` for everything else begins. */
const OTHERWISE = /^[ \t]*\(?\*\)/m;
/** … and where a branch ends. */
const END = /;;|^[ \t]*esac\b/m;

/** dpkg calls postinst with `triggered` (deb-triggers(5)); one that fails there leaves the package half-configured. */
export const failsWhenTriggered = (script: string): boolean =>
  !/\btriggered\b/.test(script) &&
  branches(script).some((branch) => /(?:^|[;\s])exit[ \t]+[1-9]/.test(uncommented(branch)));

function branches(script: string): readonly string[] {
  const pieces = script.split(END);
  // What comes after the last end has none.
  return pieces.slice(0, -1).flatMap((piece) => {
    const found = OTHERWISE.exec(piece);
    return found === null ? [] : [piece.slice(found.index + found[0].length)];
  });
}

const uncommented = (lines: string): string => lines.replace(/^[ \t]*#.*$/gm, '');

/** What to say of a package that waits for triggers, and whose own script would fail on one. */
export function triggerWarning(
  {triggers = [], scripts = {}}: BuildOptions,
  read: (path: string) => string,
): Problem | undefined {
  const {postinst} = scripts;
  if (postinst === undefined || !triggers.some((line) => /^interest\b/.test(line))) return undefined;
  if (!failsWhenTriggered(read(postinst))) return undefined;
  return {
    text: `Script fails when a trigger is activated: ${postinst}`,
    hint: 'Give its case a branch "triggered)", or remove the lines with "interest" from the triggers',
  };
}
