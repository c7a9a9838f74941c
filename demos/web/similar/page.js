import * as ort from '/wedge/ort.js';
import { $, ms, showFacts, showProblem } from '../frame.js';

// transformers.js takes the engine that it finds here.
globalThis[Symbol.for('onnxruntime')] = ort;
const { env, pipeline } = await import('/modules/@huggingface/transformers/dist/transformers.web.js').catch((error) => {
  showProblem(new Error('@huggingface/transformers is not installed beside this page; see demos/README.md'));
  throw error;
});
// Sessions in a worker leave the page free; transformers.js sets this to false when it is loaded.
ort.env.wasm.proxy = true;
env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = '/models/';
env.useBrowserCache = false;

let extract;
let loaded;

async function load(model, note) {
  showProblem();
  $('#go').disabled = true;
  $('#model').textContent = 'Loading the model…';
  const start = performance.now();
  try {
    extract = await pipeline('feature-extraction', model, { dtype: 'fp32', device: 'auto' });
  } catch (error) {
    $('#model').textContent = 'Choose a folder with config.json, tokenizer.json, tokenizer_config.json and onnx/model.onnx, such as all-MiniLM-L6-v2.';
    if (!/404|not found|locate/i.test(error.message)) showProblem(error);
    return;
  }
  loaded = performance.now() - start;
  $('#model').textContent = note;
  $('#go').disabled = false;
  await compare();
}

async function compare() {
  const sentences = $('#sentences').value.split('\n').map((line) => line.trim()).filter(Boolean);
  const query = $('#query').value.trim();
  if (extract === undefined || query === '' || sentences.length === 0) return;
  $('#go').disabled = true;
  try {
    const start = performance.now();
    const [wanted, ...others] = (await extract([query, ...sentences], { pooling: 'mean', normalize: true })).tolist();
    const time = performance.now() - start;
    const ranking = others
      .map((vector, i) => ({ sentence: sentences[i], likeness: vector.reduce((sum, value, k) => sum + value * wanted[k], 0) }))
      .sort((a, b) => b.likeness - a.likeness);
    $('#ranking').replaceChildren(...ranking.map(({ sentence, likeness }) => {
      const item = document.createElement('li');
      item.style.setProperty('--part', `${Math.max(likeness, 0) * 100}%`);
      item.append(...[sentence, likeness.toFixed(3)].map((text) => Object.assign(document.createElement('span'), { textContent: text })));
      return item;
    }));
    showFacts($('#facts'), { [`${others.length + 1} sentences`]: ms(time), 'Model loaded in': ms(loaded), 'Numbers a sentence': wanted.length });
    document.body.dataset.done = 'yes';
  } catch (error) {
    showProblem(error);
  }
  $('#go').disabled = false;
}

/** A folder of the user's takes the place of what the server has. */
$('#folder').addEventListener('change', ({ target }) => {
  const files = [...target.files];
  if (files.length === 0) return;
  const folder = files[0].webkitRelativePath.split('/')[0];
  env.useCustomCache = true;
  env.customCache = {
    match: async (request) => {
      const path = decodeURIComponent(String(request?.url ?? request));
      const file = files.find(({ webkitRelativePath }) => path.endsWith(`/${webkitRelativePath}`));
      return file && new Response(file, { headers: { 'Content-Length': String(file.size) } });
    },
    put: async () => {},
  };
  load(folder, `The model of your folder ${folder}.`);
});
$('#go').addEventListener('click', compare);
$('#query').addEventListener('keydown', ({ key }) => key === 'Enter' && compare());

const own = await fetch('/models/minilm/note.txt');
await load('minilm', own.ok ? await own.text() : 'The model of the folder models/minilm.');
