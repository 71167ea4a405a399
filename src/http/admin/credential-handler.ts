/** Requests about credentials for providers: of platform administrators alone, in force with the next call. */
import { GatewayError } from '../../core/errors.ts';
import { newRequestId } from '../../core/ids.ts';
import type { JsonObject } from '../../core/json.ts';
import { type Actor, actorOf } from '../../identity/actor.ts';
import {
  CredentialDesk,
  type CredentialDraft,
  type CredentialPlan,
  type DeclaredProviders,
} from '../../identity/credential-desk.ts';
import type { CredentialVault } from '../../identity/credential-vault.ts';
import type { Change, IdentityStore } from '../../identity/identity-store.ts';
import { ReplyKeeper } from '../../identity/reply-keeper.ts';
import { isAtLeast } from '../../identity/role.ts';
import type { StoredCredential } from '../../identity/stored-credential.ts';
import type { Peer } from '../../pipeline/call-context.ts';
import type { Log } from '../../telemetry/log.ts';
import type { CredentialRoute } from './credential-routes.ts';
import { credentialChange, newCredential } from './credential-schemas.ts';
import { type GateServices, identify, matcherOf, readJson, reply } from './gate.ts';
import { once } from './once.ts';
import { checkBody } from './validation.ts';

export interface CredentialServices extends GateServices {
  readonly store: IdentityStore;
  readonly vault: CredentialVault;
  readonly providers: DeclaredProviders;
  /** Puts in force what was written. */
  readonly reload: () => Promise<void>;
  readonly log: Log;
}

export type CredentialHandler = (route: CredentialRoute, peer: Peer, id: string) => Promise<Response>;

interface Asked {
  readonly route: CredentialRoute;
  readonly actor: Actor;
  readonly request: Request;
  readonly id: string;
  readonly requestId: string;
}

/** Before the name of a provider whose credential is declared. */
const declaredPrefix = 'declared_';

function viewOf({ id, provider, name, baseUrl, hint, createdAtMs, updatedAtMs }: StoredCredential): object {
  const times = {
    created_at: new Date(createdAtMs).toISOString(),
    updated_at: new Date(updatedAtMs).toISOString(),
  };
  return { id, provider, name, base_url: baseUrl, hint, source: 'stored', ...times };
}

function draftOf(body: JsonObject): CredentialDraft {
  const { api_key: apiKey, base_url: baseUrl, ...rest } = body;
  return {
    ...rest,
    ...(apiKey !== undefined && { apiKey }),
    ...(baseUrl !== undefined && { baseUrl }),
  } as CredentialDraft;
}

export function createCredentialHandler(services: CredentialServices): CredentialHandler {
  const { store, vault, providers, reload, body: limits, log } = services;
  const desk = new CredentialDesk(store, vault, providers);
  const keeper = new ReplyKeeper(store);

  function declaredView(provider: string): object {
    const times = { created_at: null, updated_at: null };
    const name = providers.declaredAt(provider) ?? '';
    return {
      ...{ id: `${declaredPrefix}${provider}`, provider, name, base_url: null, hint: '…' },
      ...{ source: 'declared', ...times },
    };
  }

  function declaredOf(id: string): string | undefined {
    return providers.declared.find((provider) => id === `${declaredPrefix}${provider}`);
  }

  async function commit(
    { route, actor, requestId }: Asked,
    { credential, changes }: CredentialPlan,
    more: readonly Change[] = [],
  ): Promise<void> {
    await store.write([...changes, ...more]);
    await reload();
    const { id, provider } = credential;
    log.event('info', `admin.credential.${route.action}`, {
      request_id: requestId,
      key_id: actor.id,
      id,
      provider,
    });
  }

  async function list({ requestId }: Asked): Promise<Response> {
    const data = [...(await desk.list()).map(viewOf), ...providers.declared.map(declaredView)];
    return reply(requestId, 200, JSON.stringify({ data, next_cursor: null }));
  }

  async function show({ requestId, id }: Asked): Promise<Response> {
    const declared = declaredOf(id);
    if (declared !== undefined) return reply(requestId, 200, JSON.stringify(declaredView(declared)));
    const credential = await desk.show(id);
    return reply(requestId, 200, JSON.stringify(viewOf(credential)), credential.version);
  }

  async function create(asked: Asked): Promise<Response> {
    const { actor, request, requestId } = asked;
    const { text, json } = await readJson(request, limits);
    checkBody(newCredential, json);
    return await once(keeper, { actorId: actor.id, request, requestId, text, status: 201 }, async () => {
      const plan = await desk.create(draftOf(json));
      return {
        version: plan.credential.version,
        shown: JSON.stringify(viewOf(plan.credential)),
        commit: (more) => commit(asked, plan, more),
      };
    });
  }

  async function change(asked: Asked): Promise<Response> {
    const { route, request, requestId, id } = asked;
    const declared = declaredOf(id);
    if (declared !== undefined)
      throw new GatewayError(
        'conflict',
        `The credential of '${declared}' is declared by ${providers.declaredAt(declared) ?? ''} and can only be changed there.`,
      );
    const isCurrent = matcherOf(request.headers.get('if-match'));
    if (route.action === 'remove') {
      await commit(asked, await desk.remove(id, isCurrent));
      return reply(requestId, 204, null);
    }
    const { json } = await readJson(request, limits);
    checkBody(credentialChange, json);
    const plan = await desk.update(id, draftOf(json), isCurrent);
    await commit(asked, plan);
    return reply(requestId, 200, JSON.stringify(viewOf(plan.credential)), plan.credential.version);
  }

  return async (route, peer, id) => {
    const actor = actorOf(await identify(services, route.path, peer));
    if (!isAtLeast(actor.role, 'platform_admin'))
      throw new GatewayError('permission_denied', 'Credentials are for platform administrators alone.');
    const asked: Asked = { route, actor, request: peer.request, id, requestId: newRequestId() };
    switch (route.action) {
      case 'list':
        return await list(asked);
      case 'show':
        return await show(asked);
      case 'create':
        return await create(asked);
      default:
        return await change(asked);
    }
  };
}
