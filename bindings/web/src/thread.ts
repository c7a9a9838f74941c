import { startThread } from './thread-program.js';

startThread();
