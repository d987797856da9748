import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {likelyCause, type MachineDifference, pinnedOtherwise} from '../../lib/verify/machine.js';

const machine = suite('verify/machine');

const GCC = {what: 'package', name: 'gcc-12', recorded: '12.2.0-13', here: '12.2.0-14'} as const;
const PYTHON = {what: 'package', name: 'python3.11-minimal', recorded: '3.11.1-1'} as const;
const TOOL = {what: 'tool', name: 'mkvenvdeb', recorded: '0.1.0', here: '0.2.0'} as const;
const differing = (kind: string) => [{member: 'data.tar', path: 'x', kind, detail: ''}];

for (const [title, kind, found, cause] of [
  [
    'native code: the compiler',
    'elf',
    [TOOL, PYTHON, GCC],
    /^Another compiler, .*: gcc-12 \(12\.2\.0-13, here 12\.2\.0-14\)$/,
  ],
  [
    'bytecode: the interpreter',
    'pyc-header',
    [TOOL, PYTHON, GCC],
    /^Another interpreter: python3\.11-minimal \(3\.11\.1-1, here none\)$/,
  ],
  [
    'another file: our own version',
    'text',
    [PYTHON, GCC, TOOL],
    /^Another version of mkvenvdeb: mkvenvdeb \(0\.1\.0, here 0\.2\.0\)$/,
  ],
  ['native code, the same compiler: our own version', 'elf', [PYTHON, TOOL], /^Another version of mkvenvdeb/],
  ['nothing that tells: the machine', 'text', [PYTHON, GCC, PYTHON, GCC], /^Another machine: .* and 1 more$/],
  ['the same machine: nothing', 'text', [], undefined],
] as const satisfies readonly (readonly [
  string,
  string,
  readonly MachineDifference[],
  RegExp | undefined,
])[]) {
  machine(`the likely cause of what differs in ${title}`, () => {
    const text = likelyCause(differing(kind), found);
    if (cause === undefined) assert.is(text, undefined);
    else assert.match(text ?? '', cause);
  });
}

machine('equal bytes have no cause', () => assert.is(likelyCause([], [GCC]), undefined));

machine('of the variables that a build pins, those that were others are put back', () => {
  const environment = {TZ: 'UTC', LC_ALL: 'C', LD_PRELOAD: '/x.so', SOURCE_DATE_EPOCH: '1'};
  const nothing = {source: '', binaries: [], version: '', files: new Map(), installed: []};
  const none = {architecture: undefined, toolVersion: undefined, date: undefined, path: undefined};
  assert.equal(pinnedOtherwise({...nothing, ...none, environment}), {LC_ALL: 'C'});
});

machine.run();
