/** `opengateway prices show <model>` and `prices refresh`: what calls cost here, and newer prices without a release or a restart. */
import { readSettings } from '../config/settings.ts';
import { GatewayError } from '../core/errors.ts';
import { type Command, exitCodes, type Invocation, UsageError } from './command.ts';
import { type FlagSpec, flagHelp, parseFlags } from './flags.ts';

const timeoutMs = 60_000;
const maxBytes = 32 << 20;
const maxProblems = 20;
const nano = 1_000_000_000;

const specs: Record<string, FlagSpec> = {
  config: { type: 'string', help: 'Config file; `opengateway.json` in the working directory when absent.' },
};

/** Kinds that are charged each, not by the million. */
const each: ReadonlySet<string> = new Set(['request', 'webSearch']);

function ratesText(title: string, rates: Readonly<Record<string, number>>): string {
  return Object.entries(rates)
    .map(([kind, rate]) => {
      const [amount, unit] = each.has(kind) ? [rate / nano / 1_000_000, 'each'] : [rate / nano, 'a million'];
      return `${`${title}${kind}`.padEnd(28)} ${amount} USD ${unit}\n`;
    })
    .join('');
}

async function settingsFor({ args, environment, workingDirectory }: Invocation) {
  const { flags, positionals } = parseFlags(args, specs);
  const settings = await readSettings({ flags: { config: flags.config }, environment, workingDirectory });
  return { settings, positionals };
}

async function show(invocation: Invocation): Promise<number> {
  const { settings, positionals } = await settingsFor(invocation);
  const [model, ...more] = positionals;
  if (model === undefined) throw new UsageError("'prices show' needs a model.");
  if (more.length > 0) throw new UsageError(`unexpected '${more[0]}'.`);
  // Other commands, serving first of all, need nothing of it.
  const { priceOf } = await import('../gateway/prices.ts');
  try {
    const shown = await priceOf(settings, model);
    if (shown?.price === undefined) {
      invocation.err(`opengateway: nobody knows what '${model}' costs; prices.models can say it\n`);
      return exitCodes.failed;
    }
    const { provider, model: name, asOf, price } = shown;
    const { rates, tiers = [], services = {} } = price;
    invocation.out(`${provider}/${name}, prices as of ${asOf}\n${ratesText('', { ...rates })}`);
    for (const tier of tiers) invocation.out(ratesText(`above ${tier.above} tokens: `, { ...tier.rates }));
    for (const [service, own] of Object.entries(services))
      invocation.out(ratesText(`${service}: `, { ...own.rates }));
    return exitCodes.done;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    invocation.err(`opengateway: ${thrown.message}\n`);
    return exitCodes.failed;
  }
}

/** Throws an Error that says why it cannot be had. */
async function textOf(source: string): Promise<string> {
  if (!/^https?:\/\//.test(source)) {
    const file = Bun.file(source);
    if (file.size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    return await file.text();
  }
  const response = await fetch(source, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok || response.body === null) throw new Error(`the answer was ${response.status}`);
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of response.body) {
    total += chunk.byteLength;
    if (total > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function refresh(invocation: Invocation): Promise<number> {
  const { settings, positionals } = await settingsFor(invocation);
  if (positionals.length > 0) throw new UsageError(`unexpected '${positionals[0]}'.`);
  const { catalogueSource } = settings;
  if (catalogueSource === undefined)
    throw new UsageError('set prices.catalogue or OPENGATEWAY_PRICES to where newer prices come from.');
  let text: string;
  try {
    text = await textOf(catalogueSource);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    invocation.err(`opengateway: the catalogue cannot be had: ${why}\n`);
    return exitCodes.failed;
  }
  const { keepPrices } = await import('../gateway/prices.ts');
  const kept = await keepPrices(settings, text);
  if ('problems' in kept) {
    const { problems } = kept;
    const shown = problems.slice(0, maxProblems).map((problem) => `  ${problem}\n`);
    const rest = problems.length > maxProblems ? `  and ${problems.length - maxProblems} more\n` : '';
    invocation.err(
      `opengateway: the catalogue is refused, the prices stay as they are:\n${shown.join('')}${rest}`,
    );
    return exitCodes.failed;
  }
  const { asOf, before, isSame } = kept;
  invocation.out(
    isSame
      ? `the prices are those already in use, as of ${asOf}\n`
      : `prices as of ${asOf}, before as of ${before}\n`,
  );
  return exitCodes.done;
}

export const priceCommands: readonly Command[] = [
  {
    name: 'prices show',
    summary: 'Show what a model costs here.',
    help: `Usage: opengateway prices show <model> [flags]\n\nShows what a model costs, by any name a client may give it.\n\n${flagHelp(specs)}\n`,
    run: show,
  },
  {
    name: 'prices refresh',
    summary: 'Take newer prices from where the settings say.',
    help: `Usage: opengateway prices refresh [flags]\n\nTakes a newer price catalogue from prices.catalogue, checks it, and keeps it in the data directory. A running gateway uses it within seconds.\n\n${flagHelp(specs)}\n`,
    run: refresh,
  },
];
