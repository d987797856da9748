import {z} from 'zod';
import {line} from './common.js';

/** A debian/ folder that is there already. */
export const existingOptions = {
  debian: z.boolean().optional().meta({
    description:
      'Read the debian/ folder of the project, written for dh-virtualenv: every other option wins over what it says. Each of its binary packages is built, or only the one that `package` names.',
    otherwise: 'true where there is debian/control, and no mkvenvdeb.yaml and no [tool.mkvenvdeb]',
    spec: 'docs/from-dh-virtualenv.md',
    example: true,
  }),
  debianIgnore: z
    .array(line())
    .default([])
    .meta({
      description:
        'What the configuration replaces of the debian/ folder: targets and variables of debian/rules, of which the commands that are not understood are then left out, and files.',
      form: 'names of targets, variables, options of dh_virtualenv or files, such as override_dh_virtualenv or debian/app.init',
      spec: 'docs/from-dh-virtualenv.md',
      example: ['override_dh_virtualenv', 'debian/warehouse.init'],
    }),
};
