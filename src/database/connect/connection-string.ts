/** Connection strings: taking them apart, hiding what is secret in them, encoding passwords. */
import { DatabaseError } from '../errors.ts';

export interface ConnectionStringParts {
  readonly isSrv: boolean;
  readonly user: string | undefined;
  readonly hasPassword: boolean;
  /** `host` and `port` of each member; with SRV one name without a port. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly database: string | undefined;
  readonly options: ReadonlyMap<string, string>;
}

const DEFAULT_PORT = 27017;
/** Options whose values are secrets, in lower case. */
const secretOptions = new Set([
  'authmechanismproperties',
  'proxypassword',
  'proxyusername',
  'tlscertificatekeyfilepassword',
  'password',
]);

/** Takes a connection string apart, and says in plain words what is wrong with it. Never quotes the password. */
export function parseConnectionString(uri: string): ConnectionStringParts {
  const invalid = (problem: string) => new DatabaseError('CONNECTION_STRING_INVALID', problem);
  const scheme = /^mongodb(\+srv)?:\/\//.exec(uri);
  if (scheme === null) throw invalid('The connection string does not begin with mongodb:// or mongodb+srv://.');
  const isSrv = scheme[1] !== undefined;
  const rest = uri.slice(scheme[0].length);
  const [beforeOptions = '', ...optionTexts] = rest.split('?');
  if (optionTexts.length > 1) {
    throw invalid('The connection string has more than one "?": a "?" in the password must be written %3F.');
  }
  const slash = beforeOptions.indexOf('/');
  const authority = slash < 0 ? beforeOptions : beforeOptions.slice(0, slash);
  const path = slash < 0 ? '' : beforeOptions.slice(slash + 1);
  if (path.includes('/') || path.includes('@')) {
    throw invalid(
      'The connection string has an unencoded "/" or "@" in user or password: write / as %2F and @ as %40.',
    );
  }
  const pieces = authority.split('@');
  if (pieces.length > 2) {
    throw invalid('The connection string has more than one "@": an "@" in user or password must be written %40.');
  }
  const hostList = pieces.at(-1) as string;
  const credentials = pieces.length === 2 ? (pieces[0] as string) : undefined;
  const [user, password, ...more] = credentials?.split(':') ?? [];
  if (more.length > 0) {
    throw invalid('User and password have more than one ":": a ":" in them must be written %3A.');
  }
  for (const text of [user, password]) {
    if (text !== undefined && /%(?![0-9a-f]{2})/i.test(text)) {
      throw invalid('User or password has a "%" that does not begin a code such as %40: a "%" itself is written %25.');
    }
  }
  if (hostList === '') throw invalid('The connection string names no host.');
  const hosts = hostList.split(',').map((text) => {
    const match = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d+))?$/i.exec(text);
    const port = match?.[2] === undefined ? DEFAULT_PORT : Number(match[2]);
    if (match === null || port < 1 || port > 65_535) {
      throw invalid(`"${text.slice(0, 80)}" is not a host, or a host and port such as localhost:27017.`);
    }
    return { host: decodeURIComponent(match[1] as string).replace(/^\[|\]$/g, ''), port };
  });
  if (isSrv && (hosts.length > 1 || /:\d+$/.test(hostList))) {
    throw invalid('With mongodb+srv:// there is exactly one host name, without a port.');
  }
  const options = new Map<string, string>();
  for (const pair of (optionTexts[0] ?? '').split('&').filter((text) => text !== '')) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw invalid(`The option "${pair.slice(0, 40)}" is not of the form name=value.`);
    options.set(pair.slice(0, equals).toLowerCase(), pair.slice(equals + 1));
  }
  return {
    isSrv,
    user: user === undefined || user === '' ? undefined : decodeURIComponent(user),
    hasPassword: password !== undefined && password !== '',
    hosts,
    database: path === '' ? undefined : decodeURIComponent(path),
    options,
  };
}

/**
 * A connection string that may be shown: the password, and the values of secret options, are `***`.
 * Works on broken ones too (unencoded "@", "/", ":" or "?" in the password): rather too much is hidden than too little.
 */
export function redactConnectionString(uri: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(uri)?.[0];
  if (scheme === undefined) return uri.includes('@') ? `***@${uri.slice(uri.lastIndexOf('@') + 1)}` : uri;
  const rest = uri.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  const afterCredentials = redactOptions(rest.slice(at + 1));
  if (at < 0) return `${scheme}${afterCredentials}`;
  const colon = rest.slice(0, at).indexOf(':');
  if (colon < 0) {
    // A user alone; or a "?" in front of the last "@": then that "@" belongs to an option's value.
    const question = rest.indexOf('?');
    if (question >= 0 && question < at) return `${scheme}${redactOptions(rest)}`;
    return `${scheme}${rest.slice(0, at)}@${afterCredentials}`;
  }
  return `${scheme}${rest.slice(0, colon)}:***@${afterCredentials}`;
}

/** The same for connection strings anywhere in a text, such as a driver's message. */
export const redactConnectionStrings = (text: string): string =>
  text.replace(/\bmongodb(?:\+srv)?:\/\/[^\s"'`<>]+/gi, (uri) => redactConnectionString(uri));

/** `mongodb://host/?x` → `mongodb://host/zava?x`, for tools to start in the right place; one that it names already stays. */
export const withDatabaseName = (uri: string, database: string): string =>
  uri.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?(\?|$)/, `$1/${database}$2`);

/** What `encodeURIComponent` leaves, a connection string's user and password may hold as well; the rest as %XX. */
export const encodePassword = (password: string): string =>
  encodeURIComponent(password).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

function redactOptions(text: string): string {
  return text.replace(/([?&])([^=&]+)=([^&]*)/g, (whole, separator: string, name: string) =>
    secretOptions.has(name.toLowerCase()) ? `${separator}${name}=***` : whole,
  );
}
