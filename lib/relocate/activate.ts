import {basename} from 'node:path';
import {type Quoted, quotedForms, shellQuote} from '../formats/quoting.js';
import {asLatin1, isIn, literal, type PathChange, type Relocation, rewriteFiles} from './tree.js';

/** The scripts that venv, virtualenv and uv write for sh, csh, fish, nu, PowerShell, xonsh and Python. */
const ACTIVATION = /^(?:de)?activate(?:_this)?(?:\.\w+)?$/i;
/** Here a bare word is no string, so the path stays in quotes. */
const ALWAYS_QUOTED = /\.(?:nu|ps1|xsh|py)$/i;

export interface ActivationPaths extends PathChange {
  /** Base name of the staged folder, which venv shows in front of the prompt … */
  readonly stagedName: string;
  /** … and what shall stand there; letters, digits and `+ - . _`. */
  readonly promptName: string;
}

const whole = ({open, inner, close}: Quoted): string => open + inner + close;

/**
 * Give an activation script the final path and prompt. Every quoted spelling becomes one and the same, so that the
 * result does not tell whether the staged path had to be quoted; a bare one is quoted where it is a whole word.
 *
 * @param file base name of the script
 */
export function relocateActivation(text: string, file: string, paths: ActivationPaths): string {
  const prefix = asLatin1(paths.prefix);
  const quoted = ALWAYS_QUOTED.test(file) ? `'${prefix}'` : shellQuote(prefix);
  let result = text;
  for (const form of paths.spellings.flatMap((spelling) => quotedForms(asLatin1(spelling)))) {
    if (form.open !== '') result = result.replaceAll(whole(form), () => quoted);
    else {
      const bare = new RegExp(`(?<=[=\\s])${literal(form.inner)}(?=[\\s;)]|$)`, 'g');
      result = result.replace(bare, () => quoted);
      result = result.replace(new RegExp(`${literal(form.inner)}(?![\\w+.-])`, 'g'), () => prefix);
    }
  }
  return relocatePrompt(result, paths);
}

/** venv writes `'(NAME) '`, since 3.13 also NAME as a word of its own; virtualenv asks basename at run time. */
function relocatePrompt(text: string, {stagedName, promptName}: ActivationPaths): string {
  if (stagedName === promptName) return text;
  const forms = quotedForms(asLatin1(stagedName)).flatMap((form) => [whole(form), form.inner]);
  const name = [...new Set(forms)]
    .sort((a, b) => b.length - a.length)
    .map(literal)
    .join('|');
  const before = '(?<=["\']\\(|"\\("|PROMPT[ =]|4B8BBE\\) )';
  return text.replace(
    new RegExp(`${before}(?:${name})(?=\\)|"\\)|\\r?$| \\(set_color)`, 'gm'),
    () => promptName,
  );
}

/** Relocate the activation scripts of the virtualenv. @returns the paths of those that changed */
export function relocateActivations(relocation: Relocation): Promise<readonly string[]> {
  const {nodes, spellings, prefix, venv, promptName} = relocation;
  const paths: ActivationPaths = {spellings, prefix, stagedName: basename(venv.stagedPrefix), promptName};
  return rewriteFiles(nodes, {
    wanted: (node) => isIn(node, 'bin') && ACTIVATION.test(basename(node.path)),
    rewrite: (text, {path}) => relocateActivation(text, basename(path), paths),
  });
}
