import {execFileSync} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MkvenvdebError} from '../../lib/errors.js';
import {evaluateMakefile} from '../../lib/formats/make-evaluate.js';
import {inFolder} from '../helpers/suite.js';

const makefile = suite('formats/makefile');

const FACTS = {
  environment: {DEB_BUILD_OPTIONS: 'nocheck parallel=4', FROM_OUTSIDE: 'outside'},
  shell: (command: string) => (command === 'dh_listpackages' ? 'app app-doc' : undefined),
  include: () => undefined,
};

/** What make itself says a recipe would run, line by line. */
async function askMake(text: string, target: string): Promise<readonly string[]> {
  return inFolder(async (folder) => {
    await writeFile(join(folder, 'rules'), text);
    const env = {PATH: process.env.PATH, LC_ALL: 'C', ...FACTS.environment};
    const printed = execFileSync(
      'make',
      ['-n', '--no-print-directory', '-f', join(folder, 'rules'), target],
      {env, encoding: 'utf8'},
    );
    return printed.split('\n').filter((line) => line !== '');
  });
}

/** Ours, in the form of make -n: what begins with @ is printed without it. */
const ours = (text: string, target: string): readonly string[] =>
  (evaluateMakefile(text, FACTS).rules.find((rule) => rule.target === target)?.commands ?? []).map(
    (command) => command.text.replace(/^[@+-]+/, ''),
  );

const CASES: readonly (readonly [title: string, text: string])[] = [
  ['variables of both flavours', `A = $(B) x\nB := one\nB += two\nall:\n\techo $(A) \${B}\n`],
  ['what is set when it is absent', 'A ?= mine\nFROM_OUTSIDE ?= mine\nall:\n\techo $(A) $(FROM_OUTSIDE)\n'],
  ['a simple variable that keeps its first value', 'B = 1\nA := $(B)\nB = 2\nall:\n\techo $(A) $(B)\n'],
  ['lines that go on', 'A = one \\\n    two\t\\\n  three\nall:\n\techo $(A)\n'],
  ['a dollar sign for the shell', `all:\n\techo $$HOME $\${X}\n`],
  ['blanks at the end of a value', 'A = x  \nB := y\t\nall:\n\techo [$(A)] [$(B)]\n'],
  ['a loop over words', 'P = a b\nall:\n\techo $(foreach p,$(P),x$(p)/$(P))\n'],
  ['comments', 'A = x # not this\nH = a\\#b\nall: # nor that\n\techo [$(A)] $(H) # but this\n'],
  [
    'a condition that holds',
    'ifneq (,$(filter nocheck,$(DEB_BUILD_OPTIONS)))\nA = yes\nelse\nA = no\nendif\nall:\n\techo $(A)\n',
  ],
  ['a condition with quotes', 'ifeq "$(NONE)" ""\nA = yes\nelse\nA = no\nendif\nall:\n\techo $(A)\n'],
  [
    'a chain of conditions',
    'ifeq (a,b)\nA=1\nelse ifdef FROM_OUTSIDE\nA=2\nelse\nA=3\nendif\nall:\n\techo $(A)\n',
  ],
  [
    'conditions inside of each other',
    'ifdef NONE\nifdef FROM_OUTSIDE\nA=1\nendif\nA=2\nelse\nA=3\nendif\nall:\n\techo $(A)\n',
  ],
  ['a condition in a recipe', 'all:\n\techo 1\nifdef NONE\n\techo 2\nendif\n\techo 3\n'],
  [
    'functions of texts',
    'L = b.c a.c b.c\nall:\n\techo $(sort $(L)) $(words $(L)) $(firstword $(L)) $(lastword $(L)) $(word 2,$(L))\n',
  ],
  [
    'functions of patterns',
    'L = a.c b.h\nall:\n\techo $(patsubst %.c,%.o,$(L)) $(L:.c=.x) $(L:%.h=h/%) $(filter-out %.h,$(L)) $(subst .,-,$(L))\n',
  ],
  [
    'functions of paths',
    'P = a/b.c d.e\nall:\n\techo $(dir $(P)) $(notdir $(P)) $(basename $(P)) $(addprefix x/,$(P)) $(addsuffix .gz,$(P))\n',
  ],
  [
    'conditional functions',
    'all:\n\techo $(if $(NONE),a,b) $(or $(NONE),c) $(and x,$(NONE),y) [$(strip  a   b )] $(findstring k,mk)\n',
  ],
  ['a rule for several targets', 'all other:\n\techo $@\n'],
  ['a command behind the rule', 'all: ; echo inline\n'],
  ['exported assignments', 'export A = one\nexport B := $(A) two\nall:\n\techo $(B)\n'],
  [
    'conditions on texts in brackets',
    'all:\nifeq (a,a)\n\techo 1\nendif\nifeq (a , a)\n\techo 2\nendif\nifeq (a,a,b)\n\techo 3\nendif\nifneq (x,x)\n\techo 4\nendif\n',
  ],
  [
    'what is added to either flavour',
    'Y = a\nA = 1\nA += $(Y)\nB := x\nB += $(Y)\nY = b\nC += 2\nall:\n\techo [$(A)] [$(B)] [$(C)]\n',
  ],
  [
    'functions with several patterns, parts and conditions',
    'LIST = a.c b.h d.x.y e.f/g\nall:\n\techo $(filter %.c %.h,$(LIST)) $(wordlist 2,3,$(LIST)) [$(wordlist 4,9,$(LIST))] $(basename $(LIST)) $(LIST:.c=.o)\n',
  ],
  [
    'functions of conditions with blanks and commas',
    'all:\n\techo [$(if  ,a,b)] [$(if x,a,b,c)] [$(if ,a,b,c)] [$(and x,y)] [$(or  , z)]\n',
  ],
  ['a continued command', 'all:\n\techo one \\\n\t  two\n'],
];

