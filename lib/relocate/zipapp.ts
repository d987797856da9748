/** Signatures and fixed sizes (PKWARE APPNOTE 4.3.12 and 4.3.16). */
const END = Buffer.from('PK\x05\x06', 'latin1');
const END_SIZE = 22;
const CENTRAL = 0x02014b50;
const CENTRAL_SIZE = 46;
/** One more means that the number stands in a zip64 record. */
const LARGEST = 0xfffffffe;

/**
 * Let a zip archive that a script carries (zipapp, PEP 441) begin elsewhere: its offsets count from the start of the
 * file, and zipimport refuses an archive whose offsets are too large. Changes `content` in place; bytes without such
 * an archive stay as they are.
 *
 * @param content the script, its first line already replaced
 * @param by bytes by which everything behind the first line moved; negative towards the start
 */
export function moveArchive(content: Buffer, by: number): void {
  const end = content.lastIndexOf(END);
  if (by === 0 || end < 0 || end + END_SIZE > content.length) return;
  if (end + END_SIZE + content.readUInt16LE(end + 20) !== content.length) return;
  let at = content.readUInt32LE(end + 16) + by;
  const fields: number[] = [end + 16];
  while (at >= 0 && at + CENTRAL_SIZE <= end && content.readUInt32LE(at) === CENTRAL) {
    fields.push(at + 42);
    const [name = 0, extra = 0, comment = 0] = [28, 30, 32].map((field) => content.readUInt16LE(at + field));
    at += CENTRAL_SIZE + name + extra + comment;
  }
  const offsets = fields.map((field) => content.readUInt32LE(field) + by);
  // An archive whose offsets count from its own start, as `cat` makes it, is right wherever it lies.
  if (at !== end || offsets.some((offset) => offset < 0 || offset > LARGEST)) return;
  for (const [index, field] of fields.entries()) content.writeUInt32LE(offsets[index] ?? 0, field);
}
