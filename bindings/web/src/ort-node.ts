import './node.js';
export * from './ort.js';
