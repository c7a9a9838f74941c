import { createRequire } from 'node:module';
import { provideNode } from './platform.js';

provideNode(() => createRequire(import.meta.url));
export * from './ort.js';
export { default } from './ort.js';
