/** `/docs`: Swagger UI out of the executable itself; the page loads nothing from anywhere else. */

import stylePath from 'swagger-ui-dist/swagger-ui.css' with { type: 'file' };
import bundlePath from 'swagger-ui-dist/swagger-ui-bundle.js' with { type: 'file' };

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OpenGateway API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });
`;

/** Swagger UI sets inline styles; scripts and requests stay with this origin. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function asset(body: string | Bun.BunFile, type: string, maxAgeS: number): () => Response {
  return () =>
    new Response(body, {
      headers: {
        'content-type': type,
        'cache-control': `public, max-age=${maxAgeS}`,
        'content-security-policy': contentSecurityPolicy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      },
    });
}

export const docsAssets: Readonly<Record<string, () => Response>> = {
  '/docs': asset(page, 'text/html; charset=utf-8', 0),
  '/docs/start.js': asset(start, 'text/javascript; charset=utf-8', 0),
  '/docs/swagger-ui-bundle.js': asset(Bun.file(bundlePath), 'text/javascript; charset=utf-8', 86_400),
  '/docs/swagger-ui.css': asset(Bun.file(stylePath), 'text/css; charset=utf-8', 86_400),
};
