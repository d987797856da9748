import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {publishApt, unpublishApt} from '../../lib/index.js';
import {updated} from '../helpers/apt-place.js';
import {NoChroot} from '../helpers/chroot.js';
import {skip} from '../helpers/suite.js';
import {type AptMachine, offerKeyring, openAptMachine} from './apt-machine.js';
import {answers, assertServed, WEB} from './web-servers.js';

const clients = suite('acceptance/apt-clients');
const PACKAGES = ['puppet-agent', 'ansible-core', 'python3-apt', 'unattended-upgrades', 'systemd', 'gpgv'];
const SERVERS = ['nginx-light', 'apache2', 'caddy'];
let opened: AptMachine | undefined;
let why = '';

clients.before(async () => {
  try {
    opened = await openAptMachine([...PACKAGES, ...SERVERS]);
  } catch (error) {
    if (!(error instanceof NoChroot)) throw error;
    why = error.message;
  }
});
clients.after(() => opened?.close());

/** One step in the life of a machine: each goes on where the one before it left. */
const step = (title: string, body: (machine: AptMachine) => Promise<void>) =>
  clients(title, async () => {
    if (opened === undefined) return skip(title, why);
    await body(opened);
  });

const CONFIG = '/opt/warehouse/etc/config.yml';
const config = ({sh}: AptMachine) => sh(`cat ${CONFIG}`);

step('the keyring package makes a new machine a client', async (machine) => {
  const {repository, server, place, sh, recipe} = machine;
  const digest = await offerKeyring(repository, server.url, join(place.folder, 'keyring'));
  await sh(recipe('first-contact').replace('DIGEST', digest));
  assert.is(await sh('ls /etc/apt/sources.list.d'), 'example.sources');
  const version = await machine.release();
  const {stderr, exitCode} = await machine.chroot.run(['apt-get', 'update', '--error-on=any']);
  assert.is(`${exitCode} ${stderr}`, '0 ');
  await sh('apt-get install --yes warehouse');
  await machine.has(version);
  await machine.write(CONFIG, 'by: hand\n');
});

step('plain apt upgrades and leaves the configuration alone', async (machine) => {
  const version = await machine.release();
  await machine.sh(machine.recipe('plain-apt'));
  await machine.has(version);
  assert.is(await config(machine), 'by: hand');
});

step('apt alone takes a server that is down for a success, the recipe does not', async ({chroot, write}) => {
  await write('/tmp/down.list', 'deb [trusted=yes] http://127.0.0.1:1 stable main\n');
  const from = ['-o', 'Dir::Etc::sourcelist=/tmp/down.list', '-o', 'Dir::Etc::sourceparts=-'];
  const update = ['apt-get', 'update', ...from, '-o', 'APT::Get::List-Cleanup=0', '-o', 'Acquire::Retries=0'];
  assert.is((await chroot.run(update)).exitCode, 0);
  assert.is((await chroot.run([...update, '--error-on=any'])).exitCode, 100);
});

step('what Chef runs upgrades, and its recipe is Ruby', async (machine) => {
  const {recipe, sh, write} = machine;
  await write('/tmp/recipe.rb', recipe('chef'));
  assert.is(await sh('ruby -c /tmp/recipe.rb'), 'Syntax OK');
  const version = await machine.release();
  const [update = '', policy = '', install = ''] = recipe('chef-commands').trim().split('\n');
  await sh(update);
  const candidate = /Candidate: (\S+)/.exec(await sh(policy))?.[1] ?? '';
  assert.is(candidate, version);
  await sh(install.replace('VERSION', candidate));
  await machine.has(version);
  assert.is(await config(machine), 'by: hand');
});

step('Puppet upgrades; without the exec it keeps the old version and says nothing', async (machine) => {
  const {chroot, write, recipe} = machine;
  const before = await machine.release();
  await machine.sh(machine.recipe('plain-apt'));
  const version = await machine.release();
  const apply = async (manifest: string) => {
    await write('/tmp/site.pp', manifest);
    return chroot.run(['puppet', 'apply', '--detailed-exitcodes', '/tmp/site.pp'], {env: {HOME: '/root'}});
  };
  const manifest = recipe('puppet');
  const {exitCode, stdout} = await apply(
    manifest.replace(/exec \{[\s\S]*?\n\}\n/, '').replace(/\n *require => Exec[^\n]*/, ''),
  );
  assert.is(exitCode, 2, stdout); // it wrote the configuration
  await machine.has(before);
  const upgraded = await apply(manifest);
  assert.is(upgraded.exitCode, 2, `${upgraded.stdout}${upgraded.stderr}`);
  await machine.has(version);
  assert.is(await config(machine), 'by: puppet');
});

step('Ansible upgrades, and changes nothing the second time', async (machine) => {
  const version = await machine.release();
  await machine.write('/tmp/playbook.yml', machine.recipe('ansible'));
  const play = () => machine.sh('ansible-playbook -i localhost, -c local /tmp/playbook.yml');
  assert.match(await play(), /changed=2 .*failed=0/);
  await machine.has(version);
  assert.match(await play(), /changed=0 .*failed=0/);
  assert.is(await config(machine), 'by: ansible');
});

