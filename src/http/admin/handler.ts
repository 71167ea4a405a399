/** One request of administration: who asks and whether they may, what they say, what comes of it. */
import { GatewayError } from '../../core/errors.ts';
import { newRequestId } from '../../core/ids.ts';
import { type Actor, actorOf } from '../../identity/actor.ts';
import { type Caller, isKeyCaller } from '../../identity/caller.ts';
import { Directory, type Plan } from '../../identity/directory.ts';
import type { EntityKind } from '../../identity/entity.ts';
import type { IdentityStore } from '../../identity/identity-store.ts';
import { ReplyKeeper } from '../../identity/reply-keeper.ts';
import { isAtLeast } from '../../identity/role.ts';
import type { Counters } from '../../ledger/counters.ts';
import type { LedgerStore } from '../../ledger/ledger-store.ts';
import type { Peer } from '../../pipeline/call-context.ts';
import type { Log } from '../../telemetry/log.ts';
import { type GateServices, identify, matcherOf, readJson, reply } from './gate.ts';
import { once } from './once.ts';
import { readPage } from './page.ts';
import type { AdminRoute } from './routes.ts';
import { createBodies, rotateBody, updateBodies } from './schemas.ts';
import { standingsOf } from './standings.ts';
import { readUsageQuery, usagePage, within } from './usage.ts';
import { checkBody } from './validation.ts';
import { draftOf, viewOf } from './wire.ts';

export interface AdminServices extends GateServices {
  readonly store: IdentityStore;
  readonly counters: Pick<Counters, 'standing'>;
  readonly ledger: Pick<LedgerStore, 'usage'>;
  readonly log: Log;
}

export type AdminHandler = (route: AdminRoute, peer: Peer, id: string) => Promise<Response>;

interface Asked {
  readonly route: AdminRoute;
  readonly actor: Actor;
  readonly request: Request;
  readonly id: string;
  readonly requestId: string;
}

export function createAdminHandler(services: AdminServices): AdminHandler {
  const { store, body: limits, counters, log } = services;
  const directory = new Directory(store);
  const keeper = new ReplyKeeper(store);

  /** Writes what was planned; the storage gives word of it to whoever keeps something in memory. */
  async function commit<Kind extends EntityKind>(
    { route, actor, requestId }: Asked,
    plan: Plan<Kind>,
    more: Plan<Kind>['changes'] = [],
  ): Promise<void> {
    await store.write([...plan.changes, ...more]);
    const { id } = plan.entity;
    log.event('info', `admin.${route.kind}.${route.action}`, { request_id: requestId, key_id: actor.id, id });
  }

  async function shown<Kind extends EntityKind>({ route }: Asked, plan: Plan<Kind>): Promise<string> {
    const view = viewOf(route.kind as Kind, plan.entity, await standingsOf(counters, [plan.entity]));
    return JSON.stringify(plan.keyText === undefined ? view : { ...view, key: plan.keyText });
  }

  async function make(
    asked: Asked,
    status: number,
    text: string,
    plan: () => Promise<Plan<EntityKind>>,
  ): Promise<Response> {
    const { actor, request, requestId } = asked;
    return await once(keeper, { actorId: actor.id, request, requestId, text, status }, async () => {
      const planned = await plan();
      return {
        version: planned.entity.version,
        shown: await shown(asked, planned),
        commit: (more) => commit(asked, planned, more),
      };
    });
  }

  async function list({ route: { kind }, actor, request, requestId }: Asked): Promise<Response> {
    const query = readPage(kind, request.url);
    const found = await directory.list(actor, kind, { ...query, limit: query.limit + 1 });
    const page = found.slice(0, query.limit);
    const next = found.length > query.limit ? (page.at(-1)?.id ?? null) : null;
    const standings = await standingsOf(counters, page);
    const data = page.map((entity) => viewOf(kind, entity, standings));
    return reply(requestId, 200, JSON.stringify({ data, next_cursor: next }));
  }

  async function change(asked: Asked): Promise<Response> {
    const { route, actor, request, id, requestId } = asked;
    const { kind, action } = route;
    const isCurrent = matcherOf(request.headers.get('if-match'));
    if (action === 'remove') {
      await commit(asked, await directory.remove(actor, kind, id, isCurrent));
      return reply(requestId, 204, null);
    }
    const { text, json } = await readJson(request, limits);
    if (action === 'rotate') {
      checkBody(rotateBody, json);
      const graceMs = Number(json.grace_seconds ?? 0) * 1000;
      return await make(asked, 200, text, () => directory.rotate(actor, id, graceMs, isCurrent));
    }
    checkBody(updateBodies[kind], json);
    const plan = await directory.update(actor, kind, id, draftOf(json), isCurrent);
    await commit(asked, plan);
    return reply(requestId, 200, await shown(asked, plan), plan.entity.version);
  }

  async function usage({ actor, request, requestId }: Asked): Promise<Response> {
    const query = readUsageQuery(request.url, Date.now());
    const mine = within(query, actor.reach);
    const found = mine === undefined ? [] : await services.ledger.usage({ ...mine, limit: query.limit + 1 });
    return reply(requestId, 200, JSON.stringify(usagePage(query, found)));
  }

  async function me({ actor, requestId }: Asked, caller: Caller): Promise<Response> {
    if (isKeyCaller(caller)) {
      const standings = await standingsOf(counters, [caller.key]);
      const view = { ...viewOf('key', caller.key, standings), role: caller.role };
      return reply(requestId, 200, JSON.stringify(view));
    }
    const { id, role } = actor;
    const view = { id, name: id, role, models: null, limits: null, budgets: [] };
    return reply(requestId, 200, JSON.stringify(view));
  }

  return async (route, peer, id) => {
    const { request } = peer;
    const caller = await identify(services, route.path, peer);
    const asked: Asked = { route, actor: actorOf(caller), request, id, requestId: newRequestId() };
    const { kind, action, method } = route;
    // Before anything is read: the rest is told to those alone who have business here.
    if (action !== 'me' && !isAtLeast(asked.actor.role, method === 'GET' ? 'auditor' : 'team_admin'))
      throw new GatewayError('permission_denied', 'Your role allows no administration of this kind.');
    switch (action) {
      case 'me':
        return await me(asked, caller);
      case 'usage':
        return await usage(asked);
      case 'list':
        return await list(asked);
      case 'show': {
        const entity = await directory.show(asked.actor, kind, id);
        const view = viewOf(kind, entity, await standingsOf(counters, [entity]));
        return reply(asked.requestId, 200, JSON.stringify(view), entity.version);
      }
      case 'create': {
        const { text, json } = await readJson(request, limits);
        checkBody(createBodies[kind], json);
        return await make(asked, 201, text, () => directory.create(asked.actor, kind, draftOf(json)));
      }
      default:
        return await change(asked);
    }
  };
}
