import './node.js';
import { startWorker } from './worker-program.js';

startWorker();
