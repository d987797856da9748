/** A secret of a letter or two would turn everything to stars and hide nothing. */
const SHORTEST_SECRET = 4;
/** Fewer characters of base64 occur by chance. */
const SHORTEST_BASE64 = 8;

/**
 * The texts in which a secret may turn up, longest first, because one may begin with another: as it is, each line of
 * it, percent-encoded as in a URL, escaped as in JSON, and in base64, as the header of a request has it.
 */
export function secretForms(secrets: readonly string[]): readonly string[] {
  const lines = secrets.flatMap((secret) => [secret, ...secret.split(/\r?\n/)]);
  const long = [...new Set(lines)].filter(({length}) => length >= SHORTEST_SECRET);
  const forms = new Set(
    long.flatMap((secret) => [
      secret,
      ...percentForms(secret),
      JSON.stringify(secret).slice(1, -1),
      ...base64Forms(secret),
    ]),
  );
  return [...forms].sort((a, b) => b.length - a.length);
}

function percentForms(secret: string): readonly string[] {
  const encoded = encodeURIComponent(Buffer.from(secret).toString());
  const strict = encoded.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const lower = (text: string) => text.replace(/%[0-9A-F]{2}/g, (one) => one.toLowerCase());
  return [encoded, strict, lower(encoded), lower(strict), strict.replaceAll('%2F', '/')];
}

/** What of its base64 does not depend on what stands before and behind it, for each of the three ways to begin. */
function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [0, 2, 3].flatMap((from, shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const own = text.slice(from, Math.floor(((shift + bytes.length) * 8) / 6));
    const forms = [own, own.replaceAll('+', '-').replaceAll('/', '_')];
    return forms.filter(({length}) => length >= SHORTEST_BASE64);
  });
}
