// All entries reach what the package is made of, so that it is one file: few files are loaded sooner than many.
import './index.js';
import { startThread } from './thread-program.js';

startThread();
