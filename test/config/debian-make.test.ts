import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {architectureVariables} from '../../lib/config/debian/machine.js';
import {makeContext} from '../../lib/config/debian/make-context.js';
import {parseChangelog} from '../../lib/formats/changelog.js';
import {RULES, writeDebian} from '../helpers/debian-folders.js';
import {nativeArchitecture} from '../helpers/shlibdeps.js';
import {inFolder} from '../helpers/suite.js';

const make = suite('config/debian/make-context');

const CHANGELOG =
  'app (2:1.0-rc1-3) unstable stable; urgency=high\n\n  * x\n\n -- Jo Doe <jo@example.org>  Mon, 01 Mar 2021 10:20:30 +0100\n';
const CONTROL =
  'Source: app\nMaintainer: Jo Doe <jo@example.org>\nBuild-Depends: debhelper-compat (= 13)\n\nPackage: app\nArchitecture: any\nDescription: x\n\nPackage: app-doc\nArchitecture: all\nDescription: x\n';
const ENV = {PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC'};

/** What we know without running anything, in a folder where it can be run as well. */
function asking(use: (facts: ReturnType<typeof makeContext>, folder: string) => void) {
  return inFolder(async (folder) => {
    await writeDebian(folder, {'debian/changelog': CHANGELOG, 'debian/control': CONTROL});
    const context = makeContext({
      source: 'app',
      packages: ['app', 'app-doc'],
      independent: ['app-doc'],
      entry: parseChangelog(CHANGELOG, 'debian/changelog').entries[0],
      architecture: architectureVariables(await nativeArchitecture()),
      project: folder,
      environment: {},
      read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    });
    use(context, folder);
  });
}

const COMMANDS = [
  ...['Source', 'Version', 'Distribution', 'Urgency', 'Maintainer', 'Date', 'Timestamp'].map(
    (field) => `dpkg-parsechangelog -S${field}`,
  ),
  'dpkg-parsechangelog -S Version',
  'dpkg-parsechangelog --show-field Version',
  'dpkg-parsechangelog --show-field=Version',
  'dpkg-parsechangelog -ldebian/changelog -S Version',
  'dpkg-parsechangelog -l debian/changelog --show-field Version',
  'dpkg-parsechangelog --file=debian/changelog -SVersion 2>/dev/null',
  'dpkg-parsechangelog --file debian/changelog -SVersion',
  `dpkg-parsechangelog | sed -n 's/^Version: //p'`,
  `dpkg-parsechangelog | sed -ne 's/^Version: \\(.*\\)/\\1/p'`,
  `dpkg-parsechangelog -l debian/changelog | grep '^Version:' | cut -d' ' -f2`,
  `dpkg-parsechangelog | grep ^Version | cut -d ' ' -f 2`,
  `dpkg-parsechangelog | grep "Version: " | cut -d" " -f2`,
  `dpkg-parsechangelog | awk '/^Version:/ {print $2}'`,
  `dpkg-parsechangelog|awk '/Version/{ print $2 }'`,
  `dpkg-parsechangelog | egrep '^Version:' | cut -d' ' -f2`,
  ...['', ' -a', ' -i', ' | head'].map((option) => `dh_listpackages${option}`),
  ...['pwd', 'pwd -P'],
  ...['DEB_HOST_MULTIARCH', 'DEB_BUILD_ARCH', 'DEB_HOST_ARCH_BITS'].map(
    (name) => `dpkg-architecture -q${name}`,
  ),
  'dpkg-architecture -q DEB_HOST_GNU_TYPE',
];
for (const command of COMMANDS) {
  make(`${command} prints what we say`, () =>
    asking(({shell}, folder) => {
      const printed = execFileSync('sh', ['-c', command], {
        cwd: folder,
        env: ENV,
        encoding: 'utf8',
        stdio: 'pipe',
      });
      // $(shell …) has blanks for line breaks.
      assert.is(shell(command), printed.trimEnd().replaceAll('\n', ' '));
    }),
  );
}

for (const command of [
  'date',
  'dpkg-parsechangelog',
  'xdpkg-parsechangelog -SVersion',
  'dpkg-parsechangelog -SNone',
  'dpkg-parsechangelog -SVersion | tr - .',
  'dpkg-parsechangelog -ldebian/changelog',
  'dh_listpackages | shuf',
  'pwd | tr a b',
  'dpkg-architecture',
]) {
  make(`${command} is not known`, () => asking(({shell}) => assert.is(shell(command), undefined)));
}

const INFO =
  'DEB_SOURCE DEB_VERSION DEB_VERSION_EPOCH_UPSTREAM DEB_VERSION_UPSTREAM_REVISION DEB_VERSION_UPSTREAM DEB_DISTRIBUTION SOURCE_DATE_EPOCH'.split(
    ' ',
  );
const MACHINE = ['DEB_HOST_MULTIARCH', 'DEB_BUILD_ARCH', 'DEB_HOST_GNU_TYPE'];
for (const [name, variables] of [
  ['pkg-info', INFO],
  ['architecture', MACHINE],
  ['default', [...INFO, ...MACHINE]],
] as const) {
  make(`${name}.mk sets what make says`, () =>
    asking(({include}, folder) => {
      const file = `/usr/share/dpkg/${name}.mk`;
      const text = `include ${file}\nall:\n${variables.map((one) => `\t@echo '$(${one})'\n`).join('')}`;
      const printed = execFileSync('make', ['-s', '-f', '-'], {
        cwd: folder,
        env: ENV,
        input: text,
        encoding: 'utf8',
      });
      assert.equal(
        variables.map((one) => include(file)?.[one]),
        printed.trimEnd().split('\n'),
      );
    }),
  );
}

make('files that set flags of compilers set nothing here, others are not known', () =>
  asking(({include}) => {
    for (const name of ['buildflags', 'buildopts', 'buildtools', 'vendor'])
      assert.equal(include(`/usr/share/dpkg/${name}.mk`), {});
    for (const file of ['/usr/share/dpkg/odd.mk', 'pkg-info.mk', '/usr/share/dpkg/pkg-info.mk.old'])
      assert.is(include(file), undefined);
  }),
);

make('rules for make find what it gets', () =>
  asking(({environment}, folder) => {
    assert.ok(RULES.includes('dh $@'));
    assert.equal([environment.CURDIR, environment.MAKE], [folder, 'make']);
  }),
);

make.run();
