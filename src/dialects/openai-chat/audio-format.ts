/** OpenAI's short names of audio formats, and the kind of media a media type stands for. */
import type { MediaPart } from '../../core/part.ts';

const shortNames: ReadonlyMap<string, string> = new Map([
  ['mpeg', 'mp3'],
  ['x-wav', 'wav'],
  ['wave', 'wav'],
  ['vnd.wave', 'wav'],
  ['x-m4a', 'm4a'],
  ['mp4', 'm4a'],
  ['x-flac', 'flac'],
  ['x-aiff', 'aiff'],
]);

/** `mp3` → `audio/mpeg`; a format's name is its media type elsewhere. */
export function audioTypeOf(format: string): string {
  return format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
}

export function audioFormatOf(mediaType: string): string {
  const [name = ''] = mediaType.replace(/^audio\//, '').split(';');
  return shortNames.get(name) ?? name;
}

export function mediaKindOf(mediaType: string): MediaPart['kind'] {
  const [top] = mediaType.split('/');
  return top === 'image' || top === 'audio' || top === 'video' ? top : 'document';
}
