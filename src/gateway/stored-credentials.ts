/** The providers of the settings, and with them those whose credential is kept in the storage. */
import { ConfigError } from '../config/diagnostics.ts';
import type { Settings } from '../config/settings.ts';
import type { DeclaredProviders } from '../identity/credential-desk.ts';
import type { CredentialVault } from '../identity/credential-vault.ts';
import type { IdentityStore } from '../identity/identity-store.ts';
import type { StoredCredential } from '../identity/stored-credential.ts';
import { type KeptCredential, ProviderRoster } from '../routing/provider-roster.ts';
import type { Log } from '../telemetry/log.ts';

/** Throws a ConfigError for a credential that is kept and declared as well: one of them would never be used, unseen. */
export function checkDeclared({ credentials }: Settings, kept: readonly StoredCredential[]): void {
  const clashes = kept.flatMap(({ id, name, provider }) => {
    const where = credentials.declared.get(provider);
    const problem = `'${provider}' has a credential in the storage as well: '${name}' (${id}). Take this one away, or start without it and \`opengateway credentials delete ${id}\`.`;
    return where === undefined ? [] : [{ where, problem }];
  });
  if (clashes.length > 0) throw new ConfigError(clashes);
}

export function rosterFor(
  { providers, disabled, credentials, isDemo }: Settings,
  storage: Pick<IdentityStore, 'listCredentials'>,
  vault: CredentialVault,
  log: Log,
): ProviderRoster {
  const onUnusable = (provider: string, why: unknown) =>
    log.event('error', 'credentials.unusable', { provider, reason: String(why) });
  return new ProviderRoster({
    ...{ providers, disabled, isStandIn: isDemo, onUnusable },
    ...credentials,
    async load() {
      const kept: KeptCredential[] = [];
      for (const row of await storage.listCredentials()) {
        const { id, version, provider, baseUrl } = row;
        if (credentials.declared.has(provider)) {
          onUnusable(provider, `it is declared by ${credentials.declared.get(provider)}`);
          continue;
        }
        try {
          kept.push({ provider, baseUrl, mark: `${id} ${version}`, apiKey: await vault.open(row) });
        } catch (thrown) {
          onUnusable(provider, thrown);
        }
      }
      return kept;
    },
  });
}

/** What the administration may ask of them. */
export function declaredProviders({ credentials }: Settings): DeclaredProviders {
  const { declared, build } = credentials;
  return {
    declared: [...declared.keys()],
    declaredAt: (provider) => declared.get(provider),
    problemWith(provider, apiKey, baseUrl) {
      try {
        build({ provider, apiKey, baseUrl });
        return undefined;
      } catch (thrown) {
        return thrown instanceof Error ? thrown.message : String(thrown);
      }
    },
  };
}
