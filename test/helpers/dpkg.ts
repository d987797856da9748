import {execa} from 'execa';

const LOOP = `while read -r a b; do
  if dpkg --compare-versions "$a" lt "$b"; then echo -1
  elif dpkg --compare-versions "$a" eq "$b"; then echo 0
  else echo 1; fi
done`;

/** What the real dpkg says about each pair: -1, 0 or 1. One shell for all of them: a process each is too slow. */
export async function compareWithDpkg(pairs: readonly (readonly [string, string])[]): Promise<number[]> {
  const input = pairs.map((pair) => `${pair.join(' ')}\n`).join('');
  const {stdout, stderr} = await execa('sh', ['-c', LOOP], {input});
  if (stderr !== '') throw new Error(stderr);
  return stdout.split('\n').map(Number);
}
