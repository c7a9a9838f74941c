import './node.js';
import './thread.js';
