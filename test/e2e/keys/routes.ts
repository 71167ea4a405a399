/** Every route of inference and every one that is passed on, and a body all of them can read. */
import { endpoints } from '../../../src/http/endpoints.ts';
import { forwardEndpoints } from '../../../src/http/surfaces.ts';

export const model = 'gpt-4o';
export const body = JSON.stringify({
  model,
  messages: [{ role: 'user', content: 'x' }],
  input: 'x',
  max_tokens: 5,
  contents: [{ parts: [{ text: 'x' }] }],
  prompt: 'x',
});

export interface Route {
  readonly method: string;
  readonly path: string;
  /** Whether it says a model. */
  readonly named: boolean;
}

export const routes: readonly Route[] = [
  ...endpoints.map(({ path }) => ({ method: 'POST', path, named: true })),
  ...['/v1beta/models', '/v1/models', '/v1beta'].map((at) => ({
    method: 'POST',
    path: `${at}/${model}:generateContent`,
    named: true,
  })),
  { method: 'POST', path: `/model/${model}/converse`, named: true },
  { method: 'GET', path: '/v1/models', named: false },
  { method: 'GET', path: `/v1/models/${model}`, named: true },
  ...forwardEndpoints.flatMap(({ path }) =>
    ['GET', 'POST', 'DELETE'].map((method) => ({
      method,
      path: path.replace('*', 'abc'),
      named: method === 'POST',
    })),
  ),
].filter(
  (route, at, all) =>
    all.findIndex(({ method, path }) => method === route.method && path === route.path) === at,
);
