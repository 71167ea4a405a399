/**
 * Google's published protocol definitions as a judge of JSON: what a message of that type may hold. Strict: an unknown
 * field is a fault, as it is to Google's own servers.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { specification } from './specification.ts';

const folder = specification('google');
const service = 'google/ai/generativelanguage/v1beta/generative_service.proto';

export const googleIsPresent = existsSync(join(folder, service));

/** Newer than the definitions: words the API's own SDK sends. */
const newer: Readonly<Record<string, readonly string[]>> = {
  ThinkingConfig: ['thinkingLevel'],
  FunctionResponse: ['parts'],
  Part: ['mediaResolution', 'partMetadata', 'toolCall', 'toolResponse'],
  GenerateContentRequest: ['serviceTier', 'store', 'labels'],
  EmbedContentResponse: ['usageMetadata'],
  BatchEmbedContentsResponse: ['usageMetadata'],
};

/** Common types that the definitions import and that are not beside them. */
const published = `
  syntax = "proto3";
  package google.type;
  import "google/protobuf/timestamp.proto";
  message Interval { google.protobuf.Timestamp start_time = 1; google.protobuf.Timestamp end_time = 2; }
  message LatLng { double latitude = 1; double longitude = 2; }
  message Date { int32 year = 1; int32 month = 2; int32 day = 3; }
`;

let root: protobuf.Root | undefined;

function definitions(): protobuf.Root {
  if (root !== undefined) return root;
  const loaded = new protobuf.Root();
  // Annotations of the services are in files that are not here, and say nothing of the messages.
  loaded.resolvePath = (_origin, target) => {
    const path = target.startsWith('/') ? target : join(folder, target);
    return existsSync(path) ? path : null;
  };
  protobuf.parse(published, loaded);
  loaded.loadSync(service, { keepCase: false });
  loaded.resolveAll();
  root = loaded;
  return loaded;
}

const scalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  bytes: (value) => typeof value === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value),
  bool: (value) => typeof value === 'boolean',
};
const isNumber = (value: unknown) =>
  typeof value === 'number' || (typeof value === 'string' && value !== '' && Number.isFinite(Number(value)));

/** Types whose JSON is not that of their fields. */
const anyJson: ReadonlySet<string> = new Set([
  '.google.protobuf.Value',
  '.google.protobuf.Struct',
  '.google.protobuf.Any',
]);
const asText: ReadonlySet<string> = new Set([
  '.google.protobuf.Timestamp',
  '.google.protobuf.Duration',
  '.google.protobuf.FieldMask',
]);

function faultsInValue(field: protobuf.Field, value: unknown, path: string): string[] {
  const type = field.resolvedType;
  if (type instanceof protobuf.Enum) {
    const known = typeof value === 'string' && (value in type.values || value.toUpperCase() in type.values);
    return known || typeof value === 'number' ? [] : [`${path}: ${JSON.stringify(value)} is no ${type.name}`];
  }
  if (type instanceof protobuf.Type) {
    if (anyJson.has(type.fullName)) return [];
    if (asText.has(type.fullName)) return typeof value === 'string' ? [] : [`${path}: is no text`];
    return faultsInMessage(type, value, path);
  }
  const fits = scalars[field.type] ?? isNumber;
  return fits(value) ? [] : [`${path}: ${JSON.stringify(value)} is no ${field.type}`];
}

function faultsInField(field: protobuf.Field, value: unknown, path: string): string[] {
  if (value === null) return [];
  if (field.map)
    return typeof value === 'object'
      ? Object.entries(value as object).flatMap(([key, inner]) =>
          faultsInValue(field, inner, `${path}.${key}`),
        )
      : [`${path}: is no map`];
  if (!field.repeated) return faultsInValue(field, value, path);
  if (!Array.isArray(value)) return [`${path}: is no list`];
  return value.flatMap((inner, at) => faultsInValue(field, inner, `${path}[${at}]`));
}

function faultsInMessage(type: protobuf.Type, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path}: is no ${type.name}`];
  const byName = new Map<string, protobuf.Field>();
  for (const field of type.fieldsArray) {
    byName.set(field.name, field);
    byName.set(
      field.name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      field,
    );
  }
  const faults: string[] = [];
  for (const [key, inner] of Object.entries(value)) {
    const field = byName.get(key);
    const here = `${path}.${key}`;
    if (field !== undefined) faults.push(...faultsInField(field, inner, here));
    else if (newer[type.name]?.includes(key) !== true) faults.push(`${here}: ${type.name} has no such field`);
  }
  for (const one of type.oneofsArray) {
    const said = one.fieldsArray.filter(({ name }) => name in value);
    if (said.length > 1) faults.push(`${path}: says ${said.map(({ name }) => name).join(' and ')} at once`);
  }
  return faults;
}

/** What is wrong with a message in JSON; empty when nothing is. `name`: `GenerateContentRequest`, … */
export function googleFaults(name: string, json: unknown): string[] {
  const type = definitions().lookupType(`google.ai.generativelanguage.v1beta.${name}`);
  return faultsInMessage(type, json, name);
}
