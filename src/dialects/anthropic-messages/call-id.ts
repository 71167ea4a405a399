/** Ids of tool calls as this API takes them: it states the letters and no length, so only very long ones change for that. */
import { createIdMap } from '../../core/tool-call-ids.ts';

export const mapId = createIdMap({ pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 256 });
