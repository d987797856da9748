import type {CiPlan} from './ci.js';
import {BUILD_SCRIPT, planScript, publishScript} from './ci-scripts.js';

/** A text of Groovy in which nothing is expanded. */
const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
/** A script of several lines, likewise. */
const script = (value: string, depth: number): string => {
  const lines = value.trimEnd().replaceAll('\\', '\\\\').replaceAll("'''", "\\'\\'\\'").split('\n');
  const margin = ' '.repeat(depth);
  return `'''\n${lines.map((line) => (line === '' ? '' : `${margin}  ${line}`)).join('\n')}\n${margin}'''`;
};

/** A declarative pipeline of Jenkins. */
export function jenkinsfile(plan: CiPlan): string {
  const {branch, command, cells} = plan;
  const isMatrix = cells.length > 1;
  return `// Releases every push to the branch, by mkvenvdeb. Written by mkvenvdeb init --ci jenkins: yours to change.
// Agents: one with the label "release", which keeps the journal of releases and can push tags${isMatrix ? '; for each cell\n// one with its name as a label' : ''}. They have Node, git, and what docs/ci.md lists.
pipeline {
  agent none
  options {
    disableConcurrentBuilds()
    buildDiscarder(logRotator(numToKeepStr: '50'))
  }
  parameters {
    booleanParam(name: 'RESUME', defaultValue: false, description: 'Go on with a release that was published in part')
  }
  environment {
    MKVENVDEB = ${text(command)}
    CI = 'true'
  }
  stages {
${isMatrix ? planStage(plan) + buildStage(plan) : ''}    stage('Publish') {
      when {
        beforeAgent true
        branch ${text(branch)}
        ${isMatrix ? 'expression { params.RESUME || env.VERSION }' : NOT_SKIPPED}
      }
      agent { label 'release' }
      steps {
${isMatrix ? unstash(plan) : ''}${accounts(plan)}      }
    }
  }
}
`;
}

const NOT_SKIPPED = "not { changelog '(?s).*\\\\[(skip ci|ci skip)\\\\].*' }";

const planStage = (plan: CiPlan): string => `    stage('Plan') {
      when {
        beforeAgent true
        branch ${text(plan.branch)}
        ${NOT_SKIPPED}
        not { expression { params.RESUME } }
      }
      agent { label 'release' }
      steps {
        sh ${script(planScript(plan, 'printf %s "$version" >version.txt'), 8)}
        script { env.VERSION = readFile('version.txt') }
      }
    }
`;

const buildStage = ({cells}: CiPlan): string => `    stage('Build') {
      when {
        beforeAgent true
        expression { env.VERSION }
      }
      matrix {
        axes {
          axis {
            name 'CELL'
            values ${cells.map(({id}) => text(id)).join(', ')}
          }
        }
        agent { label "\${CELL}" }
        stages {
          stage('Cell') {
            steps {
              sh ${script(BUILD_SCRIPT, 14)}
              stash name: "cell-\${CELL}", includes: "cells/\${CELL}/**"
            }
          }
        }
      }
    }
`;

const unstash = ({cells}: CiPlan): string => `        script {
          if (!params.RESUME) {
            sh 'rm -rf cells'
            for (cell in [${cells.map(({id}) => text(id)).join(', ')}]) {
              unstash "cell-\${cell}"
            }
          }
        }
`;

/** The agent keeps journals of its own: it is told whether to go on with one. */
function accounts(plan: CiPlan): string {
  const begin = publishScript(plan, '[ "$RESUME" = true ]');
  const publish = (depth: number) => `${' '.repeat(depth)}sh ${script(begin, depth)}\n`;
  const {usesIndex, usesFolder} = plan;
  const credentials = [
    ...(usesIndex
      ? [
          "usernamePassword(credentialsId: 'package-index', usernameVariable: 'TWINE_USERNAME', passwordVariable: 'TWINE_PASSWORD')",
        ]
      : []),
    ...(usesFolder
      ? ["string(credentialsId: 'apt-key-passphrase', variable: 'MKVENVDEB_KEY_PASSPHRASE')"]
      : []),
  ];
  if (credentials.length === 0) return publish(8);
  const list = credentials.map((one) => `          ${one}`).join(',\n');
  return `        withCredentials([\n${list}\n        ]) {\n${publish(10)}        }\n`;
}
