/** The dialect of `POST /v1/completions`, the legacy text completions. */
import { optionalFlag, optionalNumber, requiredString, wantsUsage } from './openai/fields.ts';
import { definePlainDialect } from './openai/plain.ts';

export const openaiCompletions = definePlainDialect({
  name: 'openai-completions',
  path: '/completions',
  textSeat: 'choice',
  readHead(json) {
    const model = requiredString(json, 'model');
    for (const param of ['n', 'max_tokens', 'temperature', 'top_p']) optionalNumber(json, param);
    const stream = optionalFlag(json, 'stream');
    return { model, stream, wantsUsage: wantsUsage(json) };
  },
});
