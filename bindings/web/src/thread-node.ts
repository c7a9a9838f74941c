import './node.js';
import { startThread } from './thread-program.js';

startThread();