for (const [title, text] of CASES) {
  makefile(`reads ${title} as make does`, async () => {
    const joined = (await askMake(text, 'all')).join('\n').replace(/\\\n/g, '');
    assert.is(ours(text, 'all').join('\n'), joined);
  });
}

makefile('exports what make exports', async () => {
  const text =
    'export A = 1\nB = 2\nexport B\nC = 3\nFROM_OUTSIDE = changed\nexport D = 4\nunexport D\nall:\n\t@env\n';
  const printed = await inFolder(async (folder) => {
    await writeFile(join(folder, 'rules'), text);
    const env = {PATH: process.env.PATH, ...FACTS.environment};
    return execFileSync('make', ['-s', '-f', join(folder, 'rules')], {env, encoding: 'utf8'});
  });
  const {exported} = evaluateMakefile(text, FACTS);
  for (const name of ['A', 'B', 'C', 'D', 'FROM_OUTSIDE']) {
    assert.is(exported[name], new RegExp(`^${name}=(.*)$`, 'm').exec(printed)?.[1], name);
  }
});

makefile('a command that is known is answered, any other told where its value is used', () => {
  const text =
    'P := $(shell dh_listpackages)\nT = $(shell date +%s)\nall:\n\techo $(P)\n\techo $(T)\nother:\n\techo\n';
  const {rules} = evaluateMakefile(text, FACTS);
  assert.equal(
    rules[0]?.commands.map(({text: command, unknown}) => [command, unknown]),
    [
      ['echo app app-doc', []],
      ['echo ', ['$(shell date +%s)']],
    ],
  );
});

makefile('what is beyond it is told with its line', () => {
  const text =
    'include other.mk\n-include absent.mk\ndefine X\na = b\nendef\nA != date\nall: B = 1\nno rule at all\n';
  const {beyond} = evaluateMakefile(text, FACTS);
  assert.equal(
    beyond.map(({text: what, line}) => `${line} ${what}`),
    ['1 include other.mk', '3 define X', '6 A != …', '7 all: B = …', '8 no rule at all'],
  );
});

makefile('exports everything when it shall, and what is never set as nothing', async () => {
  const text = 'export\nexport NEVER\nA = 1\nall:\n\t@env\n';
  const printed = await inFolder(async (folder) => {
    await writeFile(join(folder, 'rules'), text);
    return execFileSync('make', ['-s', '-f', join(folder, 'rules')], {
      env: {PATH: process.env.PATH, ...FACTS.environment},
      encoding: 'utf8',
    });
  });
  const {exported} = evaluateMakefile(text, FACTS);
  assert.equal([exported.A, exported.NEVER], ['1', '']);
  assert.match(printed, /^A=1$/m);
  assert.match(printed, /^NEVER=$/m);
  assert.is(evaluateMakefile('unexport\nA = 1\n', FACTS).exported.A, undefined);
});

makefile('what a value that cannot be told decides, or is exported with, is told', () => {
  const text =
    'ifeq ($(shell date),)\nendif\nifdef NONE\nifeq ($(shell odd),)\nendif\nendif\nexport X := $(shell date)\nX += y\n';
  const {beyond, exported, untold} = evaluateMakefile(text, FACTS);
  assert.equal(beyond, [{text: 'ifeq ($(shell date),)', line: 1}]);
  assert.is(exported.X, undefined);
  assert.equal(untold, [{name: 'X', unknown: ['$(shell date)'], line: 7}]);
});

makefile('comments in recipes are no commands, and a definition ends where its end is indented', () => {
  const text = 'define X\na\n  endef\nall:\n\t  # note\n\n\techo 1\n';
  assert.equal(ours(text, 'all'), ['echo 1']);
});

makefile('a variable that names itself ends', () => {
  const {rules} = evaluateMakefile('A = $(A) x\nall:\n\techo $(A)\n', FACTS);
  assert.ok((rules[0]?.commands[0]?.unknown.length ?? 0) > 0);
});

makefile('variables that name each other until they stand for more than memory are refused', () => {
  const chain = Array.from({length: 40}, (_, at) => `A${at} = $(A${at + 1}) $(A${at + 1})\n`).join('');
  const grown = `B := ${'a'.repeat(1000)}\n${'B := $(subst a,$(B),$(B))\n'.repeat(5)}`;
  const targets = `${'t '.repeat(3000)}:\n${'\tx $@\n'.repeat(3000)}`;
  for (const text of [`${chain}all:\n\techo $(A0)\n`, grown, targets]) {
    assert.throws(
      () => evaluateMakefile(text, FACTS),
      (error: unknown) => error instanceof MkvenvdebError && error.code === 'E_OPTION',
    );
  }
});

makefile.run();
