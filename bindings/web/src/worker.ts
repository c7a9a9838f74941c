import { startWorker } from './worker-program.js';

startWorker();
