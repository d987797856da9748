/** What hooks and aliases of git set: it binds git to their repository, whatever folder it runs in. */
const BINDING: ReadonlySet<string> = new Set([
  'GIT_DIR',
  'GIT_COMMON_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_SHALLOW_FILE',
  'GIT_GRAFT_FILE',
  'GIT_PREFIX',
  'GIT_NAMESPACE',
]);

/** Variables under which git works in the repository of its folder, with the configuration that they bring. */
export const unboundEnvironment = (environment: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !BINDING.has(name)));

/** Variables under which git neither refuses a repository of another user nor writes into one. */
export const gitEnvironment = (environment: Readonly<Record<string, string>>): Record<string, string> => ({
  ...unboundEnvironment(environment),
  GIT_OPTIONAL_LOCKS: '0',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
});
