import './node.js';
import './worker.js';
