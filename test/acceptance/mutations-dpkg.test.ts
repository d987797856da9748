import {lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkDeb} from '../../lib/archive/check.js';
import {type DebContents, readDeb} from '../../lib/archive/read.js';
import {mutatedDeb, mutation} from '../archive/mutated-deb.js';
import {NoChroot, openUnpacked} from '../helpers/chroot.js';
import {seed} from '../helpers/fuzz.js';
import {inFolder, long, skip} from '../helpers/suite.js';

const mutations = suite('acceptance/mutations-dpkg');

const CASES = long ? 5000 : 200;
const BATCH = 100;

/** Unpack each package into an empty system. Whatever leads out of that ends in the chroot. */
const SCRIPT = `for deb in /cases/*.deb; do
  root=\${deb%.deb}
  mkdir -p $root/var/lib/dpkg/updates $root/var/lib/dpkg/info $root/var/lib/dpkg/triggers
  : >$root/var/lib/dpkg/status
  : >$root/var/lib/dpkg/available
  dpkg --root=$root --force-script-chrootless --force-depends --unpack $deb >$root.log 2>&1 </dev/null
  echo $? >$root.code
done`;

/** What dpkg installed, in the words of our own list: type and what goes with it by path. */
function listTree(folder: string): Map<string, string> {
  const tree = new Map<string, string>();
  for (const found of readdirSync(folder, {recursive: true, withFileTypes: true})) {
    const path = join(found.parentPath, found.name).slice(folder.length + 1);
    if (/^var(?:\/lib(?:\/dpkg(?:\/|$)|$)|$)/.test(path)) continue;
    // Node cannot name what is not UTF-8.
    if (path.includes('\ufffd')) continue;
    const {mode, mtimeMs, size} = lstatSync(join(folder, path));
    const bits = (mode & 0o7777).toString(8);
    if (found.isSymbolicLink())
      tree.set(path, `symlink ${readlinkSync(join(folder, path))} ${mtimeMs / 1000}`);
    else if (found.isDirectory()) tree.set(path, `directory ${bits}`);
    else if (found.isFile()) tree.set(path, `file ${bits} ${size} ${mtimeMs / 1000}`);
    else tree.set(path, 'special');
  }
  return tree;
}

/** The same of what we read. A conffile waits under another name until the package is configured. */
function expectedTree({entries, members}: DebContents): Map<string, string> {
  const conffiles = members.find(({path}) => path === 'conffiles')?.data.toString() ?? '';
  const waiting = new Set(conffiles.split('\n').map((line) => line.replace(/^\//, '')));
  const tree = new Map<string, string>();
  for (const {path, type, mode, size, mtime, target = ''} of entries) {
    if (path === '' || path.includes('\ufffd')) continue;
    const bits = mode.toString(8);
    const at = waiting.has(path) ? `${path}.dpkg-new` : path;
    if (type === 'symlink') tree.set(at, `symlink ${target} ${mtime}`);
    else if (type === 'directory') tree.set(at, `directory ${bits}`);
    else if (type === 'file') tree.set(at, `file ${bits} ${size} ${mtime}`);
    else if (type === 'hardlink') {
      // dpkg gives the file the mode and time of the last header that names it.
      const linked = `file ${bits} ${tree.get(target)?.split(' ')[2]} ${mtime}`;
      tree.set(at, linked).set(target, linked);
    } else tree.set(at, 'special');
  }
  return tree;
}

const sorted = (tree: ReadonlyMap<string, string>): readonly string[] =>
  [...tree].map(([path, what]) => `${path}: ${what}`).sort();

mutations('what dpkg refuses is an error of ours, and what is clean it unpacks as we list it', () =>
  inFolder(async () => {
    let chroot: Awaited<ReturnType<typeof openUnpacked>>;
    try {
      chroot = await openUnpacked(
        ['base-files', 'coreutils', 'dash', 'diffutils', 'dpkg', 'libc-bin', 'tar'],
        'bookworm',
      );
    } catch (error) {
      if (!(error instanceof NoChroot)) throw error;
      return skip('mutated packages in dpkg', error.message);
    }
    const counts = {both: 0, refused: 0, stricter: 0};
    const wrong: string[] = [];
    try {
      const all = fc.sample(mutation, {seed, numRuns: CASES});
      for (let start = 0; start < CASES; start += BATCH) {
        const cases = chroot.path('/cases');
        rmSync(cases, {recursive: true, force: true});
        mkdirSync(cases);
        for (let index = start; index < Math.min(CASES, start + BATCH); index += 1)
          writeFileSync(join(cases, `${index}.deb`), await mutatedDeb(all[index] as (typeof all)[number]));
        await chroot.ok(['sh', '-c', SCRIPT]);
        for (let index = start; index < Math.min(CASES, start + BATCH); index += 1) {
          const root = join(cases, String(index));
          const code = readFileSync(`${root}.code`, 'utf8').trim();
          const errors = (await checkDeb(`${root}.deb`)).filter(({severity}) => severity === 'error');
          if (code !== '0' && errors.length === 0)
            wrong.push(`${index}: dpkg refuses it: ${readFileSync(`${root}.log`, 'utf8').slice(-600)}`);
          if (errors.length === 0 && code === '0') {
            const [found, listed] = [
              sorted(listTree(root)),
              sorted(expectedTree(await readDeb(`${root}.deb`))),
            ];
            if (JSON.stringify(found) !== JSON.stringify(listed))
              wrong.push(
                `${index}: listed\n${listed.filter((l) => !found.includes(l)).join('\n')}\ninstalled\n${found.filter((l) => !listed.includes(l)).join('\n')}`,
              );
          }
          counts[code !== '0' ? 'refused' : errors.length === 0 ? 'both' : 'stricter'] += 1;
        }
      }
    } finally {
      await chroot.close();
    }
    console.log(
      `\n(MKVENVDEB_SEED=${seed}) both take ${counts.both}, dpkg refuses ${counts.refused}, only we refuse ${counts.stricter}`,
    );
    assert.equal(wrong, [], wrong.join('\n'));
    assert.ok(counts.both > CASES / 10 && counts.refused > CASES / 10, JSON.stringify(counts));
  }),
);

mutations.run();
