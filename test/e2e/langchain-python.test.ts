/** LangChain's OpenAI classes for Python through the gateway. */
import { pythonSuite } from '../support/python-suite.ts';

pythonSuite({
  title: 'LangChain Python',
  script: 'langchain_checks.py',
  names: [
    'invoke',
    'stream',
    'stream with usage',
    'tools',
    'tools, streamed',
    'structured output by schema',
    'structured output by a tool',
    'embeddings',
  ],
});
