import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {chunkStanzas, compressIndex, type OldIndex} from '../../lib/apt/index-bytes.js';

const index = suite('apt/index-bytes');

const stanza = (name: string): Buffer => {
  const sha256 = createHash('sha256').update(name).digest('hex');
  return Buffer.from(
    `Package: ${name}\nVersion: 1.0-1\nArchitecture: amd64\nMaintainer: Jo Doe <jo@example.org>\n` +
      `Filename: pool/main/p/${name}/${name}_1.0-1_amd64.deb\nSize: 1234\nSHA256: ${sha256}\n` +
      `Description: about ${name}\n ${'A long text that says nothing. '.repeat(6)}\n\n`,
  );
};
const names = Array.from({length: 3000}, (_, number) => `pkg-${String(number).padStart(4, '0')}`);
const stanzas = names.map(stanza);
const whole = Buffer.concat(stanzas);

index('the chunks are the index, cut between stanzas', () => {
  const chunks = chunkStanzas(stanzas);
  assert.ok(Buffer.concat(chunks).equals(whole));
  assert.ok(chunks.length > 4, String(chunks.length));
  for (const chunk of chunks) assert.is(chunk.toString('latin1', chunk.length - 2), '\n\n');
});

index('chunks do not depend on how the stanzas lie in memory', () => {
  const views: Buffer[] = [];
  let at = 0;
  for (const {length} of stanzas) {
    views.push(whole.subarray(at, at + length));
    at += length;
  }
  assert.equal(
    chunkStanzas(views).map(({length}) => length),
    chunkStanzas(stanzas).map(({length}) => length),
  );
});

index('a package more or less changes at most two chunks, wherever it stands', () => {
  const before = new Set(chunkStanzas(stanzas).map((chunk) => chunk.toString('latin1')));
  for (const place of [0, 1, 700, 1500, 2999, 3000]) {
    const more = [...stanzas.slice(0, place), stanza(`new-${place}`), ...stanzas.slice(place)];
    const fresh = chunkStanzas(more).filter((chunk) => !before.has(chunk.toString('latin1')));
    assert.ok(fresh.length >= 1 && fresh.length <= 2, `${place}: ${fresh.length}`);
  }
});

const unpacked = (tool: string, bytes: Uint8Array): Buffer =>
  execFileSync(tool, ['-dc'], {input: bytes, maxBuffer: 1e9});

async function compressed(
  chunks: readonly Buffer[],
  old?: OldIndex,
): Promise<{readonly gzip: Buffer; readonly xz: Buffer}> {
  const {gzip, xz} = await compressIndex(chunks, old);
  return {gzip: Buffer.concat(gzip), xz: Buffer.concat(xz)};
}

index('xz and gzip read it, and an old index changes no byte of it', async () => {
  const old = stanzas.filter((_, number) => number !== 1500);
  const oldChunks = chunkStanzas(old);
  const published = await compressed(oldChunks);
  const chunks = chunkStanzas(stanzas);
  const fresh = await compressed(chunks);
  const spliced = await compressed(chunks, {chunks: oldChunks, ...published});
  assert.ok(unpacked('xz', fresh.xz).equals(whole));
  assert.ok(unpacked('gzip', fresh.gzip).equals(whole));
  assert.ok(fresh.xz.equals(spliced.xz));
  assert.ok(fresh.gzip.equals(spliced.gzip));
});

index('an old index that is not what it should be is not used', async () => {
  const chunks = chunkStanzas(stanzas.slice(0, 500));
  const {xz} = await compressed(chunks);
  for (const damaged of [Buffer.from(xz).subarray(0, xz.length - 4), Buffer.from('text'), Buffer.alloc(0)]) {
    const again = await compressed(chunks, {chunks, xz: damaged});
    assert.ok(again.xz.equals(xz));
  }
});

index('an empty index is valid for both', async () => {
  const {gzip, xz} = await compressed(chunkStanzas([]));
  assert.is(unpacked('xz', xz).length, 0);
  assert.is(unpacked('gzip', gzip).length, 0);
});

index.run();
