/**
 * Lifts the runtime's limit of 256 simultaneous fetches, where calls will be made by `fetch`: through a proxy. Bun reads it
 * once, as the process starts, so the executable starts itself over with it set; the process id stays. It imports nothing:
 * what is thrown away must not have cost much.
 */
const variable = 'BUN_CONFIG_MAX_HTTP_REQUESTS';
/** The most Bun accepts; anything above silently means 256. */
const most = '65535';

/** When the first process began, Unix time in milliseconds; kept over the re-execution. */
export const startedVariable = 'OPENGATEWAY_STARTED_AT_MS';

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'] as const;

function serves(args: readonly string[]): boolean {
  const [first] = args;
  if (args.some((arg) => ['--help', '-h', '--version', '-v'].includes(arg))) return false;
  return first === undefined || first === 'serve' || first.startsWith('-');
}

/** What starts the same again. A compiled executable is its own script: its arguments begin behind the embedded path. */
export function ownCommand(argv: readonly string[]): string[] {
  const isCompiled = argv[1]?.startsWith('/$bunfs/') === true;
  return [process.execPath, ...argv.slice(isCompiled ? 2 : 1)];
}

/** Returns when there is nothing to do; otherwise the process begins anew. `argv` as in `process.argv`. */
export function restartWithFetchLimit(argv: readonly string[]): void {
  if (process.env[variable] !== undefined || process.execve === undefined || !serves(argv.slice(2))) return;
  if (proxies.every((name) => (process.env[name] ?? '').trim() === '')) return;
  process.execve(process.execPath, ownCommand(argv), {
    ...process.env,
    [variable]: most,
    [startedVariable]: String(performance.timeOrigin),
  });
}