step('unattended-upgrades upgrades nothing of ours without the recipe, and all with it', async (machine) => {
  const {sh, write, recipe} = machine;
  const before = await machine.release();
  await sh(machine.recipe('plain-apt'));
  const version = await machine.release();
  await sh('apt-get update --error-on=any');
  await sh('unattended-upgrade --verbose');
  await machine.has(before);
  await write('/etc/apt/apt.conf.d/52example', recipe('unattended-upgrades'));
  await sh('unattended-upgrade --verbose');
  await machine.has(version);
  assert.is(await config(machine), 'by: ansible');
});

step('the systemd units are valid, and what they run upgrades', async (machine) => {
  const {sh, write, recipe} = machine;
  const version = await machine.release();
  const service = recipe('systemd-service');
  const timer = recipe('systemd-timer');
  const folder = '/etc/systemd/system/warehouse-upgrade';
  await write(`${folder}.service`, service);
  await write(`${folder}.timer`, timer);
  assert.is(await sh(`systemd-analyze verify ${folder}.service ${folder}.timer 2>&1`), '');
  const calendar = /^OnCalendar=(.*)$/m.exec(timer)?.[1];
  assert.match(await sh(`systemd-analyze calendar '${calendar}'`), /Normalized form: \*-\*-\* \*:00\/30:00/);
  const commands = [...service.matchAll(/^ExecStart=(.*)$/gm)].map(([, command = '']) => command);
  assert.is(commands.length, 2);
  for (const command of commands) await sh(command);
  await machine.has(version);
  assert.is(await config(machine), 'by: ansible');
});

step('a canary gets the next version first, and goes on with stable once that is newer', async (machine) => {
  const {sh, write, recipe} = machine;
  const before = await machine.release();
  await sh(recipe('plain-apt'));
  const version = await machine.release('canary');
  await write('/etc/apt/sources.list.d/example-canary.sources', recipe('canary-source'));
  const upgrade =
    'apt-get update --error-on=any && apt-get install --yes --only-upgrade warehouse && apt-cache policy warehouse';
  await sh(upgrade);
  await machine.has(before);
  await write('/etc/apt/preferences.d/example-canary', recipe('canary-preferences'));
  await sh(upgrade);
  await machine.has(version);
  const next = await machine.release();
  await sh(upgrade);
  await machine.has(next);
  await sh('rm /etc/apt/sources.list.d/example-canary.sources /etc/apt/preferences.d/example-canary');
});

step('a machine goes back only when it is told to', async (machine) => {
  const {sh, write, recipe, repository} = machine;
  const good = await machine.release();
  const bad = await machine.release();
  await sh(recipe('plain-apt'));
  await machine.has(bad);
  await unpublishApt({repository, suite: 'stable', packages: [`warehouse=${bad}`]});
  await sh(recipe('plain-apt'));
  await machine.has(bad);
  const preferences = recipe('back').replace('26.11.0-1', good);
  await write('/etc/apt/preferences.d/warehouse-back', preferences);
  await sh(recipe('back-commands'));
  await machine.has(good);
  assert.is(await config(machine), 'by: ansible');
  await sh('rm /etc/apt/preferences.d/warehouse-back');
});

for (const [index, name] of (['nginx', 'apache', 'caddy'] as const).entries())
  step(`${name} serves it as it should be`, async ({chroot, place, repository, recipe, write}) => {
    const odd = await place.makeDeb({name: 'odd+', version: '1:1.0~rc1+b1', architecture: 'all'});
    await publishApt({repository, suite: 'stable', files: [odd]});
    await execa('rm', ['-rf', chroot.path('/srv/apt')]);
    await execa('cp', ['-a', repository, chroot.path('/srv/apt')]);
    // After so many publications in a row the last is dated some seconds ahead, and Apache tells no time that is to come.
    const past = ['-exec', 'touch', '-d', '2 seconds ago', '{}', '+'];
    await execa('find', [chroot.path('/srv/apt'), '-newermt', '2 seconds ago', ...past]);
    const {site, listen, as, run} = WEB[name];
    // Below those that the system gives away.
    const port = 20_000 + (process.pid % 4000) * 3 + index;
    await write(site, recipe(name).replace(listen, as(port)));
    const url = `http://127.0.0.1:${port}`;
    const env = {HOME: '/root'};
    await chroot.whileRunning(['sh', '-c', `echo begins; ${run} >/tmp/server.log 2>&1`], {env}, async () => {
      await answers(url, async () => (await chroot.run(['cat', '/tmp/server.log'])).stdout);
      await assertServed(url);
      const client = await place.newClient(`${url}/`);
      await updated(client);
      assert.is((await client.get('install', 'odd+', 'warehouse')).exitCode, 0);
      assert.match((await client.get('update')).stdout, /^Hit:1 /m);
    });
  });

step('every recipe of the document was run', async ({recipes}) => {
  assert.equal([...recipes.used].sort(), [...recipes.all].sort());
});

clients.run();
