import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {withoutImplied} from '../../lib/policy/implied.js';
import {formatRelations, parseRelations, type RelationField} from '../../lib/policy/relations.js';

const implied = suite('policy/implied');

const FIELDS = ['Pre-Depends', 'Depends', 'Recommends', 'Suggests'] as const;
type Texts = Readonly<Partial<Record<RelationField, string>>>;

function simplified(texts: Texts): Texts {
  const given = Object.entries(texts) as [RelationField, string][];
  const relations = Object.fromEntries(given.map(([field, text]) => [field, parseRelations(text, field)]));
  return Object.fromEntries(
    Object.entries(withoutImplied(relations))
      .map(([field, dependencies]) => [field, formatRelations(dependencies)])
      .filter(([, text]) => text !== ''),
  );
}

/** What dpkg-gencontrol makes of it: each field simplified, knowing those before it. */
const SCRIPT = `use Dpkg::Deps; my @seen; while (<STDIN>) { chomp; my ($field, $text) = split /: /, $_, 2;
  if ($field eq "") { @seen = (); print "\\n"; next }
  my $dep = deps_parse($text); $dep->simplify_deps(Dpkg::Deps::KnownFacts->new(), @seen); push @seen, $dep;
  print "$field: ", $dep->output(), "\\n" }`;

async function byDpkg(cases: readonly Texts[]): Promise<readonly Texts[]> {
  const input = cases
    .map((texts) => FIELDS.flatMap((field) => (texts[field] ? [`${field}: ${texts[field]}\n`] : [])).join(''))
    .join(': \n');
  const {stdout} = await execa('perl', ['-e', SCRIPT], {input, env: {LC_ALL: 'C'}});
  return stdout.split('\n\n').map((block) =>
    Object.fromEntries(
      block
        .split('\n')
        .map((line) => line.split(': ') as [string, string])
        .filter(([field, text]) => field !== '' && text !== '' && text !== undefined)
        .map(([field, text]) => [field, text.split(', ').sort().join(', ')]),
    ),
  );
}

for (const [given, wanted] of [
  ['libpq5, libpq5 (>= 14)', 'libpq5 (>= 14)'],
  ['libpq5 (>= 15), libpq5 (>= 14)', 'libpq5 (>= 15)'],
  ['libpq5 (>= 14), libpq5 (>= 14)', 'libpq5 (>= 14)'],
  ['libpq5 (<< 16), libpq5 (>= 14)', 'libpq5 (<< 16), libpq5 (>= 14)'],
  ['libpq5 (= 15), libpq5 (>= 14)', 'libpq5 (= 15)'],
  ['a1 | libpq5, libpq5 (>= 14)', 'libpq5 (>= 14)'],
  ['a1 | b1 (>= 2), b1 (>= 1) | a1', 'a1 | b1 (>= 2)'],
  ['libpq5:any, libpq5', 'libpq5, libpq5:any'],
] as const) {
  implied(`${given} is ${wanted}`, () => assert.equal(simplified({Depends: given}), {Depends: wanted}));
}

implied('a weaker field leaves out what a stronger one asks for, not the other way round', () => {
  assert.equal(
    simplified({
      ...{
        'Pre-Depends': 'a1 (>= 2)',
        Depends: 'a1, b1',
        Recommends: 'b1 (>= 2), a1 (>= 1), c1',
        Suggests: 'c1 | d1',
      },
      ...{Conflicts: 'a1, a1 (<< 3)'},
    }),
    {
      ...{'Pre-Depends': 'a1 (>= 2)', Depends: 'b1', Recommends: 'b1 (>= 2), c1'},
      ...{Conflicts: 'a1, a1 (<< 3)'},
    },
  );
});

implied('every pair of operators and versions is what dpkg makes of it', async () => {
  const ones = [
    '',
    ...['<<', '<=', '=', '>=', '>>'].flatMap((one) => ['1', '2'].map((at) => ` (${one} ${at})`)),
  ];
  const pairs = ones.flatMap((one) =>
    ones.flatMap((other) => [
      {Depends: `a1${one}, a1${other}`},
      {Depends: `a1${one}`, Recommends: `a1${other}`},
      {Depends: `a1${one} | b1, a1${other}`},
    ]),
  );
  const theirs = await byDpkg(pairs);
  const different = pairs.flatMap((pair, index) => {
    const [our, their] = [JSON.stringify(simplified(pair)), JSON.stringify(theirs[index])];
    return our === their ? [] : [`${JSON.stringify(pair)}: ${our} instead of ${their}`];
  });
  assert.equal(different, []);
});

implied.run();
