import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {inFolder} from './suite.js';

/** The parser of GitHub, as it is published: made for bundlers, so that Node alone does not load it. */
async function loadParser(folder: string): Promise<typeof import('@actions/workflow-parser')> {
  const {rolldown} = await import('rolldown');
  const input = fileURLToPath(import.meta.resolve('@actions/workflow-parser'));
  const bundle = await rolldown({input, platform: 'node', logLevel: 'silent'});
  const {output} = await bundle.generate({format: 'esm', codeSplitting: false});
  const file = join(folder, 'parser.mjs');
  await writeFile(file, output[0].code);
  return import(pathToFileURL(file).href);
}

/** What GitHub has against a workflow. */
export async function workflowErrors(texts: readonly string[]): Promise<readonly (readonly string[])[]> {
  return inFolder(async (folder) => {
    const {NoOperationTraceWriter, parseWorkflow} = await loadParser(folder);
    return texts.map((content) => {
      const {context} = parseWorkflow({name: 'release.yml', content}, new NoOperationTraceWriter());
      return context.errors.getErrors().map(({message}) => message);
    });
  });
}
