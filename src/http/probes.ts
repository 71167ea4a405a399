/** What an orchestrator asks all the time: whether the process lives, and whether it takes calls. */

export type Probe = () => Response;

/** By path, for GET. `isReady` turns false as the gateway begins to leave. */
export function probesOf(isReady: () => boolean): Readonly<Record<string, Probe>> {
  return {
    '/health': () => Response.json({ status: 'ok' }),
    '/health/ready': () =>
      isReady() ? Response.json({ status: 'ready' }) : Response.json({ status: 'draining' }, { status: 503 }),
  };
}
