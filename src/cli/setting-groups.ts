/** Which settings belong together, and whether what is filled in of them is enough to be of use. */
import type { LoadedSettings, SettingName, Settings } from './settings.ts';

export interface GroupFinding {
  readonly group: string;
  readonly state: 'complete' | 'incomplete' | 'unused';
  readonly missing: readonly SettingName[];
  readonly says: string;
}

interface Group {
  readonly group: string;
  /** What the group is for, when it is unused. */
  readonly without: string;
  readonly needs: readonly SettingName[];
  /** Settings that are of no use without the needed ones. */
  readonly extras?: readonly SettingName[];
  readonly complete: (settings: Settings) => string;
}

const groups: readonly Group[] = [
  {
    group: 'MongoDB',
    without: 'no MONGODB_CONNECTION_STRING: the embedded server is used',
    needs: ['MONGODB_CONNECTION_STRING'],
    complete: () => 'a connection string is set',
    extras: ['MONGODB_ATLAS_PROJECT_ID'],
  },
  {
    group: 'Ditto cloud',
    without: 'unused: devices sync with this program’s own gateway',
    needs: ['DITTO_APP_ID', 'DITTO_API_KEY', 'DITTO_CLOUD_ENDPOINT', 'DITTO_PLAYGROUND_TOKEN'],
    complete: () => 'complete',
  },
  {
    group: 'Ditto offline licence',
    without: 'unused: needed only for devices that sync with each other and never reach the cloud',
    needs: ['DITTO_OFFLINE_LICENSE_TOKEN'],
    complete: () => 'complete',
  },
  {
    group: 'Azure OpenAI',
    without: 'unused: embeddings are computed here',
    needs: ['AZURE_OPENAI_ENDPOINT'],
    extras: ['AZURE_OPENAI_API_KEY'],
    // The deployment and the version have defaults, so that alone they mean nothing.
    complete: (settings) =>
      `complete: deployment ${settings.AZURE_OPENAI_EMBEDDING_DEPLOYMENT}, version ${settings.AZURE_OPENAI_API_VERSION}, ${settings.AZURE_OPENAI_API_KEY === undefined ? 'by Entra identity' : 'by key'}`,
  },
];

const dataSetSettings: readonly SettingName[] = ['NUM_CUSTOMERS', 'NUM_ORDERS', 'START_DATE', 'END_DATE', 'SEED'];

export function checkSettingGroups(settings: Settings, sources: LoadedSettings['sources']): GroupFinding[] {
  const isSet = (name: SettingName) => sources[name] !== undefined && sources[name] !== 'default';
  const findings = groups.map(({ group, without, needs, extras = [], complete }): GroupFinding => {
    const missing = needs.filter((name) => !isSet(name));
    const present = [...needs, ...extras].filter(isSet);
    if (present.length === 0) return { group, state: 'unused', missing: [], says: without };
    if (missing.length === 0) {
      const where = [...new Set(present.map((name) => sources[name]))].join(' and ');
      return { group, state: 'complete', missing: [], says: `${complete(settings)} (from ${where})` };
    }
    const says = `partly filled in: ${present.join(', ')} ${present.length === 1 ? 'is' : 'are'} set, ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
    return { group, state: 'incomplete', missing, says };
  });
  const changed = dataSetSettings.filter(isSet).map((name) => `${name}=${String(settings[name])}`);
  findings.push({
    group: 'Data set',
    state: changed.length === 0 ? 'unused' : 'complete',
    missing: [],
    says: changed.length === 0 ? 'as config/generation_config.yaml says' : changed.join(', '),
  });
  findings.push({
    group: 'This machine',
    state: 'complete',
    missing: [],
    says: `data directory ${settings.ZAVA_DATA_DIR}, first page on port ${settings.ZAVA_PORT}`,
  });
  return findings;
}
