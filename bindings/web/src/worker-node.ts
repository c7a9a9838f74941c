import { createRequire } from 'node:module';
import './index.js';
import { provideNode } from './platform.js';
import { startWorker } from './worker-program.js';

provideNode(() => createRequire(import.meta.url));
startWorker();
