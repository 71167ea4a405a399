/** Signatures: AWS's own vectors, and a request signed as it goes over the wire. */
import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type AwsCredential,
  partsOf,
  type Signable,
  signedHeaders,
} from '../../../src/providers/bedrock/sign.ts';
import { awsSpecs } from '../../support/aws-model.ts';

const folder = awsSpecs('sigv4', 'tests', 'unit', 'auth', 'aws4_testsuite');
const present = existsSync(folder);
const vectors = present
  ? readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.req'))
      .map((name) => join(folder, name.slice(0, -4)))
      .sort()
  : [];
const scope = { region: 'us-east-1', service: 'service', date: new Date('2015-08-30T12:36:00Z') };
const keys = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

/** `canonical`: what is to be signed names a session's token that the request may not hold yet. */
function readVector(text: string, canonical: string): { request: Signable; credential: AwsCredential } {
  const [head = '', ...bodyParts] = text.split('\n\n');
  const [line = '', ...lines] = head.split('\n');
  const [, method = '', target = ''] = /^(\S+) (.*) HTTP\/1\.1$/.exec(line) ?? [];
  const headers: Record<string, string> = {};
  let last = '';
  for (const header of lines) {
    const [, name, value = ''] = /^([^\s:][^:]*):(.*)$/.exec(header) ?? [];
    if (name === undefined) headers[last] += ` ${header.trim()}`;
    else {
      last = name.toLowerCase();
      headers[last] = headers[last] === undefined ? value.trim() : `${headers[last]},${value.trim()}`;
    }
  }
  const sessionToken = /^x-amz-security-token:(.+)$/m.exec(canonical)?.[1];
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  return {
    request: { method, host: headers.host ?? '', path, query, headers, body: bodyParts.join('\n\n') },
    credential: { ...keys, ...(sessionToken !== undefined && { sessionToken }) },
  };
}

describe.skipIf(!present)(
  `AWS's vectors of the signature${present ? '' : ' (skipped: the specifications are not here)'}`,
  () => {
    let kept = 0;
    test.each(vectors.map((path) => [basename(path), path]))('%s', async (name, path) => {
      const { request, credential } = readVector(
        readFileSync(`${path}.req`, 'utf8'),
        readFileSync(`${path}.creq`, 'utf8'),
      );
      const signed = await signedHeaders(request, credential, scope);
      const published = readFileSync(`${path}.authz`, 'utf8').trim();
      expect({ name, authorization: signed.authorization }).toEqual({ name, authorization: published });
      kept++;
    });

    test('are counted', () => {
      process.stdout.write(`sigv4 vectors: ${kept} of ${vectors.length} as published\n`);
      expect(kept).toBe(vectors.length);
      expect(vectors.length).toBeGreaterThan(25);
    });
  },
);

test.each([
  ['https://h.example/model/a%3Ab/converse', 'h.example', '/model/a%3Ab/converse', ''],
  ['http://127.0.0.1:81/x/../y?a=b?c#d', '127.0.0.1:81', '/x/../y', 'a=b?c'],
])('%s is taken apart as it stands', (url, host, path, query) => {
  expect(partsOf(url)).toEqual({ host, path, query });
});
