/**
 * OpenAI's and Anthropic's own test suites of their Python SDKs, each test once directly against a mock server and once through
 * the gateway: what passes directly passes through it, and the upstream is asked the same, byte by byte. What differs by design
 * is declared here. Left out are the tests of account administration, which the gateway refuses (test/http/app.test.ts).
 */
import { beforeAll, describe, expect, test } from 'bun:test';
import { missingSuites, runSuite, type SdkSuite, type SuiteOutcome } from '../support/sdk-suites.ts';

/** What may differ, and why; the pattern is of the failure, or of how the upstream's request differs. */
interface Declared {
  readonly why: string;
  readonly tests: RegExp;
  readonly says: RegExp;
}

interface Case extends SdkSuite {
  /** How many tests make requests and pass at least, which keeps an empty run from passing. */
  readonly atLeast: number;
  readonly failures: readonly Declared[];
  readonly differences: readonly Declared[];
}

const accept: Declared = {
  why: 'one reply or a stream, the gateway reads both',
  tests: /(?:completions|responses|embeddings|messages)\.py/,
  says: /^header accept: 'application\/json' became 'application\/json, text\/event-stream'$/,
};
const models: Declared = {
  why: 'the gateway answers for models itself',
  tests: /test_models\.py::TestModels::test_\w+_(?:list|retrieve)/,
  says: /^1 requests directly, 0 through the gateway$/,
};

const cases: readonly Case[] = [
  {
    package: 'openai',
    direct: '/v1',
    mounts: ['/v1'],
    ignored: ['admin'],
    models: {
      object: 'list',
      data: [{ id: 'gpt-6-astra', object: 'model', created: 1, owned_by: 'openai' }],
    },
    atLeast: 900,
    failures: [
      {
        why: 'whose events the account tells, and to whom, is its administration',
        tests: /api_resources\/(?:test_webhooks|webhooks\/test_event_types)\.py/,
        says: /The administration of a provider’s account is not passed on/,
      },
      {
        why: 'a call is routed by its model, and these name none',
        tests: /test_responses\.py::TestResponses::test_\w+_create_overload_/,
        says: /Missing required parameter: 'model'/,
      },
    ],
    differences: [
      accept,
      models,
      {
        why: 'usage is counted, so it is asked for, and not shown to who did not ask',
        tests: /test_completions\.py::TestCompletions::test_\w+_create_overload_2/,
        says: /"stream_options":\{"include_usage":true\}\}'$/,
      },
    ],
  },
  {
    package: 'anthropic',
    direct: '',
    mounts: ['', '/anthropic'],
    ignored: ['organization', 'beta/organization', 'test_organization.py', 'beta/test_organization.py'],
    models: {
      data: [
        {
          type: 'model',
          id: 'model_id',
          display_name: 'Model',
          created_at: '2026-01-02T03:04:05Z',
          lifecycle: 'active',
        },
      ],
      has_more: false,
      first_id: 'model_id',
      last_id: 'model_id',
    },
    atLeast: 600,
    failures: [],
    differences: [accept, models],
  },
];

const reason = missingSuites();

for (const { atLeast, failures, differences, ...suite } of cases) {
  const title = `the test suite of ${suite.package} from PyPI`;
  describe.skipIf(reason !== undefined)(
    reason === undefined ? title : `${title} (skipped: ${reason})`,
    () => {
      let outcomes: SuiteOutcome[] = [];
      beforeAll(async () => {
        outcomes = await runSuite(suite);
      }, 300_000);

      const undeclared = (told: (outcome: SuiteOutcome) => string, declared: readonly Declared[]) =>
        outcomes
          .filter((outcome) => told(outcome) !== '')
          .filter(
            (outcome) =>
              !declared.some(({ tests, says }) => tests.test(outcome.id) && says.test(told(outcome))),
          )
          .map((outcome) => `${outcome.mount} ${outcome.id}: ${told(outcome)}`);
      const failure = ({ direct, through }: SuiteOutcome) =>
        direct === 'passed' && through !== 'passed' ? through : '';
      const difference = (outcome: SuiteOutcome) =>
        outcome.direct === 'passed' && outcome.through === 'passed' ? outcome.difference : '';

      test('the suite ran, against the mock server', () => {
        const passed = outcomes.filter(({ direct, requests }) => direct === 'passed' && requests > 0);
        for (const mount of suite.mounts) {
          const through = outcomes.filter((outcome) => outcome.mount === mount);
          const both = through.filter(({ direct, through: end }) => direct === 'passed' && end === 'passed');
          const sameBytes = both.filter((outcome) => outcome.difference === '').length;
          process.stderr.write(
            `${suite.package} at '${mount}': ${through.length} tests, ${both.length} pass directly and through the gateway, ${sameBytes} of them to the byte\n`,
          );
        }
        expect(passed.length).toBeGreaterThan(atLeast * suite.mounts.length);
      });
      test('the mock server satisfies every test', () => {
        const unsatisfied = outcomes.filter(({ direct }) => direct !== 'passed' && direct !== 'skipped');
        expect(unsatisfied.map(({ id, direct }) => `${id}: ${direct}`)).toEqual([]);
      });
      test('what passes directly passes through the gateway', () => {
        expect(undeclared(failure, failures)).toEqual([]);
      });
      test('the upstream is asked the same', () => {
        expect(undeclared(difference, differences)).toEqual([]);
      });
      test('what is declared to differ does', () => {
        const idle = [
          ...failures.filter(({ says }) => !outcomes.some((outcome) => says.test(failure(outcome)))),
          ...differences.filter(({ says }) => !outcomes.some((outcome) => says.test(difference(outcome)))),
        ];
        expect(idle.map(({ why }) => why)).toEqual([]);
      });
    },
  );
}
