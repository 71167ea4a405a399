/** nginx, one worker, in its two parts: the upstream that answers at once, and the reverse proxy to compare with. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chatReply } from './payloads.ts';

/** Debian keeps nginx where only root's PATH looks. */
export const nginxPath = Bun.which('nginx', {
  PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`,
});

/** A command that answers every request with the same chat completion. */
export function fixedReply(dir: string, port: number): string[] {
  // `return` answers a POST, which a static file does not; it knows no escape for a quote or a dollar sign.
  if (/['$\\]/.test(chatReply)) throw new Error('the reply does not fit into an nginx string');
  return command(dir, port, '', `default_type application/json; return 200 '${chatReply}';`);
}

export function reverseProxy(dir: string, port: number, upstreamPort: number, buffered: boolean): string[] {
  return command(
    dir,
    port,
    `upstream model { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000; }`,
    `proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering ${buffered ? 'on' : 'off'};`,
  );
}

function command(dir: string, port: number, upstream: string, location: string): string[] {
  if (nginxPath === null) throw new Error('nginx is not installed');
  const file = join(dir, `nginx-${port}.conf`);
  writeFileSync(
    file,
    `daemon off; master_process off; error_log /dev/null; pid ${join(dir, `nginx-${port}.pid`)};
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; client_body_temp_path ${dir}; proxy_temp_path ${dir};
  fastcgi_temp_path ${dir}; uwsgi_temp_path ${dir}; scgi_temp_path ${dir};
  ${upstream}
  server { listen 127.0.0.1:${port} backlog=4096; location / { ${location} } }
}
`,
  );
  return [nginxPath, '-c', file];
}
