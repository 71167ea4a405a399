/** The @google/genai package. */
import { type Content, GoogleGenAI, type Part } from '@google/genai';
import { answerSchema, type Client, type Gateway, prompt, tool, weather } from './client.ts';

export function googleClients({ url, key }: Gateway): Client[] {
  const { models } = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
  return [
    {
      name: 'google-genai',
      async plain(model) {
        const { text = '', usageMetadata: usage } = await models.generateContent({ model, contents: prompt });
        const outputTokens = (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0);
        return { text, inputTokens: usage?.promptTokenCount, outputTokens };
      },
      async streamed(model) {
        let text = '';
        let inputTokens: number | undefined;
        let outputTokens: number | undefined;
        for await (const chunk of await models.generateContentStream({ model, contents: prompt })) {
          text += chunk.text ?? '';
          const usage = chunk.usageMetadata;
          if (usage === undefined) continue;
          inputTokens = usage.promptTokenCount;
          outputTokens = (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0);
        }
        return { text, inputTokens, outputTokens };
      },
      async tools(model) {
        const contents: Content[] = [{ role: 'user', parts: [{ text: 'Weather?' }] }];
        const functionDeclarations = [
          { name: tool.name, description: tool.description, parametersJsonSchema: tool.schema },
        ];
        for (let step = 0; step < 4; step++) {
          const reply = await models.generateContent({
            model,
            contents,
            config: { tools: [{ functionDeclarations }] },
          });
          const calls = reply.functionCalls ?? [];
          if (calls.length === 0) return reply.text ?? '';
          const said = reply.candidates?.[0]?.content;
          if (said !== undefined) contents.push(said);
          const results: Part[] = calls.map(({ id, name, args }) => ({
            functionResponse: {
              ...(id !== undefined && { id }),
              name: name ?? '',
              response: { output: weather(args?.city) },
            },
          }));
          contents.push({ role: 'user', parts: results });
        }
        return 'no end';
      },
      async picture(model, png) {
        const parts: Part[] = [{ text: prompt }, { inlineData: { mimeType: 'image/png', data: png } }];
        return (await models.generateContent({ model, contents: [{ role: 'user', parts }] })).text ?? '';
      },
      async structured(model) {
        const config = { responseMimeType: 'application/json', responseJsonSchema: answerSchema };
        return JSON.parse((await models.generateContent({ model, contents: prompt, config })).text ?? '');
      },
      errors: { limited: 'ApiError', missing: 'ApiError' },
    },
  ];
}
