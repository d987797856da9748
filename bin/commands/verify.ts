import {Command} from 'commander';
import {type ReproReport, type VerifiedPackage, verifyReproducible} from '../../lib/index.js';
import {complete, type Shell} from '../shell.js';
import {printable} from '../terminal.js';
import {differencesText} from './diff.js';
import {addProject} from './project.js';

export function verifyCommand(shell: Shell): Command {
  const command = new Command('verify').description(
    'Build twice, the second time under all that must not matter, and compare; exits with 1 on a difference',
  );
  const read = addProject(command, ({path: [key]}) => key !== 'out');
  return complete(command, shell, {
    examples: ['verify', 'verify --python python3 ./project'],
    action: async (session, project?: string) => {
      const report = await verifyReproducible(read(session, project));
      session.result(report, reportText(report, session.verbose));
      return report.equal ? 0 : 1;
    },
  });
}

/** What building twice showed, for people: each package, then what was varied. */
export function reportText({packages, variations}: ReproReport, verbose: boolean): string {
  const tried = variations.map(({name: what, value, why}) =>
    value === undefined
      ? `  not varied: ${what}${why === undefined ? '' : ` (${printable(why)})`}`
      : `  varied: ${what} (${printable(value)})`,
  );
  return [...packages.flatMap((one) => packageText(one, verbose)), ...tried].join('\n');
}

function packageText({equal, differences, ...deb}: VerifiedPackage, verbose: boolean): readonly string[] {
  const name = `${deb.package} ${deb.version} (${deb.architecture})`;
  const head = equal ? `Equal: ${name}, sha256 ${deb.sha256}` : `Different: ${name}`;
  return [head, ...(differences.length === 0 ? [] : [differencesText(differences, verbose)])];
}
