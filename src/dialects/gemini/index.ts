/** The dialect of `generateContent` and `streamGenerateContent`. */
import type { Dialect } from '../dialect.ts';
import { writeError } from './error.ts';
import { dialect } from './fields.ts';
import { writeWhole } from './foreign-reply.ts';
import { formKeys } from './form-keys.ts';
import { readHead, readOutputWish } from './head.ts';
import { restoreReply } from './reply-writer.ts';
import { readRequest, writeRequest } from './request.ts';
import { renamedBody } from './rewrite.ts';
import { pathOf, speakGemini } from './speak.ts';
import { createStreamWriter, streamType } from './stream-writer.ts';
import { createStreamTap, observe } from './tap.ts';

export const gemini: Dialect = {
  name: dialect,
  listen: {
    readHead,
    readOutputWish,
    readRequest,
    writeReply: (frame, losses) =>
      frame.carry.dialect === dialect ? restoreReply(frame) : writeWhole(frame, losses),
    createStreamWriter,
    writeError,
    streamType,
    formKeys,
  },
  speak: speakGemini(
    ({ model, stream }) => pathOf(model, stream ? 'streamGenerateContent?alt=sse' : 'generateContent'),
    writeRequest,
  ),
  signsCalls: true,
  // An array cannot pass: the upstream is always asked for events.
  passes: (head) => head.asArray !== true,
  rewrittenKeys: new Set(),
  rewriteRequest: renamedBody,
  observe,
  createStreamTap,
};
