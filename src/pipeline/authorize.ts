/** What a caller may do, asked twice on the way of every call: of its route, then of its model and the target. */
import type { DialectName } from '../core/dialect-name.ts';
import { GatewayError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Access } from '../identity/access.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import type { Target } from '../providers/provider.ts';
import { type HostWishes, namesOf, type Router, unknownModel } from '../routing/router.ts';
import type { CallContext } from './call-context.ts';

/**
 * Settles who calls and whether this route is theirs to use. It takes a promise only where a key is not known yet. Throws
 * what refuses.
 */
export function admit(
  authenticate: Authenticator,
  call: CallContext,
  credential: string | undefined,
): undefined | Promise<undefined> {
  const found = authenticate(credential, call.peer);
  if (found instanceof Promise)
    return found.then((caller) => {
      call.caller = caller;
      caller.access?.checkEndpoint(call.path);
      return undefined;
    });
  call.caller = found;
  found.access?.checkEndpoint(call.path);
  return undefined;
}

/** Whether a target may be called under the name that was asked for. */
export function mayCall(access: Access | undefined, asked: string, target: Target): boolean {
  if (access === undefined || access.isOpen) return true;
  return access.allowsModel({ asked, names: namesOf(target), provider: target.provider.name });
}

/** As `allowedTarget`; for most callers, whom no model is kept from, without anything made for it. */
export function targetFor(
  access: Access | undefined,
  router: Router,
  asked: string,
  dialect: DialectName,
): Target {
  if (access === undefined || access.isOpen) return router.resolve(asked, dialect)[0];
  return restrictedTarget(access, router, asked, dialect);
}

function restrictedTarget(access: Access, router: Router, asked: string, dialect: DialectName): Target {
  return allowedTarget(access, asked, () => router.resolve(asked, dialect));
}

/**
 * The targets of a model, as far as the caller may use them. One it may not use is answered as one that does not exist;
 * why, is for the log.
 */
export function allowedTarget(
  access: Access | undefined,
  asked: string,
  resolve: () => readonly [Target, ...Target[]],
): Target {
  if (access === undefined || access.isOpen) return resolve()[0];
  let targets: readonly Target[];
  try {
    targets = resolve();
  } catch (thrown) {
    // What is wrong with a model is for those to know who may use it.
    if (access.allowsName(asked)) throw thrown;
    throw unknownModel(asked, 'the key may not use it');
  }
  const target = targets.find((candidate) => mayCall(access, asked, candidate));
  if (target === undefined) throw unknownModel(asked, 'the key may not use it');
  return target;
}

/** Some providers take further models to fall back to; each of them is a model asked for. Throws `model_not_found`. */
export function checkFurtherModels(access: Access | undefined, body: JsonObject, { provider }: Target): void {
  if (access === undefined || access.isOpen || !Array.isArray(body.models)) return;
  for (const name of body.models) {
    const model = typeof name === 'string' ? name : '';
    if (!mayCall(access, model, { provider, model })) throw unknownModel(model, 'the key may not use it');
  }
}

/** `owner`: the provider that keeps what the request is about. */
export function hostWishes(
  access: Access | undefined,
  owner: string | undefined,
  model?: string,
): HostWishes {
  return { owner, model, mayUse: access && ((provider) => access.allowsProvider(provider)) };
}

/** For calls that name no model and go to a provider as they are. Throws `model_not_allowed`. */
export function checkUnnamedModel(
  access: Access | undefined,
  path: string,
  method: string,
  couldName: boolean,
): void {
  if (access === undefined || ['GET', 'HEAD', 'DELETE'].includes(method)) return;
  // Where a model belongs, one that was not found may still be there, in a body of another type.
  if (couldName ? !access.allowsName('') : !access.allowsUnnamedModel(path))
    throw new GatewayError(
      'model_not_allowed',
      `This API key may use certain models only, and a request to ${path} does not say which it uses.`,
    );
}
