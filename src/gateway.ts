/** The composition root: from settings to a running gateway. The only place that picks concrete parts. */
import type { Settings } from './config/settings.ts';
import { type RunningServer, startServer } from './http/server.ts';
import { socketOpeners } from './http/socket-surfaces.ts';
import { createAuthenticator } from './identity/root-key.ts';
import { PriceBook } from './ledger/price-book.ts';
import { createForwarder } from './pipeline/forward.ts';
import { createPipeline } from './pipeline/index.ts';
import { ObjectOwners } from './pipeline/object-owners.ts';
import { ModelList } from './routing/model-list.ts';
import { Router } from './routing/router.ts';
import { Log, standardOutput } from './telemetry/log.ts';
import { Metrics } from './telemetry/metrics.ts';
import { Recorder } from './telemetry/recorder.ts';
import { createScrubber } from './telemetry/redaction.ts';
import { TimerWheel } from './upstream/timer-wheel.ts';

export interface Gateway {
  readonly port: number;
  readonly log: Log;
  stop(): Promise<void>;
}

/** Takes out what is secret now: the keys of the settings, and the tokens some providers have for an hour. */
function scrubberFor({ rootKey, providers }: Settings): (text: string) => string {
  const keys = providers.flatMap(({ credential }) => credential ?? []);
  const lasting = createScrubber([rootKey, ...keys, ...providers.flatMap(({ secrets }) => secrets)]);
  const renewing = providers.filter(({ authorize }) => authorize !== undefined);
  if (renewing.length === 0) return lasting;
  return (text) => createScrubber(renewing.flatMap(({ secrets }) => secrets))(lasting(text));
}

export function startGateway(settings: Settings): Gateway {
  const log = new Log(settings.logLevel, scrubberFor(settings), standardOutput());
  const metrics = new Metrics();
  const recorder = new Recorder(log, metrics);
  const wheel = new TimerWheel();
  const authenticate = createAuthenticator(settings);
  const { upstream, aliases, providers, disabled, maxEventBytes, heartbeatMs, clientStallMs } = settings;
  const router = new Router({ providers, disabled, aliases });
  const models = new ModelList({ providers, aliases, wheel, upstream, log });
  const services = {
    authenticate,
    router,
    metrics,
    recorder,
    body: settings,
    attempt: {
      wheel,
      upstream,
      prices: new PriceBook(settings.prices),
      forceTranslate: settings.forceTranslate,
    },
    stream: { wheel, heartbeatMs, clientStallMs, maxEventBytes },
    owners: new ObjectOwners(),
  };
  const pipeline = createPipeline(services);
  const servers = {
    pipeline,
    forward: createForwarder(services),
    authenticate,
    models,
    metrics,
    recorder,
    log,
  };
  const server: RunningServer = startServer(settings, servers, socketOpeners(services, pipeline));
  return {
    port: server.port,
    log,
    async stop() {
      await server.stop(settings.drainMs);
      recorder.flush();
      await log.flush();
    },
  };
}
