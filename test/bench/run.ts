/** All benchmarks one after the other: `npm run bench`. */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

for (const name of ['dh-virtualenv.js', 'pack-memory.js', 'read.js', 'start.js', 'repository.js']) {
  console.log(`\n${name.replace('.js', '')}`);
  const {status} = spawnSync(process.execPath, [fileURLToPath(new URL(name, import.meta.url))], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
