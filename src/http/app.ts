/** The Elysia app: every route, and the two edges where what was thrown becomes a reply. */
import { Elysia } from 'elysia';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import { version } from '../core/version.ts';
import type { Access } from '../identity/access.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import { readCredential } from '../identity/credentials.ts';
import { mayCall } from '../pipeline/authorize.ts';
import type { Peer } from '../pipeline/call-context.ts';
import type { Forwarder } from '../pipeline/forward.ts';
import type { Pipeline } from '../pipeline/index.ts';
import type { ModelList } from '../routing/model-list.ts';
import type { Router } from '../routing/router.ts';
import type { Exposition } from '../telemetry/exposition.ts';
import type { Log } from '../telemetry/log.ts';
import type { CredentialHandler, CredentialServices } from './admin/credential-handler.ts';
import { credentialRoutes } from './admin/credential-routes.ts';
import type { AdminHandler, AdminServices } from './admin/handler.ts';
import { adminRoutes } from './admin/routes.ts';
import { docsAssets } from './docs-page.ts';
import { endpoints, patternRoutes } from './endpoints.ts';
import { errorResponse } from './error-response.ts';
import { listModels, retrieveModel } from './models.ts';
import type { Probe } from './probes.ts';
import {
  endpointFor,
  forwardEndpoints,
  forwardedPath,
  modelDeletion,
  refuseAdministration,
  refusedPaths,
} from './surfaces.ts';

export interface AppServices {
  readonly pipeline: Pipeline;
  readonly forward: Forwarder;
  readonly authenticate: Authenticator;
  readonly admin: Omit<AdminServices, 'authenticate' | 'log'>;
  readonly credentials: Pick<CredentialServices, 'vault' | 'providers' | 'reload'>;
  readonly models: ModelList;
  readonly router: Router;
  readonly log: Log;
  readonly probes: Readonly<Record<string, Probe>>;
  /** The metrics of the whole gateway, which may be more than this process. */
  readonly expose: () => Promise<Exposition>;
  readonly peerOf: (request: Request) => Peer;
}

/** The body is read by the pipeline alone, so that one place bounds it. */
const unread = { parse: 'none' } as const;

function notFound(request: Request): GatewayError {
  return new GatewayError(
    'not_found',
    `Unknown request URL: ${request.method} ${new URL(request.url).pathname}.`,
  );
}

