import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {generateKey} from 'openpgp';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type AptKeyringOptions, buildAptKeyring, publishApt} from '../lib/index.js';
import {openAptPlace, updated} from './helpers/apt-place.js';
import {runCli} from './helpers/cli.js';
import {controlFile, fieldsOf, treeOf, unpack} from './helpers/deb.js';
import {lintian} from './helpers/lintian.js';
import {inFolder, rejects, skip} from './helpers/suite.js';

const keyring = suite('apt-keyring');
const place = await openAptPlace();
const {folder, key, newRepository, newClient, makeDeb} = place;

keyring.after(() => place.close());

let count = 0;
const build = (options: Partial<AptKeyringOptions> & {repository: string}) => {
  count += 1;
  return buildAptKeyring({uri: 'https://apt.example.org', out: join(folder, `out-${count}`), ...options});
};
const KEY = '/usr/share/keyrings/own-archive-keyring.asc';
const SOURCE = '/etc/apt/sources.list.d/own.sources';

keyring('it holds the key, a source that trusts it alone, and nothing else', async () => {
  const repository = await newRepository({suites: ['stable', 'canary'], canaries: ['canary']});
  const {file} = await build({repository});
  const fields = await fieldsOf(file);
  assert.is(`${fields.Package} ${fields.Architecture}`, 'own-archive-keyring all');
  assert.match(fields.Version ?? '', /^20\d\d\.\d\d\.\d\d$/);
  assert.is(fields.Maintainer, 'Test <Test@example.org>');
  const tree = await treeOf(file);
  for (const path of [KEY, SOURCE]) {
    const {mode, owner} = tree.get(path) ?? {};
    assert.is(`${mode} ${owner}`, '-rw-r--r-- root/root', path);
  }
  const unpacked = await unpack(file, folder);
  assert.is(
    await readFile(join(unpacked, SOURCE), 'utf8'),
    `Types: deb\nURIs: https://apt.example.org\nSuites: stable\nComponents: main\nSigned-By: ${KEY}\n`,
  );
  assert.is(await readFile(join(unpacked, KEY), 'utf8'), await readFile(key.publicKey, 'utf8'));
  assert.is(await controlFile(file, 'conffiles'), `${SOURCE}\n`);
  const others = [...tree].filter(
    ([path, {mode}]) => mode.startsWith('-') && !path.startsWith('/usr/share/doc/'),
  );
  assert.equal(
    others.map(([path]) => path).sort(),
    [SOURCE, KEY, '/usr/share/lintian/overrides/own-archive-keyring'].sort(),
  );
});

keyring('lintian has nothing to say', async () => {
  const {file} = await build({repository: await newRepository()});
  const findings = await lintian(file);
  if (findings === undefined) return skip('lintian', 'it is not installed');
  assert.equal(findings, {found: [], overridden: ['package-installs-apt-sources'], passes: true});
});

keyring('the same keys and options give the same bytes', async () => {
  const repository = await newRepository();
  const [one, two] = [await build({repository}), await build({repository})];
  assert.is(one.sha256, two.sha256);
  assert.is.not((await build({repository, uri: 'http://other.example.org'})).sha256, one.sha256);
});

keyring('a client with its key reads the repository, which may hold the package itself', async () => {
  const repository = await newRepository();
  const {file} = await build({repository, uri: `file:${encodeURI(repository)}`});
  await publishApt({repository, files: [file, await makeDeb()]});
  const unpacked = await unpack(file, folder);
  const client = await newClient(repository, 'stable', join(unpacked, KEY));
  await updated(client);
  assert.is((await client.get('install', 'own-archive-keyring', 'app')).exitCode, 0);
  assert.is(await client.installed('own-archive-keyring'), (await fieldsOf(file)).Version);
});

keyring('while keys in files rotate, it holds both, and either is enough', () =>
  inFolder(async (near) => {
    const made = [];
    const kinds = [{type: 'ecc', curve: 'ed25519Legacy'} as const, {type: 'rsa', rsaBits: 3072} as const];
    for (const [index, kind] of kinds.entries()) {
      const {privateKey, publicKey} = await generateKey({
        userIDs: [{name: `Own ${index}`, email: 'own@example.org'}],
        date: new Date(1_600_000_000_000 + index * 50_000_000_000),
        ...kind,
      });
      const [secret, open] = [join(near, `${index}.secret`), join(near, `${index}.asc`)];
      await writeFile(secret, privateKey);
      await writeFile(open, publicKey);
      made.push({secret, open});
    }
    const keyFiles = made.map(({secret}) => secret);
    const repository = await newRepository({gpgKeys: undefined, keyFiles});
    const {file} = await build({repository});
    const fields = await fieldsOf(file);
    assert.is(`${fields.Version} ${fields.Maintainer}`, '2022.04.15 Own 0 <own@example.org>');
    const both = join(await unpack(file, near), KEY);
    const {stdout} = await execa('gpg', ['--show-keys', '--with-colons', both]);
    assert.is(stdout.match(/^pub:/gm)?.length, 2);
    // Who has the new package, who has the old key only, and who has the new one only.
    for (const known of [both, ...made.map(({open}) => open)])
      await updated(await newClient(repository, 'stable', known));
    // The second key in the file counts as well as the first.
    for (const secret of keyFiles) {
      const later = await newRepository({gpgKeys: undefined, keyFiles: [secret]});
      await updated(await newClient(later, 'stable', both));
    }
  }),
);

keyring('name, version, suites and maintainer can be given', async () => {
  const repository = await newRepository({suites: ['stable', 'canary'], canaries: ['canary']});
  const given = {package: 'acme-apt-source', version: '7', maintainer: 'Jo Doe <jo@example.org>'};
  const {file} = await build({repository, ...given, suites: ['stable', 'canary']});
  const fields = await fieldsOf(file);
  assert.is(
    `${fields.Package} ${fields.Version} ${fields.Maintainer}`,
    'acme-apt-source 7 Jo Doe <jo@example.org>',
  );
  const text = await readFile(
    join(await unpack(file, folder), '/etc/apt/sources.list.d/acme.sources'),
    'utf8',
  );
  assert.match(text, /^Suites: stable$[\s\S]*\n\n[\s\S]*^Suites: canary$/m);
});

keyring('the command prints where the package is', async () => {
  const [repository, out] = [await newRepository(), join(folder, 'by-command')];
  const args = ['repo', 'keyring', '--repository', repository, '--uri', 'https://apt.example.org'];
  const {exitCode, stdout, stderr} = await runCli([...args, '--version', '3', '--out', out]);
  assert.is(exitCode, 0, stderr);
  assert.is(stdout.trim(), join(out, 'own-archive-keyring_3_all.deb'));
  assert.is((await fieldsOf(stdout.trim())).Version, '3');
  assert.is((await runCli(['repo', 'keyring', '--repository', repository])).exitCode, 2);
});

keyring('what no client could use is refused', async () => {
  const repository = await newRepository();
  for (const uri of ['', 'apt.example.org', 'https://a b', 'https://x\ny', 'https:'])
    await rejects(build({repository, uri}), 'E_OPTION', /Not the address/);
  const error = await rejects(
    build({repository, uri: 'https://jo:geheim@example.org'}),
    'E_OPTION',
    /password/,
  );
  assert.not.match(`${error.message} ${error.hint}`, /geheim/);
  await rejects(build({repository, suites: ['none']}), 'E_OPTION', /No such suite: none/);
  await rejects(build({repository, package: 'No Name'}), 'E_OPTION', /package/);
  await rejects(build({repository: join(folder, 'nowhere')}), 'E_OPTION', /No repository/);
});

keyring.run();
