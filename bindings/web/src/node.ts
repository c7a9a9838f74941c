// The entry for Node, Deno and Bun, which read files and have threads of another kind.
import { createRequire } from 'node:module';
import { provideNode } from './platform.js';

provideNode(() => createRequire(import.meta.url));
export * from './index.js';