export function createApp(services: AppServices) {
  const { pipeline, forward, authenticate, models, router, expose, log, probes, peerOf } = services;
  const admit = async (request: Request, path: string): Promise<Access | undefined> => {
    const caller = await authenticate(readCredential(request.headers, request.url), peerOf(request));
    caller.access?.checkEndpoint(path);
    return caller.access;
  };
  /** Which of the listed models are the caller's to use. */
  const usableBy = (access: Access | undefined) => {
    if (access === undefined || access.isOpen) return undefined;
    return (id: string) => {
      try {
        return router.targetsOf(id).some((target) => mayCall(access, id, target));
      } catch {
        return false;
      }
    };
  };

  // Elysia finds the path at a fixed offset, which a short Host defeats unless told otherwise.
  const app = new Elysia({ handler: { standardHostname: false }, aot: true });
  app.onError(({ error, code, request }) => {
    if (code === 'NOT_FOUND') return errorResponse(request, notFound(request));
    const failure = toGatewayError(error);
    const requestId = newRequestId();
    if (failure.code === 'internal_error')
      log.event('error', 'request.failed', { request_id: requestId, cause: String(failure.cause) });
    return errorResponse(request, failure, requestId);
  });

  const allowed = new Map<string, string>();
  for (const endpoint of endpoints) {
    app.post(endpoint.path, ({ request }) => pipeline(endpoint, peerOf(request)), unread);
    allowed.set(endpoint.path, 'POST');
  }
  for (const { pattern, find } of patternRoutes) {
    app.post(
      pattern,
      ({ request }) => {
        const endpoint = find(request.url);
        return endpoint === undefined
          ? errorResponse(request, notFound(request))
          : pipeline(endpoint, peerOf(request));
      },
      unread,
    );
    allowed.set(pattern, 'POST');
  }
  for (const route of forwardEndpoints) {
    const pass = ({ request }: { request: Request }) => {
      const endpoint = endpointFor(route, request.headers);
      return forward(endpoint, forwardedPath(request.url, endpoint), peerOf(request));
    };
    const isInference = allowed.has(route.path);
    app.get(route.path, pass).delete(route.path, pass);
    if (!isInference) app.post(route.path, pass, unread);
    allowed.set(route.path, 'GET, POST, DELETE');
  }
  for (const path of refusedPaths) app.all(path, refuseAdministration, unread);
  // Loaded when it is first asked for: most starts are followed by calls, not by administration.
  let administer: Promise<AdminHandler> | undefined;
  const administration = () => {
    administer ??= import('./admin/handler.ts').then(({ createAdminHandler }) =>
      createAdminHandler({ ...services.admin, authenticate, log }),
    );
    return administer;
  };
  for (const route of adminRoutes) {
    app.route(
      route.method,
      route.path,
      async ({ request, params }) =>
        (await administration())(route, peerOf(request), (params as { id?: string } | undefined)?.id ?? ''),
      unread,
    );
    const others = allowed.get(route.path);
    allowed.set(route.path, others === undefined ? route.method : `${others}, ${route.method}`);
  }
  let keepCredentials: Promise<CredentialHandler> | undefined;
  const credentials = () => {
    keepCredentials ??= import('./admin/credential-handler.ts').then(({ createCredentialHandler }) =>
      createCredentialHandler({ ...services.admin, ...services.credentials, authenticate, log }),
    );
    return keepCredentials;
  };
  for (const route of credentialRoutes) {
    app.route(
      route.method,
      route.path,
      async ({ request, params }) =>
        (await credentials())(route, peerOf(request), (params as { id?: string } | undefined)?.id ?? ''),
      unread,
    );
    const others = allowed.get(route.path);
    allowed.set(route.path, others === undefined ? route.method : `${others}, ${route.method}`);
  }
  for (const path of ['/v1/models', '/v1beta/models']) {
    app.get(path, async ({ request }) => listModels(models, request, usableBy(await admit(request, path))));
    app.get(`${path}/*`, async ({ request, params }) =>
      retrieveModel(models, request, params['*'], usableBy(await admit(request, `${path}/*`))),
    );
    allowed.set(path, 'GET');
    allowed.set(`${path}/*`, 'GET, POST');
  }
  app.delete(modelDeletion.path, ({ request }) =>
    forward(modelDeletion, forwardedPath(request.url, modelDeletion), peerOf(request)),
  );
  allowed.set(modelDeletion.path, 'GET, POST, DELETE');
  app.get('/', () => Response.json({ name: 'OpenGateway', version, docs: '/docs', api: '/openapi.json' }));
  for (const [path, probe] of Object.entries(probes)) app.get(path, probe);
  app.get('/metrics', async ({ request }) => {
    // A scraper on the same machine needs no key.
    if (!peerOf(request).isLocal()) await admit(request, '/metrics');
    const { contentType, text } = await expose();
    return new Response(text, { headers: { 'content-type': contentType } });
  });
  // Loaded when it is asked for: it draws in all of the administration's schemas.
  app.get('/openapi.json', async () => Response.json((await import('./openapi.ts')).openApiDocument()));
  for (const [path, serve] of Object.entries(docsAssets)) app.get(path, serve);
  for (const path of ['/', ...Object.keys(probes), '/metrics', '/openapi.json', ...Object.keys(docsAssets)])
    allowed.set(path, 'GET');

  for (const [path, method] of allowed)
    app.all(path, ({ request }) => {
      if (request.method === 'HEAD' && method.startsWith('GET')) return new Response(null);
      const message = `Not allowed to ${request.method} on ${path}. Use ${method}.`;
      const refusal = new GatewayError('method_not_allowed', message, { headers: { allow: method } });
      return errorResponse(request, refusal);
    });
  return app;
}
