import { runMnist } from './run.js';

addEventListener('message', ({ data }) => {
  runMnist(data).then(postMessage, (error) => postMessage({ error: String(error) }));
});
