import {stringify} from 'yaml';
import type {CiPlan} from './ci.js';
import {allPackages, BUILD_SCRIPT, installScript, planScript, publishScript} from './ci-scripts.js';

const HEAD = `# Releases every push to the branch, by mkvenvdeb. Written by mkvenvdeb init --ci gitlab: yours to change.
# RELEASE_TOKEN: a project access token that may push tags, as a masked and protected variable. Tags start no pipeline.
`;
/** Who may push comes from the environment, and is in no file. */
const REMOTE = `git remote set-url origin "$CI_SERVER_URL/$CI_PROJECT_PATH.git"
git config credential.helper '!f() { echo username=release; echo "password=$RELEASE_TOKEN"; }; f'`;

const imageOf = (distribution = 'bookworm'): string => `node:22-${distribution}`;

/** A pipeline of GitLab CI. */
export function gitlabPipeline(plan: CiPlan): string {
  const {branch, command, cells} = plan;
  const isMatrix = cells.length > 1;
  const pipeline = {
    stages: isMatrix ? ['plan', 'build', 'publish'] : ['publish'],
    workflow: {
      rules: [
        {if: '$CI_COMMIT_TAG', when: 'never'},
        {if: '$CI_COMMIT_MESSAGE =~ /\\[(skip ci|ci skip)\\]/', when: 'never'},
        {if: `$CI_COMMIT_BRANCH == ${JSON.stringify(branch)}`},
      ],
    },
    variables: {
      MKVENVDEB: command,
      // Versions are counted from tags.
      GIT_DEPTH: '0',
      XDG_CACHE_HOME: '$CI_PROJECT_DIR/.mkvenvdeb-cache',
      XDG_STATE_HOME: '$CI_PROJECT_DIR/.mkvenvdeb-state',
      npm_config_cache: '$CI_PROJECT_DIR/.mkvenvdeb-cache/npm',
    },
    default: {image: imageOf(cells[0]?.distribution), interruptible: false},
    ...(isMatrix ? {plan: planJob(plan), build: buildJob(plan)} : {}),
    publish: publishJob(plan, isMatrix),
  };
  return HEAD + stringify(pipeline, {lineWidth: 0, aliasDuplicateObjects: false});
}

function planJob(plan: CiPlan) {
  return {
    stage: 'plan',
    script: [installScript(allPackages(plan)), planScript(plan, 'echo "VERSION=$version" >plan.env')],
    artifacts: {reports: {dotenv: 'plan.env'}},
  };
}

function buildJob({cells}: CiPlan) {
  const hasMachines = cells.some(({architecture}) => architecture !== undefined);
  return {
    stage: 'build',
    image: '$IMAGE',
    // Runners carry the architecture of their machine as a tag.
    ...(hasMachines ? {tags: ['$ARCHITECTURE']} : {}),
    parallel: {
      matrix: cells.map(({id, distribution, architecture = 'amd64', packages}) => ({
        CELL: [id],
        IMAGE: [imageOf(distribution)],
        PACKAGES: [packages.join(' ')],
        ...(hasMachines ? {ARCHITECTURE: [architecture]} : {}),
      })),
    },
    cache: {key: 'mkvenvdeb-$CELL', paths: ['.mkvenvdeb-cache/']},
    script: [installScript('$PACKAGES'), BUILD_SCRIPT],
    artifacts: {paths: ['cells/']},
  };
}

function publishJob(plan: CiPlan, isMatrix: boolean) {
  return {
    stage: 'publish',
    ...(isMatrix ? {needs: ['plan', 'build']} : {}),
    // One release at a time.
    resource_group: 'release',
    // The repository is a folder of one machine: its runner has this tag, and can write there.
    ...(plan.usesFolder ? {tags: ['apt-repository']} : {}),
    // A job that is run again goes on with the very files of the run before.
    cache: {key: 'mkvenvdeb-state-$CI_PIPELINE_ID', paths: ['.mkvenvdeb-state/'], when: 'always'},
    script: [...(plan.usesFolder ? [] : [installScript(allPackages(plan))]), REMOTE, publishScript(plan)],
  };
}
