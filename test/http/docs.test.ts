/** The page of the API and its description: everything from this origin, every route described, every reference kept. */
import { describe, expect, test } from 'bun:test';
import { errorTable } from '../../src/core/errors.ts';
import { endpoints } from '../../src/http/endpoints.ts';
import { appWith } from './app.ts';

const { app, ask } = appWith();

describe('/docs', () => {
  test('loads nothing from anywhere else', async () => {
    const page = await (await ask('GET', '/docs')).text();
    const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = '']) => address);
    expect(addresses.length).toBeGreaterThan(2);
    for (const address of addresses) {
      expect(address).toMatch(/^(\/docs\/|data:,$)/);
      if (address.startsWith('/')) expect((await ask('GET', address)).status).toBe(200);
    }
    expect(page + (await (await ask('GET', '/docs/start.js')).text())).not.toMatch(/https?:\/\//);
  });

  test('holds no script of its own, as its policy demands', async () => {
    const page = await (await ask('GET', '/docs')).text();
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|javascript:|<style|style=/i);
  });

  test.each(['/docs', '/docs/start.js', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js'])(
    '%s has the headers that hold it to that',
    async (path) => {
      const { headers } = await ask('GET', path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/https?:|unsafe-eval|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );
});

describe('/openapi.json', () => {
  const read = async () =>
    (await (await ask('GET', '/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { summary?: string; responses?: object; requestBody?: object }>>;
      components: { schemas: Record<string, unknown> };
    };

  test('describes every route that is no mere asset', async () => {
    const { paths } = await read();
    const served = app.routes
      .filter(
        ({ method, path }) =>
          ['GET', 'POST', 'PATCH', 'DELETE'].includes(method) && path !== '/' && !path.startsWith('/docs/'),
      )
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/\/(?:\*|:id)/, '/{id}')}`);
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual([...new Set(served)].sort());
    for (const endpoint of endpoints) expect(paths[endpoint.path]?.post?.requestBody).toBeDefined();
  });

  test('every operation says what it is and what comes back', async () => {
    const document = await read();
    expect(document.openapi).toStartWith('3.1.');
    for (const item of Object.values(document.paths))
      for (const operation of Object.values(item)) {
        expect(operation.summary?.length).toBeGreaterThan(0);
        const statuses = Object.keys(operation.responses ?? {});
        // 101 stands beside them where a WebSocket may be asked for.
        const [good, ...others] = statuses.filter((status) => status !== '101');
        expect([good, others]).toEqual([expect.stringMatching(/^20[014]$/), ['default']]);
      }
  });

  test('every reference leads somewhere', async () => {
    const document = await read();
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(3);
    for (const [, name = ''] of references) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  test('every error code is listed', async () => {
    const text = JSON.stringify(await read());
    for (const code of Object.keys(errorTable)) expect(text).toContain(`"${code}"`);
  });
});
