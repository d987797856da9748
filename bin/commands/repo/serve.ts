import {once} from 'node:events';
import {Command, Option} from 'commander';
import {serveApt} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {repository} from './options.js';

/** Serve a repository until it is stopped. */
export function serveCommand(shell: Shell): Command {
  const command = new Command('serve').description('Serve a repository over HTTP, for tests and small teams');
  command.addOption(repository());
  command.addOption(new Option('--address <address>', 'Where to listen').default('127.0.0.1'));
  command.addOption(
    new Option('--port <n>', 'Where to listen; 0 for one that is free').argParser(Number).default(8080),
  );
  return complete(command, shell, {
    examples: ['repo serve --repository /srv/apt', 'repo serve --address 0.0.0.0 --port 80 --verbose'],
    action: async ({cwd, signal, report, result}) => {
      const options = command.opts<{repository: string; address: string; port: number}>();
      const {url, close} = await serveApt({...options, cwd, signal, report});
      result({url}, url);
      if (!signal.aborted) await once(signal, 'abort');
      await close();
      throw signal.reason;
    },
  });
}
