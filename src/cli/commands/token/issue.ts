import { ROLES } from '../../../domain/index.ts';
import { defineCliCommand } from '../../frame.ts';
import { listOption, pathOption, required, roleOption, textOption, wholeNumberOption } from '../../options.ts';
import { tokenFactsText } from '../../token-text.ts';

const DAYS_DEFAULT = 30;
const DAYS_MAX = 3_650;

export const issue = defineCliCommand({
  summary: 'Makes an access token for a device, a person or an agent, and prints it.',
  description:
    'The token is signed with the key of the data directory. Whoever holds it may what it says: keep it like a password. Only the token goes to stdout; --json adds what it says.',
  examples: [
    ['zava token issue --role worker --store store_seattle --device seattle-tablet-1', 'for one device alone'],
    ['zava token issue --role headquarters --days 1', 'all stores, for a day'],
    ['zava token issue --role agent --store store_seattle --store store_tacoma --json', 'two stores, with its facts'],
  ],
  options: {
    role: required(roleOption(`What its holder is: ${ROLES.join(', ')}.`)),
    store: listOption('A store that it may see, or `all`; repeat it for more. Headquarters needs none.', {
      valueName: 'ID',
    }),
    device: textOption('The only device that may use it.', { valueName: 'ID' }),
    user: textOption('Who works with it, as operations will name them. Default: the device, or the role.', {
      valueName: 'NAME',
    }),
    days: wholeNumberOption(`How many days it is good for. Default: ${DAYS_DEFAULT}.`, { min: 1, max: DAYS_MAX }),
    dataDir: pathOption('Where the signing key is.', { valueName: 'DIR', setting: 'ZAVA_DATA_DIR' }),
  },
  async run({ role, store, device, user, days }, { settings, note }) {
    const [{ inspectToken, signingKeyOf, signToken }, { principalOf }] = await Promise.all([
      import('../../../gateway/index.ts'),
      import('../../principal.ts'),
    ]);
    const principal = principalOf(role, store, user ?? device);
    const key = await signingKeyOf(settings.ZAVA_DATA_DIR);
    const subject = { principal, ...(device === undefined ? {} : { deviceId: device }) };
    const token = await signToken(key, subject, days ?? DAYS_DEFAULT);
    const { facts } = await inspectToken(key, token);
    if (facts !== null) note(tokenFactsText(facts));
    return { result: { token, ...facts }, text: token };
  },
});
