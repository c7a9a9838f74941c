// Embeds sentences with @huggingface/transformers and prints them as JSON, on this engine or on ONNX Runtime.
// usage: node embed.mjs NODE_MODULES MODELS MODEL wedge|onnxruntime SENTENCES_JSON
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, models, model, engine, sentences] = process.argv.slice(2);
if (engine === 'wedge') globalThis[Symbol.for('onnxruntime')] = await import('wedge-onnx/ort');
const { env, pipeline } = await import(pathToFileURL(join(resolve(modules), '@huggingface/transformers/dist/transformers.node.mjs')));
env.allowRemoteModels = false;
env.localModelPath = `${resolve(models)}/`;
const extract = await pipeline('feature-extraction', model, { dtype: 'fp32', device: engine === 'wedge' ? 'auto' : 'cpu' });
const output = await extract(JSON.parse(sentences), { pooling: 'mean', normalize: true });
console.log(JSON.stringify(output.tolist()));
