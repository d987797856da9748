import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MkvenvdebError} from '../../lib/errors.js';
import {type Around, placesIn, pumped, units} from '../helpers/hostile-shapes.js';
import {long} from '../helpers/suite.js';
import {type TextReader, textReaders} from '../helpers/text-readers.js';

const linear = suite('formats/readers-linear');

/** Characters of the short text; the long one has eight times as many. */
const SHORT = long ? 8000 : 2000;
const TIMES = 8;
/** Linear is 8, quadratic 64. */
const MOST = 24;
/** Microseconds of the processor: what is below is noise, whatever it grows by. */
const NOISE = 40_000;

/** Microseconds of the processor that it takes to read a text, whatever becomes of it. */
function cost({name, read}: TextReader, text: string): number {
  const before = process.cpuUsage();
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw new Error(`${name}: ${(error as Error)?.stack}`);
    // What nobody asks for is not made.
    assert.type(error.message, 'string');
  }
  const {user, system} = process.cpuUsage(before);
  return user + system;
}

const least = (reader: TextReader, text: string): number =>
  Math.min(...[1, 2, 3].map(() => cost(reader, text)));

/** How its time grows where there is enough of it to tell; undefined for what is quick. */
function growth(reader: TextReader, around: Around, unit: string): number | undefined {
  // The parser of YAML takes ten times as long as all others together.
  const short = reader.name === 'options in YAML' ? SHORT / 8 : SHORT;
  const large = pumped(around, unit, short * TIMES);
  if (cost(reader, large) < NOISE) return undefined;
  const took = least(reader, large);
  if (took < NOISE) return undefined;
  return took / Math.max(1000, least(reader, pumped(around, unit, short)));
}

for (const reader of textReaders) {
  linear(`${reader.name}: a text of eight times the length takes about eight times as long`, () => {
    const places = placesIn(reader.sample);
    for (const [index, around] of places.entries()) {
      for (const [number, unit] of units.entries()) {
        // A quick run takes every place and every unit, and a third of their pairs.
        if (!long && index > 2 && (index + number) % 5 !== 0) continue;
        const found = growth(reader, around, unit);
        const where = `${JSON.stringify(unit)} behind ${JSON.stringify(around.before.slice(-40))}`;
        assert.ok(found === undefined || found < MOST, `${reader.name}: ${where}: ${found} times as long`);
      }
    }
  });
}

linear.run();
