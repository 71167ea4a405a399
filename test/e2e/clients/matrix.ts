/** Real clients against every family of providers: which outcomes count, and how docs/clients.md shows them. */
export interface Outcome {
  readonly client: string;
  readonly provider: string;
  readonly scenario: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** The scripted upstream's formats, as the gateway of these tests names them. */
export const providers = ['chat', 'responses', 'anthropic', 'gemini', 'bedrock'] as const;
/** Stands for the scripted upstream itself, without the gateway between. */
export const direct = '-';

/** What a client cannot be expected to do through the gateway although it does so directly; with the reason. */
export interface Exception {
  readonly client: RegExp;
  readonly provider: RegExp;
  readonly scenario: RegExp;
  readonly reason: string;
}

export function readOutcomes(text: string): Outcome[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Outcome);
}

export class Matrix {
  readonly #outcomes: readonly Outcome[];
  readonly #exceptions: readonly Exception[];

  constructor(outcomes: readonly Outcome[], exceptions: readonly Exception[]) {
    this.#outcomes = outcomes;
    this.#exceptions = exceptions;
  }

  get clients(): string[] {
    return [...new Set(this.#outcomes.map(({ client }) => client))];
  }

  get scenarios(): string[] {
    return [...new Set(this.#outcomes.map(({ scenario }) => scenario))];
  }

  find(client: string, provider: string, scenario: string): Outcome | undefined {
    return this.#outcomes.find(
      (one) => one.client === client && one.provider === provider && one.scenario === scenario,
    );
  }

  /** Whether the client does it when nothing stands between it and an upstream in its own language. */
  worksDirectly(client: string, scenario: string): boolean {
    return this.find(client, direct, scenario)?.ok === true;
  }

  exceptionFor(client: string, provider: string, scenario: string): Exception | undefined {
    return this.#exceptions.find(
      (one) => one.client.test(client) && one.provider.test(provider) && one.scenario.test(scenario),
    );
  }

  /** What went wrong with a client at a provider that goes right directly and has no exception. */
  faults(client: string, provider: string): string[] {
    return this.scenarios.flatMap((scenario) => {
      if (!this.worksDirectly(client, scenario)) return [];
      const found = this.find(client, provider, scenario);
      if (found?.ok === true || this.exceptionFor(client, provider, scenario) !== undefined) return [];
      return [`${scenario}: ${found?.detail ?? 'not tried'}`];
    });
  }

  /** A row a client, a column a provider: how many of the scenarios the client can do at all went well. */
  table(): string {
    const rows = this.clients.map((client) => {
      const able = this.scenarios.filter((scenario) => this.worksDirectly(client, scenario));
      const cells = providers.map((provider) => {
        const failed = able.filter((scenario) => this.find(client, provider, scenario)?.ok !== true);
        return failed.length === 0
          ? `${able.length} of ${able.length}`
          : `${able.length - failed.length} of ${able.length}: not ${failed.join(', ')}`;
      });
      const unable = this.scenarios.filter(
        (scenario) => this.find(client, direct, scenario) !== undefined && !able.includes(scenario),
      );
      return `| ${[client, ...cells, unable.join(', ') || '–'].join(' | ')} |`;
    });
    return [
      `| client | ${providers.join(' | ')} | not directly either |`,
      `|${' --- |'.repeat(providers.length + 2)}`,
      ...rows,
    ].join('\n');
  }
}
