import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Person} from '../../lib/formats/core-metadata.js';
import {isMaintainer} from '../../lib/formats/names.js';
import {maintainerOf, showPerson} from '../../lib/policy/maintainer.js';

const maintainer = suite('policy/maintainer');
const email = 'x@acme.com';

/** Whom the project names, the field. */
const cases: readonly (readonly [readonly Person[], string | undefined])[] = [
  [[{name: 'Jo Doe', email}], 'Jo Doe <x@acme.com>'],
  [[{name: 'Jörg Döe', email}], 'Jörg Döe <x@acme.com>'],
  [[{name: "Jo O'Doe (work)", email}], "Jo O'Doe (work) <x@acme.com>"],
  [[{name: 'Acme, Inc.', email}], 'Acme Inc. <x@acme.com>'],
  [[{name: '"Doe, Jo" <old>', email}], 'Doe Jo old <x@acme.com>'],
  [[{name: ' Jo\u0007\n Doe ', email}], 'Jo Doe <x@acme.com>'],
  [[{name: 'Jo Doe'}, {email}], 'Jo Doe <x@acme.com>'],
  [[{email}, {name: 'Jo Doe'}, {name: 'Al'}], 'Jo Doe <x@acme.com>'],
  [[{email: 'team@acme.com'}, {name: 'Jo', email}], 'Jo <x@acme.com>'],
  [
    [
      {name: 'Al', email: 'al at acme'},
      {name: 'Jo', email},
    ],
    'Jo <x@acme.com>',
  ],
  [[{email}], 'My_Project <x@acme.com>'],
  [[{name: '<>', email}], 'My_Project <x@acme.com>'],
  [[{name: 'Jo Doe'}], undefined],
  [[{name: 'Jo', email: 'jo at acme'}], undefined],
  [[{name: 'Jo', email: 'jo@ac\u0007me'}], undefined],
  [[{name: 'Jo', email: 'jo@acme>, <al@acme'}], undefined],
  [[], undefined],
];

for (const [people, wanted] of cases) {
  maintainer(`${JSON.stringify(people)} become ${wanted}`, () => {
    const found = maintainerOf(people, 'My_Project');
    assert.is(found, wanted);
    if (found) assert.ok(isMaintainer(found));
  });
}

maintainer('where neither a person nor the project has a name there is no maintainer', () =>
  assert.is(maintainerOf([{email}], undefined), undefined),
);

maintainer('a message shows what there is of a person', () => {
  const shown = [{name: 'Jo', email}, {name: 'Jo'}, {email}].map(showPerson);
  assert.equal(shown, ['Jo <x@acme.com>', 'Jo', '<x@acme.com>']);
});

maintainer.run();
