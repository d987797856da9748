import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {architectureVariables, hostArchitecture, isForHost} from '../../lib/config/debian/machine.js';

const machine = suite('config/debian/machine');

const ARCHITECTURES = 'amd64 arm64 armel armhf i386 loong64 mips64el ppc64el riscv64 s390x sh4'.split(' ');

for (const architecture of ARCHITECTURES) {
  machine(`debian/rules gets for ${architecture} what dpkg-architecture says`, () => {
    const options = ['-a', architecture, '-A', architecture];
    const env = {PATH: process.env.PATH, LC_ALL: 'C'};
    const printed = execFileSync('dpkg-architecture', options, {env, encoding: 'utf8', stdio: 'pipe'});
    const said = Object.fromEntries(
      printed
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    );
    const ours = architectureVariables(architecture);
    for (const [name, value] of Object.entries(ours)) {
      // What builds is this machine.
      if (!name.startsWith('DEB_BUILD')) assert.is(value, said[name], name);
    }
    assert.equal(Object.keys(ours).sort(), Object.keys(said).sort());
  });
}

const FIELDS = ['any', 'all', 'linux-any', 'any-arm', 'linux-amd64', 'armhf', 'amd64 arm64', 'kfreebsd-any'];
for (const host of ['amd64', 'armhf', 'armel', 'arm64']) {
  machine(`packages are built on ${host} as dpkg has it`, () => {
    for (const field of FIELDS) {
      const wanted = field.split(' ').some((one) => {
        if (one === 'all') return true;
        try {
          execFileSync('dpkg-architecture', ['-a', host, '-i', one], {stdio: 'pipe'});
          return true;
        } catch {
          return false;
        }
      });
      assert.is(isForHost(field, host), wanted, field);
    }
  });
}

for (const [node, environment, wanted] of [
  ['x64', {}, 'amd64'],
  ['ia32', {}, 'i386'],
  ['arm', {}, 'armhf'],
  ['ppc64', {}, 'ppc64el'],
  ['riscv64', {}, 'riscv64'],
  ['x64', {DEB_HOST_ARCH: 'arm64'}, 'arm64'],
] as const) {
  machine(`Node on ${node} with ${JSON.stringify(environment)} is ${wanted}`, () =>
    assert.is(hostArchitecture(node, environment), wanted),
  );
}

machine.run();
