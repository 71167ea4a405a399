/** `opengateway config schema`: the JSON Schema of the config file, for editors. */
import { configSchema } from '../config/schema.ts';
import { type Command, exitCodes } from './command.ts';

export const configSchemaCommand: Command = {
  name: 'config schema',
  summary: 'Print the JSON Schema of the config file.',
  help: 'Usage: opengateway config schema\n\nPrints the JSON Schema; save it and name it in `$schema` for completion in editors.\n',
  async run({ out }) {
    out(
      `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...configSchema }, null, 2)}\n`,
    );
    return exitCodes.done;
  },
};
