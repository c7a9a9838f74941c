// The entry for Node, Deno and Bun, which read files and have threads of another kind.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as url from 'node:url';
import * as threads from 'node:worker_threads';
import { provideNode } from './platform.js';

provideNode({ fs, os, url, threads });
export * from './index.js';
