/**
 * Publishes for ever, until it is killed: `node publisher.js REPOSITORY MILLISECONDS FILE`. The package comes and goes,
 * so that every time is another index. A line for each publication.
 */
import {setTimeout as wait} from 'node:timers/promises';
import {publishApt, unpublishApt} from '../../lib/index.js';

const [repository = '', pause = '', file = ''] = process.argv.slice(2);

for (let count = 0; ; count += 1) {
  if (count % 2 === 0) await publishApt({repository, files: [file]});
  else await unpublishApt({repository, packages: ['coming']});
  console.log('published');
  await wait(Number(pause));
}
