import {Command} from 'commander';
import {mask, type Plan, planDebs} from '../../lib/index.js';
import {complete, type Session, type Shell} from '../shell.js';
import {printable} from '../terminal.js';
import {type PlanRow, relationRows, sideRows, uploadRows} from './plan-debian.js';
import {addProject} from './project.js';

export function planCommand(shell: Shell): Command {
  const command = new Command('plan').description('Print what a build would do; nothing is created');
  const read = addProject(command);
  return complete(command, shell, {
    examples: ['plan', 'plan --python python3 ./project', 'plan --json | jq .fields.version'],
    action: async (session, project?: string) => {
      tellPlans(session, await planDebs(read(session, project)));
      return 0;
    },
  });
}

/** One plan by itself, several as a list. */
export function tellPlans({result}: Session, plans: readonly Plan[]): void {
  const documents = plans.map(planDocument);
  result(documents.length === 1 ? documents[0] : documents, plans.map(planText).join('\n\n'));
}

/** A plan as JSON can hold it, without the passwords that it knows. */
export function planDocument(plan: Plan): unknown {
  const {secrets, ...config} = plan.config;
  const hide = (text: string) => mask(text, secrets);
  const {names, required} = plan.requirements;
  const requirements = {...plan.requirements, names: [...names], required: [...required]};
  return JSON.parse(
    // Documents are as long as they like; config names their files.
    JSON.stringify({...plan, papers: undefined, config, requirements}, (_key, value) =>
      typeof value === 'string' ? hide(value) : value,
    ),
  );
}

/** What stands for a value that only the project's wheel tells. */
const OPEN = 'told by the build';

/** A plan for people: what is told by whom is not repeated, only what comes out. */
export function planText(plan: Plan): string {
  const {config, project, fields, interpreter, requirements} = plan;
  const {source} = config;
  const implementation =
    interpreter.implementation === 'pypy' ? `PyPy ${interpreter.implementationVersion}, ` : '';
  const rows: readonly PlanRow[] = [
    ['package', fields.package ?? OPEN],
    ['version', fields.version ?? OPEN],
    ['architecture', config.architecture === 'auto' ? 'told by the ELF files' : config.architecture],
    ['maintainer', fields.maintainer],
    ['description', (fields.description ?? project.summary)?.split('\n')[0]],
    ['homepage', fields.homepage],
    ['depends', [...plan.interpreterDepends, ...config.depends]],
    ...relationRows(config),
    ['prefix', fields.prefix ?? OPEN],
    ['source', source.kind === 'requirement' ? source.requirement : `${source.kind} ${source.path}`],
    ['interpreter', `${interpreter.executable} (${implementation}Python ${interpreter.pythonVersion})`],
    ['network', plan.isolation && `none, by ${plan.isolation.by}`],
    ['on server', interpreter.target],
    ['preinstall', requirements.preinstall],
    ['requires', requirements.lines],
    ['local', requirements.folders.map(({path}) => path)],
    ['constraints', requirements.constraints],
    ['files', config.files.map(({source: from, target}) => `${from} -> ${target}`)],
    ['links', Object.entries(config.links).map(([link, target]) => `${link} -> ${target}`)],
    ['commands', Array.isArray(config.bin) ? config.bin : config.bin ? 'all of the project' : undefined],
    ...sideRows(config),
    ['scripts', Object.keys(plan.scripts)],
    ['hooks', [...config.hooks.afterInstall, ...config.hooks.beforePack].map((words) => words.join(' '))],
    ['time', fields.epoch ? `${fields.epoch.seconds} (from ${fields.epoch.from})` : 'told by the archive'],
    ['compression', config.compression],
    ['out', config.out],
    ...uploadRows(config),
  ];
  const hide = (text: string) => mask(text, config.secrets);
  return rows
    .flatMap(([name, value]) => row(name, typeof value === 'string' ? [value] : (value ?? [])))
    .map(hide)
    .join('\n');
}

/** One line for each value, the name before the first of them. */
const row = (name: string, values: readonly string[]): readonly string[] =>
  values.map((value, index) => `${(index === 0 ? name : '').padEnd(13)}${printable(value)}`);
