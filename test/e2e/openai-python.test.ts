/** The openai package from PyPI through the gateway: replies, tools, typed exceptions and hanging up. */
import { pythonSuite } from '../support/python-suite.ts';
import { patient } from '../support/stage.ts';

pythonSuite({
  title: 'openai PyPI: replies',
  script: 'openai_replies.py',
  names: [
    'chat: the reply',
    'chat: headers',
    "chat: an alias and a provider's own name",
    'chat: unknown request fields reach the upstream',
    'streaming: no usage chunk for who did not ask',
    'streaming: one usage chunk for who asked',
    'streaming: the helper ends with the whole reply',
    'structured output: parse',
    'structured output: streamed',
    'embeddings: the default encoding is base64 on the way',
    'embeddings: float, and base64 by name',
    'models: list and retrieve',
    'legacy completions: whole and streamed',
  ],
});

pythonSuite({
  title: 'openai PyPI: tools',
  script: 'openai_tools.py',
  names: [
    'tools: two steps',
    'tools: streamed arguments',
    'tools: parsed by a model class',
    'tools: choice by name and none',
  ],
});

pythonSuite({
  title: 'openai PyPI: errors',
  script: 'openai_errors.py',
  names: [
    'bad JSON',
    'wrong type',
    'missing model',
    'unknown model',
    'wrong key',
    'duplicate credentials',
    'body too large',
    'body too deep',
    'unreachable',
    'unreachable, streamed',
    'malformed reply',
    'credential refused',
    'no first byte',
    'no first byte, streamed',
    'half a reply',
    ...['400', '403', '404', '409', '422', '429', '500', '503'].map((status) => `upstream ${status}`),
    'halfway: stall-midstream',
    'halfway: midstream-error',
    'halfway: midstream-truncated',
    'halfway: midstream-reset',
    'halfway: midstream-garbage',
  ],
});

pythonSuite({
  title: 'openai PyPI: hanging up',
  script: 'openai_abort.py',
  stage: { timeouts: patient },
  names: [
    'cancelled before the first byte',
    'cancelled before the first byte, streamed',
    'cancelled within a whole reply',
    'closed in a running stream',
    'closed in a silent stream',
    "the client's own time-out",
  ],
});
