/** Variables under which git neither refuses a repository of another user nor writes into one. */
export const gitEnvironment = (environment: Readonly<Record<string, string>>): Record<string, string> => ({
  ...environment,
  GIT_OPTIONAL_LOCKS: '0',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
});
