import {chmod, mkdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import type {ScriptName} from '../../lib/policy/scripts.js';
import {assembleSide, type Side} from '../../lib/policy/side.js';

/** What a script of a package may call and a test does not want to happen: each writes down how it was called. */
const RECORDED = [
  ...['addgroup', 'adduser', 'chown', 'deb-systemd-helper', 'deb-systemd-invoke', 'dpkg-maintscript-helper'],
  ...['dpkg-query', 'dpkg-statoverride', 'getent', 'groupdel', 'id', 'systemctl', 'systemd-sysusers'],
  ...['systemd-tmpfiles', 'update-alternatives', 'userdel'],
];
/** Those that talk when nobody asked. */
const LOUD = 'deb-systemd-* | dpkg-statoverride* | systemctl* | systemd-tmpfiles*';
const REAL = ['chmod', 'cut', 'find', 'grep', 'rm', 'sed', 'sh', 'tr'];
const RECORD = `line="\${0##*/}"
for arg; do
  case "$arg" in *' '* | '') line="$line [$arg]" ;; *) line="$line $arg" ;; esac
done
printf '%s\\n' "$line" >>"$MKVENVDEB_CALLS"
case "$line" in *--quiet* | *debian-installed*) ;; ${LOUD}) echo noise ;; esac
`;
const CONFMODULE = `db_purge() { echo db_purge >>"$MKVENVDEB_CALLS"; }\n`;

/** What a script finds. */
export interface World {
  /** systemd is PID 1. */
  readonly systemd?: boolean;
  readonly confmodule?: boolean;
  /** Commands that are not installed. */
  readonly missing?: readonly string[];
  /** What calls that begin like this print instead of nothing; a number is an exit code. */
  readonly answers?: Readonly<Record<string, string | number>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ran {
  readonly calls: readonly string[];
  readonly exitCode: number | undefined;
  /** Everything that was printed. */
  readonly all: string;
}

/**
 * Run one maintainer script in a folder of its own, with nothing on its PATH but commands that write down their calls.
 * An argument with a blank, or an empty one, is written down between brackets.
 */
export async function runScript(
  folder: string,
  side: Side,
  [name, ...args]: readonly [ScriptName, ...string[]],
  {systemd = false, confmodule = true, missing = [], answers = {}, env = {}}: World = {},
): Promise<Ran> {
  const paths = {'/run/systemd/system': join(folder, 'run'), '/usr/share/debconf': join(folder, 'debconf')};
  const {scripts} = assembleSide(side, {}, {package: 'app', prefix: join(folder, "it's app")});
  let text = scripts[name];
  if (text === undefined) return {calls: [], exitCode: 0, all: ''};
  for (const [path, ours] of Object.entries(paths)) text = text.replaceAll(path, ours);
  if (systemd) await mkdir(join(folder, 'run'), {recursive: true});
  if (confmodule) await writeIn(folder, 'debconf/confmodule', CONFMODULE);
  await provide(folder, {answers: {getent: 'x:x:999:', ...answers}, missing});
  const log = join(folder, 'calls');
  await writeFile(log, '');
  const {all, exitCode} = await execa('/bin/sh', ['-u', await writeIn(folder, name, text), ...args], {
    all: true,
    reject: false,
    extendEnv: false,
    env: {PATH: join(folder, 'bin'), MKVENVDEB_CALLS: log, ...env},
  });
  const calls = (await readFile(log, 'utf8')).replaceAll(folder, '').split('\n');
  return {calls: calls.filter((line) => line !== ''), exitCode, all};
}

/** One script is all of the commands, by the name that it is called with. */
async function provide(folder: string, {answers = {}, missing = []}: World): Promise<void> {
  const bin = join(folder, 'bin');
  // The longer says more.
  const calls = Object.entries(answers).sort(([one], [other]) => other.length - one.length);
  const cases = calls.map(([call, answer]) => {
    const does = typeof answer === 'number' ? `exit ${answer}` : `printf '%s\\n' '${answer}'; exit 0`;
    return `'${call} '*) ${does} ;;\n`;
  });
  const stub = await writeIn(folder, 'stub', `#!/bin/sh\n${RECORD}case "$line " in\n${cases.join('')}esac\n`);
  await chmod(stub, 0o755);
  await rm(bin, {recursive: true, force: true});
  await mkdir(bin);
  for (const command of RECORDED.filter((one) => !missing.includes(one)))
    await symlink(stub, join(bin, command));
  for (const command of REAL)
    await symlink(command in answers ? stub : `/usr/bin/${command}`, join(bin, command));
}

async function writeIn(folder: string, path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(join(file, '..'), {recursive: true});
  await writeFile(file, text);
  return file;
}
