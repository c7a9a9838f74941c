import { createRequire } from 'node:module';
import './index.js';
import { provideNode } from './platform.js';
import { startThread } from './thread-program.js';

provideNode(() => createRequire(import.meta.url));
startThread();
