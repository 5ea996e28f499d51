// Bytes to store: the smallest pictures there are, and noise, which is another for each seed and the same every time.
import { createHash } from 'node:crypto';

export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
export const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

export const noise = (seed, length) => createHash('shake256', { outputLength: length }).update(String(seed)).digest();

/** A picture with so many bytes of its own behind it. */
export const picture = (seed, length = 3000, start = PNG) => Buffer.concat([start, noise(seed, length)]);
