/** One of several workers: takes calls on the port all share, until its owner tells it to end, or is gone. */
import type { Settings } from '../config/settings.ts';
import { startGateway } from '../gateway.ts';
import { ownerLink } from '../workers/owner-link.ts';
import { exitCodes, UsageError } from './command.ts';

/** `port`: the one all workers share. */
export async function runWorker(settings: Settings, port: number): Promise<number> {
  const { promise: stopping, resolve: stop } = Promise.withResolvers<void>();
  // Without its owner nothing is counted, so nothing may go out.
  const link = ownerLink({ stop: () => stop() }, () => process.exit(exitCodes.failed));
  if (link === undefined) throw new UsageError('a worker is started by the gateway alone.');
  process.once('SIGTERM', () => stop());
  // A terminal sends it to all it has started; the owner says when.
  process.on('SIGINT', () => {});
  const gateway = await startGateway({ ...settings, port }, link);
  await stopping;
  await gateway.stop();
  return exitCodes.done;
}
