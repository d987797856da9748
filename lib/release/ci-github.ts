import {stringify} from 'yaml';
import type {CiCell, CiPlan} from './ci.js';
import {allPackages, BUILD_SCRIPT, installScript, planScript, publishScript} from './ci-scripts.js';

const HEAD = `# Releases every push to the branch, by mkvenvdeb. Written by mkvenvdeb init --ci github: yours to change.
# A tag that this workflow pushes starts no other one, as GITHUB_TOKEN is its author.
`;
/** What names neither distribution nor machine runs on these. */
const RUNNER = 'ubuntu-24.04';
const RUNNERS: Readonly<Record<string, string>> = {arm64: 'ubuntu-24.04-arm'};

const imageOf = ({distribution}: Pick<CiCell, 'distribution'>): string => `node:22-${distribution}`;
const expression = (text: string): string => `\${{ ${text} }}`;
const NOT_SKIPPED =
  "!contains(github.event.head_commit.message, '[skip ci]') && !contains(github.event.head_commit.message, '[ci skip]')";
// Of the whole history: versions are counted from tags.
const CHECKOUT = {uses: 'actions/checkout@v4', with: {'fetch-depth': 0}};
/** In a container the checkout belongs to another user. */
const inContainer = (script: string): string => `git config --global --add safe.directory '*'\n${script}`;
const OUTPUT = 'echo "version=$version" >>"$GITHUB_OUTPUT"';

/** A workflow of GitHub Actions. */
export function githubWorkflow(plan: CiPlan): string {
  const {branch, command, cells} = plan;
  const jobs =
    cells.length > 1
      ? {plan: planJob(plan), build: buildJob(plan), publish: publishJob(plan)}
      : {publish: publishJob(plan)};
  const workflow = {
    name: 'Release',
    on: {push: {branches: [branch]}},
    // One release at a time, none of them cut off.
    concurrency: {group: 'release', 'cancel-in-progress': false},
    permissions: {contents: 'read'},
    env: {MKVENVDEB: command},
    jobs,
  };
  return HEAD + stringify(workflow, {lineWidth: 0, aliasDuplicateObjects: false});
}

function planJob(plan: CiPlan) {
  return {
    'runs-on': RUNNER,
    container: imageOf(plan.cells[0] ?? {distribution: 'bookworm'}),
    if: NOT_SKIPPED,
    outputs: {version: expression('steps.version.outputs.version')},
    steps: [
      CHECKOUT,
      {run: installScript(allPackages(plan))},
      {
        id: 'version',
        shell: 'sh',
        run: inContainer(planScript(plan, OUTPUT)),
      },
    ],
  };
}

function buildJob({cells}: CiPlan) {
  const include = cells.map((cell) => ({
    cell: cell.id,
    image: imageOf(cell),
    runner: RUNNERS[cell.architecture ?? ''] ?? RUNNER,
    packages: cell.packages.join(' '),
  }));
  return {
    needs: 'plan',
    if: "needs.plan.outputs.version != ''",
    'runs-on': expression('matrix.runner'),
    container: expression('matrix.image'),
    strategy: {matrix: {include}},
    env: {CELL: expression('matrix.cell'), VERSION: expression('needs.plan.outputs.version')},
    steps: [
      CHECKOUT,
      {
        uses: 'actions/cache@v4',
        with: {
          path: '~/.cache\n~/.npm',
          key: `mkvenvdeb-${expression('matrix.cell')}-${expression('github.sha')}`,
          'restore-keys': `mkvenvdeb-${expression('matrix.cell')}-`,
        },
      },
      {run: installScript(expression('matrix.packages'))},
      {shell: 'sh', run: inContainer(BUILD_SCRIPT)},
      {
        uses: 'actions/upload-artifact@v4',
        with: {
          name: `cell-${expression('matrix.cell')}`,
          path: `cells/${expression('matrix.cell')}`,
          'if-no-files-found': 'error',
        },
      },
    ],
  };
}

function publishJob(plan: CiPlan) {
  const {cells, usesFolder, usesIndex} = plan;
  const isMatrix = cells.length > 1;
  const state = {
    path: '.mkvenvdeb-state',
    key: `mkvenvdeb-state-${expression('github.run_id')}-${expression('github.run_attempt')}`,
  };
  return {
    ...(isMatrix ? {needs: ['plan', 'build'], if: "needs.plan.outputs.version != ''"} : {if: NOT_SKIPPED}),
    // The repository is a folder of one machine: the job has to run there, with mkvenvdeb's programs installed.
    'runs-on': usesFolder ? ['self-hosted', 'apt-repository'] : RUNNER,
    ...(usesFolder ? {} : {container: imageOf(cells[0] ?? {distribution: 'bookworm'})}),
    permissions: {contents: 'write'},
    env: {
      ...(isMatrix ? {VERSION: expression('needs.plan.outputs.version')} : {}),
      XDG_STATE_HOME: `${expression('github.workspace')}/.mkvenvdeb-state`,
      ...(usesIndex
        ? {
            TWINE_USERNAME: expression("secrets.TWINE_USERNAME || '__token__'"),
            TWINE_PASSWORD: expression('secrets.TWINE_PASSWORD'),
          }
        : {}),
      ...(usesFolder ? {MKVENVDEB_KEY_PASSPHRASE: expression('secrets.MKVENVDEB_KEY_PASSPHRASE')} : {}),
    },
    steps: [
      CHECKOUT,
      ...(isMatrix ? [{uses: 'actions/download-artifact@v4', with: {pattern: 'cell-*', path: 'cells'}}] : []),
      // A job that is run again goes on with the very files of the run before.
      {
        uses: 'actions/cache/restore@v4',
        with: {...state, 'restore-keys': `mkvenvdeb-state-${expression('github.run_id')}-`},
      },
      ...(usesFolder ? [] : [{run: installScript(allPackages(plan))}]),
      {shell: 'sh', run: usesFolder ? publishScript(plan) : inContainer(publishScript(plan))},
      {uses: 'actions/cache/save@v4', if: 'failure()', with: state},
    ],
  };
}
